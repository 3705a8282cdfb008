"""Links between pages: a section may name any anchor of the report as if all stood on one page."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ID = re.compile(r'\sid="([^"]+)"')
_LINK = re.compile(r'href="#([^"]+)"')


def linked(pages: Mapping[str, str]) -> dict[str, str]:
    """Return the pages with every ``href="#x"`` led to the page that holds ``x``.

    An anchor of the same page stays as it is; of several other pages the first one counts. Where none has it, since
    the section has no place in this report, the words stay without a link.

    Parameters
    ----------
    pages : mapping of str to str
        HTML by file name. Texts of patients are escaped in it, so that no text can look like an attribute.
    """
    anchors = {name: frozenset(_ID.findall(html)) for name, html in pages.items()}
    home = {anchor: name for name in reversed(anchors) for anchor in anchors[name]}

    def led(html: str, own: frozenset[str]) -> str:
        def of_one(found: re.Match[str]) -> str:
            anchor = found[1]
            if anchor in own:
                return found[0]
            return f'href="{home[anchor]}#{anchor}"' if anchor in home else ""

        return _LINK.sub(of_one, html)

    return {name: led(html, anchors[name]) for name, html in pages.items()}
