"""Contact sheets and the page: upright objects, order, size, and markup that no name can break."""

import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from sklearn.decomposition import PCA

from ssrvae.library.library_folder import Scenery
from ssrvae.library.page import Library, json_in_html, page_data, write_page
from ssrvae.library.pictures import shrunk
from ssrvae.library.sheets import draw_sheet, main_style, turned_upright, write_sheets
from ssrvae.models.geometry import HALF_SIDES, Pose, place

ROOT = Path(__file__).parent.parent.parent
HOSTILE = '</script><img src=x onerror="alert(1)">&\'"'


def test_turning_upright_undoes_a_pose():
    # A smooth blob off the middle: turned and shifted by the model's own geometry, and back.
    blob = gaussian_filter(np.pad(np.ones((1, 6, 12)), [(0, 0), (17, 17), (16, 12)]), (0, 2, 2))
    image = np.round(255 * blob / blob.max()).astype(np.uint8)
    angle_deg, shift = np.array([70.0]), np.array([[0.06, -0.04]])
    pose = Pose(torch.deg2rad(torch.tensor(angle_deg)).float(), HALF_SIDES * torch.tensor(shift).float(), torch.ones(1))
    moved = place(torch.from_numpy(image).float().flatten(1), pose).reshape(1, 40, 40).round().byte().numpy()
    assert np.abs(moved.astype(int) - image).max() > 100
    back = turned_upright(moved, angle_deg, shift)
    assert np.abs(back.astype(int) - image).max() < 12


def test_the_main_style_is_the_first_principal_component(made_up_objects):
    table = made_up_objects(200, ["a"], ["s"])
    expected = PCA(1).fit_transform(table[["style_1", "style_2", "style_3"]])[:, 0]
    found = main_style(table)
    assert abs(np.corrcoef(found, expected)[0, 1]) == pytest.approx(1)
    assert np.corrcoef(found, table["style_3"])[0, 1] > 0.9
    assert main_style(table.iloc[:1]).tolist() == [0.0]


def test_a_sheet_a_class_in_the_order_of_style(tmp_path, made_up_objects):
    table = made_up_objects(12, ["round", "a/b"], ["s"])
    grey = np.zeros((12, 8, 8), np.uint8)
    order = np.argsort(main_style(table[table["class"] == "round"]))
    for rank, row in enumerate(np.flatnonzero(table["class"] == "round")[order]):
        grey[row] = 40 * (rank + 1)
    paths = write_sheets(table, grey, ["round", "a/b", "empty"], tmp_path)
    assert [path.name for path in paths] == ["1_round.png", "2_a_b.png"]
    from PIL import Image

    with Image.open(paths[0]) as sheet:
        line = np.asarray(sheet.convert("L"))[48 + 45]
    values = [int(line[16 + 45 + 96 * column]) for column in range(6)]
    assert values == [40, 80, 120, 160, 200, 240]


def test_a_sheet_of_many_shows_some_evenly(made_up_objects):
    table = made_up_objects(2000, ["a"], ["s"])
    assert max(draw_sheet(table, np.zeros((2000, 8, 8), np.uint8), "a").size) < 3000


class Scripts(HTMLParser):
    """Collects the elements of a page, and the text of its title and of its scripts by their ids."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.texts: dict[str, str] = {}
        self.inside = ""

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.inside = dict(attributes).get("id", tag) if tag in ("script", "title") else ""

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        self.texts[self.inside] = self.texts.get(self.inside, "") + data


def write_hostile(path: Path, made_up_objects) -> None:
    table = made_up_objects(5, [HOSTILE, "$data ${title}"], [HOSTILE])
    picture = Scenery(HOSTILE, np.zeros((50, 60), np.uint8), 500, 600, None)
    write_page(Library(HOSTILE, [HOSTILE, "$data ${title}"], 40, table, np.zeros((5, 8, 8), np.uint8), [picture]), path)


def test_no_name_breaks_the_page(tmp_path, made_up_objects):
    write_hostile(tmp_path / "library.html", made_up_objects)
    page = Scripts()
    page.feed((tmp_path / "library.html").read_text())
    assert not [element for element in page.elements if element[0] == "img"]
    assert page.texts["title"] == HOSTILE
    data = json.loads(page.texts["library-data"])
    assert data["classes"] == [HOSTILE, "$data ${title}"]
    assert data["sources"][0]["name"] == HOSTILE


def test_json_in_html_is_json():
    value = {"a": HOSTILE, "b": [1, None, "\u2028"]}
    assert json.loads(json_in_html(value)) == value
    assert not set("<>&") & set(json_in_html(value))


def test_the_page_asks_the_network_for_nothing(tmp_path, made_up_objects):
    write_hostile(tmp_path / "library.html", made_up_objects)
    text = (tmp_path / "library.html").read_text()
    assert "default-src 'none'" in text
    assert not re.search(r"https?://", text)
    page = Scripts()
    page.feed(text)
    assert len(page.elements) > 30
    assert not [name for _, attributes in page.elements for name in attributes if name in ("src", "href", "srcset")]


def test_two_thousand_objects_of_noise_stay_below_20_mb(tmp_path, made_up_objects):
    rng = np.random.default_rng(0)
    names = [f"m{number}.tif" for number in range(6)]
    scenery = [Scenery(name, rng.integers(0, 255, (600, 800), dtype=np.uint8), 600, 800, 2.0) for name in names]
    patches = rng.integers(0, 255, (2000, 40, 40), dtype=np.uint8)
    table = made_up_objects(2000, ["a", "b"], names)
    write_page(Library("noise", ["a", "b"], 40, table, patches, scenery), tmp_path / "l.html")
    assert 1e6 < (tmp_path / "l.html").stat().st_size < 20e6


def test_every_object_finds_its_cell(made_up_objects):
    import base64
    import io

    from PIL import Image

    n, side = 1100, 64
    patches = np.repeat(np.arange(n)[:, None, None] % 250, side, 1).repeat(side, 2).astype(np.uint8)
    data = page_data(Library("t", ["a"], side, made_up_objects(n, ["a"], ["s"]), patches, []))
    assert len(data["sheets"]) == 2
    for i in (0, 31, 32, 1023, 1024, 1099):
        encoded = base64.b64decode(data["sheets"][i // data["perSheet"]].partition(",")[2])
        sheet = np.asarray(Image.open(io.BytesIO(encoded)).convert("L"))
        row, column = divmod(i % data["perSheet"], data["perRow"])
        assert abs(int(sheet[row * side + 32, column * side + 32]) - i % 250) < 8
    assert data["sheetSizes"][1] == {"columns": 32, "rows": 3}


def test_shrinking_keeps_the_mean():
    picture = np.random.default_rng(0).integers(0, 255, (80, 120), dtype=np.uint8)
    assert shrunk(picture, 0.25).shape == (20, 30)
    assert shrunk(picture, 0.25).mean() == pytest.approx(picture.mean(), abs=1)
    assert shrunk(picture, 2) is picture


def test_the_package_holds_the_pages_files():
    globs = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["ssrvae"]
    packed = {file.name for pattern in globs for file in (ROOT / "ssrvae").glob(pattern)}
    others = {
        file.name
        for file in (ROOT / "ssrvae" / "library").iterdir()
        if file.suffix in (".html", ".css", ".js", ".json")
    }
    assert len(others) == 4
    assert others <= packed
