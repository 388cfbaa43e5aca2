"""The page in a real browser, offline: filters, sorts, opens objects, by mouse and by keyboard."""

import contextlib
import shutil

import numpy as np
import pandas as pd
import pytest

from ssrvae.library.page import Library, write_page

YELLOW_MIDDLE = """canvas => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let [n, column, row] = [0, 0, 0];
    for (let i = 0; i < pixels.length / 4; i++) {
        if (pixels[4 * i] < 200 || pixels[4 * i + 2] > 90) continue;
        n += 1;
        column += i % canvas.width;
        row += Math.floor(i / canvas.width);
    }
    return [column / n, row / n];
}"""
WIDTH_OVER_HEIGHT = """canvas => new Promise(done => setTimeout(() => {
    const size = canvas.width, pixels = canvas.getContext("2d").getImageData(0, 0, size, size).data;
    let [xx, yy] = [0, 0];
    for (let i = 0; i < size * size; i++) {
        xx += pixels[4 * i] * (i % size - size / 2) ** 2;
        yy += pixels[4 * i] * (Math.floor(i / size) - size / 2) ** 2;
    }
    done(xx / yy);
}, 200))"""
ROUNDING = 1e-3
"""The page keeps three digits."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install .[dev]")
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no browser ({', '.join(BROWSERS)}): apt-get install chromium")
    with playwright.sync_playwright() as started:
        # Chromium's own sandbox needs rights that containers lack; the page is ours.
        launched = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield launched
        launched.close()


@contextlib.contextmanager
def opened(browser, file):
    """Open a page without a network; what goes wrong in it fails the test."""
    context = browser.new_context(offline=True, viewport={"width": 1300, "height": 900})
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]")
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def page(browser, library):
    """The library's page."""
    with opened(browser, library / "library.html") as page:
        yield page


@pytest.fixture
def table(library):
    return pd.read_parquet(library / "objects.parquet")


def shown(page) -> list[int]:
    """Rows of the table whose tiles are shown, in order."""
    return page.eval_on_selector_all(".tile", "tiles => tiles.map(tile => Number(tile.dataset.object))")


def test_it_shows_every_object_by_class_and_style(page, table):
    rows = shown(page)
    assert sorted(rows) == list(range(len(table)))
    assert table["class"].iloc[rows].is_monotonic_increasing
    assert page.inner_text("#count") == f"{len(table)} objects of {len(table)}"


def test_it_filters_by_class_probability_image_and_strangers(page, table):
    page.click(".chip:has-text('double')")
    assert sorted(shown(page)) == np.flatnonzero(table["class"] == "double").tolist()
    page.select_option("#source", label="micrographs/1.png")
    both = (table["class"] == "double") & (table["source"] == "micrographs/1.png")
    assert sorted(shown(page)) == np.flatnonzero(both).tolist()
    page.click("#clear")
    page.fill("#confidence", "0.99")
    assert sorted(shown(page)) == np.flatnonzero(table["probability"].round(4) >= 0.99).tolist()
    page.click("#clear")
    page.check("#strangers")
    assert sorted(shown(page)) == np.flatnonzero(table["stranger"]).tolist()
    if not table["stranger"].any():
        assert "No object passes" in page.inner_text("#grid")


@pytest.mark.parametrize(
    ("sort", "column"),
    [("confidence", "probability"), ("style1", "style_1"), ("area", "area_px"), ("familiarity", "familiarity")],
)
def test_it_sorts(sort, column, page, table):
    page.select_option("#sort", sort)
    assert np.diff(table[column].iloc[shown(page)]).min() > -ROUNDING
    page.click("#direction")
    assert np.diff(table[column].iloc[shown(page)]).max() < ROUNDING


def test_an_object_opens_with_its_measures_and_its_place(page, table):
    page.locator(".tile").nth(3).click()
    row = table.iloc[shown(page)[3]]
    assert page.inner_text("#detail-title") == f"{row['class']}, object {row['object']}"
    measures = page.inner_text("#measures")
    for text in (row["source"], f"{row['area_px']} px", f"{row['diameter_nm']:.1f} nm", f"{row['angle_deg']:.1f}°"):
        assert text in measures
    page.wait_for_selector("#view-micrograph[width='280']")
    column, line = page.eval_on_selector("#view-micrograph", YELLOW_MIDDLE)
    assert abs(column - row["column"]) < 6
    assert abs(line - row["row"]) < 6


