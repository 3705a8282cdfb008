"""The report in a real browser, opened from the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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


def column(page: Any, table: str, index: int) -> list[str]:
    return page.eval_on_selector_all(
        f"{table} tbody tr:not([hidden])", f"rows => rows.map(r => r.cells[{index}].textContent.trim())"
    )


def test_it_opens_from_a_file_without_errors_and_asks_for_nothing_else(visit: Any, report: Path) -> None:
    visit.page.wait_for_load_state("load")
    assert visit.errors == []
    folder = report.parent.as_uri()
    assert all(address.startswith(folder) for address in visit.requests)
    assert any(address.endswith("report.js") for address in visit.requests)


def test_all_pictures_load(visit: Any) -> None:
    page = visit.page
    page.evaluate("for (const patient of document.querySelectorAll('.patient')) patient.hidden = false")
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_load_state(
        "networkidle"
    )  # not wait_for_function: the page's CSP forbids the eval behind it
    loaded = page.evaluate(IMAGES)
    assert len(loaded) > 50
    assert [source for source, is_loaded in loaded if not is_loaded] == []
    assert visit.errors == []


def test_links_lead_somewhere(visit: Any, report: Path) -> None:
    for address in visit.page.eval_on_selector_all(
        "a[href]", "links => links.map(a => a.getAttribute('href'))"
    ):
        if address.startswith("#"):
            assert visit.page.locator(f"[id='{address[1:]}']").count() == 1, address
        else:
            assert (report.parent / address).is_file(), address


def test_a_script_in_a_patients_text_is_text(visit: Any) -> None:
    page = visit.page
    assert page.title().startswith("Breast MRI & TILs <script>")
    assert "stolen" not in page.evaluate("document.title").split("'")[0]
    assert page.locator("#quarantine").get_by_text("<script>document.title='stolen'</script>").count() >= 1
    assert page.locator("script").count() == 2
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.hit = 1'}))"
    )
    assert page.evaluate("window.hit") is None  # the content security policy holds
    assert any("Content Security Policy" in error for error in visit.errors)


def test_numbers_sort_as_numbers_and_missing_ones_come_last(visit: Any) -> None:
    page, table = visit.page, "#patients .overview table"
    button = page.locator(f"{table} th", has_text="Score").get_by_role("button")
    button.click()
    shown = column(page, table, 4)
    numbers = [float(text) for text in shown if text != "—"]
    assert numbers == sorted(numbers)
    assert shown[-3:] == ["—"] * 3
    button.click()
    shown = column(page, table, 4)
    assert [float(text) for text in shown if text != "—"] == sorted(numbers, reverse=True)
    assert shown[-3:] == ["—"] * 3
    assert page.locator(f"{table} th[aria-sort=descending]").count() == 1


def test_small_p_values_sort_by_value_not_by_text(visit: Any) -> None:
    page, table = visit.page, "#genes table"
    before = column(page, table, 0)
    page.locator(f"{table} th").nth(0).get_by_role("button").click()
    assert column(page, table, 0) != before
    page.locator(f"{table} th").nth(6).get_by_role("button").click()
    assert column(page, table, 0) == before  # the file is sorted by p


def test_filter_leaves_matching_rows(visit: Any) -> None:
    page = visit.page
    page.locator("#genes input[type=search]").fill("cxcl")
    assert sorted(column(page, "#genes table", 0)) == ["CXCL10", "CXCL9"]
    assert page.locator("#genes [role=status]").inner_text() == "2 of 100 rows"


def test_patients_are_paged_found_and_opened(visit: Any) -> None:
    page = visit.page
    shown = page.locator(".patient:visible")
    assert shown.count() == 12
    page.locator("#patients .tools button", has_text="Next").click()
    assert shown.first.get_attribute("id") == "patient-sub-013"
    page.get_by_label("Find patients").fill("quarantined")
    assert shown.count() == 2
    page.get_by_label("Find patients").fill("flagged")
    assert [shown.nth(i).get_attribute("id") for i in range(shown.count())] == ["patient-sub-002"]
    page.get_by_label("Find patients").fill("")
    page.locator("#quarantine a", has_text="sub-030").click()
    assert page.locator("#patient-sub-030.is-open").is_visible()


def test_arrow_keys_walk_through_the_patients(visit: Any) -> None:
    page = visit.page
    page.locator("#patient-sub-002 .opener").click()
    assert page.locator("#patient-sub-002 .measures").is_visible()
    assert page.locator("#patient-sub-002 .opener").get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowRight")
    assert page.locator("#patient-sub-003.is-open").is_visible()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".patient.is-open").get_attribute("id") == "patient-sub-002"


def test_frames_are_seen_in_turn_at_one_place(visit: Any) -> None:
    page = visit.page
    page.locator("#patient-sub-002 .opener").click()
    group = page.locator("#patient-sub-002 .flicker")
    image = group.locator("img:visible")
    assert image.count() == 1
    box = image.bounding_box()
    whole = image.evaluate("i => [i.naturalWidth, i.naturalHeight]")
    assert abs(box["height"] / box["width"] - whole[1] / 3 / whole[0]) < 0.01
    seen = {}
    for name in ("Reference", "Before", "After"):
        group.get_by_role("button", name=name, exact=True).click()
        again = image.bounding_box()  # the page may have scrolled
        assert [again[k] for k in ("x", "width", "height")] == [box[k] for k in ("x", "width", "height")]
        seen[name] = image.screenshot()
        assert group.get_by_role("button", name=name, exact=True).get_attribute("aria-pressed") == "true"
    assert len(set(seen.values())) == 3
    page.keyboard.press("f")
    assert group.get_attribute("data-frame") == "0"
    group.get_by_role("button", name="Phase post3").click()
    assert image.get_attribute("src").endswith("flicker-post3.png")
    assert visit.errors == []


def test_blinking_starts_and_stops_from_the_keyboard(visit: Any) -> None:
    page = visit.page
    page.locator("#patient-sub-002 .opener").click()
    group = page.locator("#patient-sub-002 .flicker")
    page.keyboard.press("b")
    page.wait_for_selector("#patient-sub-002 .flicker[data-frame='1']")
    page.wait_for_selector("#patient-sub-002 .flicker[data-frame='0']")
    page.keyboard.press("b")
    blink = group.get_by_role("button", name="Blink between")
    assert blink.get_attribute("aria-pressed") == "false"


def test_patients_of_the_quality_table_lead_to_their_pictures(visit: Any) -> None:
    page = visit.page
    assert column(page, "#qc .overview table", 0)[0] == "sub-002"  # the one with flags
    page.locator("#qc .overview th", has_text="Jacobian").get_by_role("button").click()
    page.locator("#qc .overview th", has_text="Jacobian").get_by_role("button").click()
    assert column(page, "#qc .overview table", 0)[0] == "sub-002"  # 1.071 is the largest
    page.locator("#qc .overview a", has_text="sub-002").click()
    assert page.locator("#patient-sub-002.is-open").is_visible()


def test_a_phone_shows_everything_without_scrolling_sideways(visit: Any) -> None:
    visit.page.set_viewport_size({"width": 360, "height": 740})
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit: Any, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    visit.page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert visit.page.evaluate(CONTRASTS) == []


def test_the_keyboard_reaches_the_results_first(visit: Any) -> None:
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.textContent") == "Skip to the results"
    assert visit.page.locator("main").count() == 1
    assert visit.page.locator("nav[aria-label]").count() == 1
    assert visit.page.locator("h1").count() == 1


def test_print_shows_every_patient(visit: Any) -> None:
    visit.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    visit.page.emulate_media(media="print")
    assert visit.page.locator(".patient:visible").count() == 30
    strip = visit.page.locator("#patient-sub-001 .flicker img:visible")
    whole = strip.evaluate("i => [Number(i.getAttribute('width')), Number(i.getAttribute('height'))]")
    box = strip.bounding_box()
    assert (
        abs(box["height"] / box["width"] - whole[1] / whole[0]) < 0.01
    )  # the frames of one phase, below each other


def test_it_can_be_read_without_scripts(browser: Any, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator(".patient:visible").count() == 30
    strip = page.locator("#patient-sub-001 .flicker img:visible")
    whole = strip.evaluate("i => [Number(i.getAttribute('width')), Number(i.getAttribute('height'))]")
    box = strip.bounding_box()
    assert abs(box["height"] / box["width"] - whole[1] / whole[0]) < 0.01  # all frames, below each other
    context.close()
