"""What holds for every page of the report in a real browser, opened from the disk."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tilscope.report.pages import PAGES

AXE = Path(__file__).with_name("axe") / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
IMAGES = "[...document.images].map(i => [i.getAttribute('src'), i.complete && i.naturalWidth > 0])"
CONTRASTS = """() => {
  const parse = c => { const n = c.match(/[\\d.]+/g).map(Number); return n.length === 4 ? n : [...n, 1]; };
  const light = c => c.slice(0, 3).map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > .99) return c; } return [255, 255, 255, 1]; };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    const text = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!text || !e.offsetParent || e.disabled) continue;
    const a = light(parse(getComputedStyle(e).color)), b = light(behind(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)} ${e.textContent.trim().slice(0, 30)}`);
  }
  return [...new Set(bad)];
}"""
NAMES = [page.name for page in PAGES if page.name != "reproducibility"]  # no second readings in this study


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_whole_reads_well_and_fits(visit: Any, name: str) -> None:
    page = visit.open(name)
    page.wait_for_load_state("load")
    folder = visit.folder.as_uri()
    assert all(address.startswith(folder) for address in visit.requests)  # and nothing else is asked for
    assert any(address.endswith("report.js") for address in visit.requests)

    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(CONTRASTS) == []
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    page.evaluate("for (const patient of document.querySelectorAll('.patient')) patient.hidden = false")
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_load_state(
        "networkidle"
    )  # not wait_for_function: the page's CSP forbids the eval behind it
    assert not_loaded(page) == []
    assert visit.errors == []


PAPER_PX = {"width": 688, "height": 1000}  # A4 less its margins: 182 mm
CUT_OFF = """
[...document.querySelectorAll('main table')].filter(t => t.getBoundingClientRect().right > innerWidth + 1)
  .map(t => t.caption?.textContent ?? t.outerHTML.slice(0, 100))
"""
BOXED_HEADERS = (
    "[...document.querySelectorAll('thead button')].filter(b => b.getBoundingClientRect().width).length"
)


@pytest.mark.parametrize("name", NAMES)
def test_no_table_is_cut_off_on_paper_and_its_header_can_be_repeated(visit: Any, name: str) -> None:
    page = visit.open(name)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER_PX)
    assert page.evaluate(CUT_OFF) == []
    # Chromium leaves a repeated header blank where its words are in a box of a button.
    assert page.evaluate(BOXED_HEADERS) == 0


def not_loaded(page: Any, patience_s: float = 60) -> list[str]:
    """Return the pictures that are not there after a while; not wait_for_function: the page's CSP forbids its eval."""
    end = monotonic() + patience_s
    while True:
        missing = [source for source, is_loaded in page.evaluate(IMAGES) if not is_loaded]
        if not missing or monotonic() > end:
            return missing
        page.wait_for_timeout(100)


def violations(page: Any) -> list[str]:
    """Return what axe-core finds on a page: rule, weight and the first place."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run({runOnly: tags, preload: false})", TAGS)
    assert len(found["passes"]) > 10
    return [f"{v['id']} ({v['impact']}): {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


def test_axe_finds_what_is_wrong(visit: Any) -> None:
    visit.open("methods")
    visit.page.evaluate(
        "document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=\"assets/icon.svg\">')"
    )
    assert any(found.startswith("image-alt (critical)") for found in violations(visit.page))


def test_links_lead_somewhere(visit: Any) -> None:
    for name in NAMES:
        page = visit.open(name)
        links = page.eval_on_selector_all("a[href]", "links => links.map(a => a.getAttribute('href'))")
        for address in sorted(set(links)):
            file, _, anchor = address.partition("#")
            target = visit.folder / (file or f"{name}.html")
            assert target.is_file(), address
            assert not anchor or f'id="{anchor}"' in target.read_text(encoding="utf-8"), address
