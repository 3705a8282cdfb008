"""Links between pages: a section may name any anchor of the report as if all stood on one page."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ID = re.compile(r'\sid="([^"]+)"')
_LINK = re.compile(r'href="#([^"]+)"')


def linked(pages: Mapping[str, str]) -> dict[str, str]:
    """Return the pages with every ``href="#x"`` led to the page that holds ``x``.

    An anchor of the same page stays as it is; of several other pages the first one counts.

    Parameters
    ----------
    pages : mapping of str to str
        HTML by file name. Texts of patients are escaped in it, so that no text can look like an attribute.

    Raises
    ------
    KeyError
        For an anchor that is on no page: a mistake of a template.
    """
    anchors = {name: frozenset(_ID.findall(html)) for name, html in pages.items()}
    home = {anchor: name for name in reversed(anchors) for anchor in anchors[name]}

    def led(html: str, own: frozenset[str]) -> str:
        return _LINK.sub(
            lambda found: found[0] if found[1] in own else f'href="{home[found[1]]}#{found[1]}"', html
        )

    return {name: led(html, anchors[name]) for name, html in pages.items()}