def test_upright_objects_lie_as_the_model_read_them(page, table):
    """A double, turned upright by the page, is wider than high; as found it lies as its angle says."""
    rows = table[(table["class"] == "double") & ~table["stranger"]]
    i = int((rows["angle_deg"].abs() - 90).abs().idxmin())
    page.locator(f".tile[data-object='{i}']").click()
    assert page.eval_on_selector("#view-object", WIDTH_OVER_HEIGHT) > 1.3
    page.click("label:has(#as-found)")
    assert page.inner_text("#view-object-caption") == "as found"
    assert page.eval_on_selector("#view-object", WIDTH_OVER_HEIGHT) < 0.8


def test_it_is_used_by_the_keyboard_alone(page, table):
    page.locator(".tile").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    rows = shown(page)
    focused = "document.activeElement.dataset.object"
    assert page.evaluate(focused) == str(rows[1])
    assert page.is_visible("#detail")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#detail-title").endswith(f"object {table['object'].iloc[rows[2]]}")
    page.keyboard.press("Escape")
    assert not page.is_visible("#detail")
    assert page.evaluate(focused) == str(rows[2])
    page.keyboard.press("End")
    assert page.evaluate(focused) == str(rows[-1])
    assert page.locator('.tile[tabindex="0"]').count() == 1


def test_a_click_in_the_micrograph_opens_the_object_there(page, table):
    page.locator(".tile").first.click()
    source = table["source"].iloc[shown(page)[0]]
    other = table[table["source"] == source].iloc[-1]
    page.wait_for_selector("#view-micrograph[width='280']")
    box = page.locator("#view-micrograph").bounding_box()
    scale = box["width"] / 280
    page.locator("#view-micrograph").click(position={"x": scale * other["column"], "y": scale * other["row"]})
    assert page.inner_text("#detail-title") == f"{other['class']}, object {other['object']}"


def test_the_table_is_saved_as_it_is_filtered(page, table, tmp_path):
    page.click(".chip:has-text('single')")
    with page.expect_download() as download:
        page.click("#save")
    download.value.save_as(tmp_path / "objects.csv")
    saved = pd.read_csv(tmp_path / "objects.csv")
    expected = table.iloc[shown(page)]
    assert saved["object"].tolist() == expected["object"].tolist()
    np.testing.assert_allclose(saved["shift_x_px"], expected["shift_x_px"], atol=0.01)
    np.testing.assert_allclose(saved["style_1"], expected["style_1"], atol=1e-3)


def test_light_and_dark(page):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.click("#theme")
    assert page.evaluate(ground) != light
    assert page.inner_text("#theme") == "Light"


def test_many_objects_are_drawn_as_they_come_into_view(browser, made_up_objects, tmp_path):
    table, patches = made_up_objects(1500, ["a", "b"], ["s"]), np.zeros((1500, 8, 8), np.uint8)
    write_page(Library("many", ["a", "b"], 8, table, patches, []), tmp_path / "library.html")
    with opened(browser, tmp_path / "library.html") as page:
        assert len(shown(page)) < 700
        page.mouse.wheel(0, 40_000)
        page.locator(".tile").nth(500).wait_for(state="attached")
        page.set_viewport_size({"width": 2560, "height": 1400})
        page.fill("#tile", "48")
        page.click(".chip >> nth=0")
        page.click(".chip >> nth=0")
        page.locator(".tile").nth(1000).wait_for(state="attached")
        page.locator(".tile").first.focus()
        page.keyboard.press("End")
        assert len(shown(page)) == 1500
        assert page.evaluate("document.activeElement === document.querySelector('.tile:last-child')")
        page.keyboard.press("Enter")
        assert page.is_visible("#view-object")
        assert not page.is_visible("#micrograph")
