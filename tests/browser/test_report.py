"""The report in a real browser, opened from the disk."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

from tilscope.review import RatingBook
from tilscope.study import Study


def column(page: Any, table: str, index: int) -> list[str]:
    return page.eval_on_selector_all(
        f"{table} tbody tr:not([hidden])", f"rows => rows.map(r => r.cells[{index}].textContent.trim())"
    )


def test_a_script_in_a_patients_text_is_text(visit: Any) -> None:
    page = visit.open("errors")
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
    page, table = visit.open("patients"), "#patients .overview table"
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
    page, table = visit.open("genes"), "#genes table"
    before = column(page, table, 0)
    page.locator(f"{table} th").nth(0).get_by_role("button").click()
    assert column(page, table, 0) != before
    page.locator(f"{table} th").nth(6).get_by_role("button").click()
    assert column(page, table, 0) == before  # the file is sorted by p


def test_filter_leaves_matching_rows(visit: Any) -> None:
    page = visit.open("genes")
    page.locator("#genes input[type=search]").fill("cxcl")
    assert sorted(column(page, "#genes table", 0)) == ["CXCL10", "CXCL9"]
    assert page.locator("#genes [role=status]").inner_text() == "2 of 100 rows"


def test_patients_are_paged_found_and_opened(visit: Any) -> None:
    page = visit.open("patients")
    shown = page.locator(".patient:visible")
    assert shown.count() == 12
    page.locator("#patients .tools button", has_text="Next").click()
    assert shown.first.get_attribute("id") == "patient-sub-013"
    page.get_by_label("Find patients").fill("quarantined")
    assert shown.count() == 2
    page.get_by_label("Find patients").fill("flagged")
    assert [shown.nth(i).get_attribute("id") for i in range(shown.count())] == ["patient-sub-002"]
    page.get_by_label("Find patients").fill("")
    page = visit.open("errors")
    page.locator("#quarantine a", has_text="sub-030").click()
    page.locator("#patient-sub-030.is-open").wait_for(timeout=10_000)  # of another page, which loads first


def test_arrow_keys_walk_through_the_patients(visit: Any) -> None:
    page = visit.open("patients")
    page.locator("#patient-sub-002 .opener").click()
    assert page.locator("#patient-sub-002 .measures").is_visible()
    assert page.locator("#patient-sub-002 .opener").get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowRight")
    assert page.locator("#patient-sub-003.is-open").is_visible()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".patient.is-open").get_attribute("id") == "patient-sub-002"


def test_frames_are_seen_in_turn_at_one_place(visit: Any) -> None:
    page = visit.open("patients")
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
    page = visit.open("patients")
    page.locator("#patient-sub-002 .opener").click()
    group = page.locator("#patient-sub-002 .flicker")
    page.keyboard.press("b")
    page.wait_for_selector("#patient-sub-002 .flicker[data-frame='1']")
    page.wait_for_selector("#patient-sub-002 .flicker[data-frame='0']")
    page.keyboard.press("b")
    blink = group.get_by_role("button", name="Blink between")
    assert blink.get_attribute("aria-pressed") == "false"


def test_patients_of_the_quality_table_lead_to_their_pictures(visit: Any) -> None:
    page = visit.open("patients")
    assert column(page, "#qc .overview table", 0)[0] == "sub-002"  # the one with flags
    page.locator("#qc .overview th", has_text="Jacobian").get_by_role("button").click()
    page.locator("#qc .overview th", has_text="Jacobian").get_by_role("button").click()
    assert column(page, "#qc .overview table", 0)[0] == "sub-002"  # 1.071 is the largest
    page.locator("#qc .overview a", has_text="sub-002").click()
    assert page.locator("#patient-sub-002.is-open").is_visible()


def test_the_keyboard_reaches_the_results_first(visit: Any) -> None:
    visit.open("index")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.textContent") == "Skip to the results"
    assert visit.page.locator("main").count() == 1
    assert visit.page.locator("nav[aria-label]").count() == 2
    assert visit.page.locator("h1").count() == 1


def test_print_shows_every_patient(visit: Any) -> None:
    visit.open("patients")
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
    page.goto((report.parent / "patients.html").as_uri())
    assert page.locator(".patient:visible").count() == 30
    strip = page.locator("#patient-sub-001 .flicker img:visible")
    whole = strip.evaluate("i => [Number(i.getAttribute('width')), Number(i.getAttribute('height'))]")
    box = strip.bounding_box()
    assert abs(box["height"] / box["width"] - whole[1] / whole[0]) < 0.01  # all frames, below each other
    context.close()


def test_a_table_is_saved_as_it_is_shown_and_no_cell_is_a_formula(visit: Any) -> None:
    page = visit.open("genes")
    page.locator("#genes input[type=search]").fill("cxcl")
    formula = "document.querySelector('#genes tbody tr:not([hidden]) th').textContent = `=CXCL9,\"x\"`"
    page.evaluate(formula)
    with page.expect_download() as saved:
        page.locator("#genes .csv").first.click()
    assert saved.value.suggested_filename == "genes-1.csv"
    text = Path(saved.value.path()).read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert len(rows) == 3
    assert rows[0][0] == "Gene"
    assert rows[1][0] == '\'=CXCL9,"x"'
    shown = column(page, "#genes table", 6)
    assert [float(row[6]) for row in rows[1:]] == sorted(float(row[6]) for row in rows[1:])
    assert [f"{float(row[6]):.1e}"[0] for row in rows[1:]] == [
        text[0] for text in shown
    ]  # the same p, more digits


def test_ratings_by_keyboard_are_kept_and_saved_for_the_study(visit: Any, report: Path) -> None:
    page = visit.open("patients")
    page.locator("#patient-sub-002 .opener").click()
    page.keyboard.press("r")
    page.get_by_label("Note on sub-002").fill("=outline too wide")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("a")
    page.reload()
    assert page.locator("#patient-sub-002 input[value=redraw]").is_checked()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download ratings (2)").click()
    book = RatingBook(Study(report.parents[1]))
    patients = [f"sub-{i:03d}" for i in range(1, 31)]
    assert book.take_in(Path(saved.value.path()), patients) == (2, 0)
    kept = book.read()
    assert (kept["sub-002"].rating, kept["sub-002"].note) == ("redraw", "=outline too wide")
    assert kept["sub-003"].rating == "accept"
    qc = report.parents[1] / "derivatives" / "qc" / "sub-002" / "qc.json"
    assert kept["sub-002"].qc_sha256 == hashlib.sha256(qc.read_bytes()).hexdigest()
    book.file.unlink()
