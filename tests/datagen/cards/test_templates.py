"""Templates: glyphs by symmetry and by their outlines' area; the user's files; a message for each bad one."""

import matplotlib
import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.image import imsave
from matplotlib.textpath import TextPath

from datagen.cards.templates import CARD_GLYPHS, load_templates
from datagen.errors import InputError
from datagen.kinds import data_kind

SUITS = ("clubs", "spades", "hearts", "diamonds")
BUNDLED = f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"


def disc(side: int, radius: float) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return (np.hypot(x, y) < radius).astype(np.float32)


def outline_area(text: str) -> float:
    """Shoelace area of a glyph at font size 1."""
    polygons = TextPath((0, 0), text, size=100, prop=FontProperties(fname=BUNDLED)).to_polygons()
    return abs(sum(shoelace(polygon) for polygon in polygons)) / 100**2


def shoelace(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def box(image: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(image.max(axis=1)), np.flatnonzero(image.max(axis=0))
    return rows[0], rows[-1], columns[0], columns[-1]


def test_the_default_templates_are_the_four_suits_in_the_paper_s_order():
    templates = load_templates()
    assert templates.class_names == SUITS
    assert templates.images.shape == (4, 64, 64)
    assert templates.images.dtype == np.float32
    assert (templates.images.min(), templates.images.max()) == (0, 1)


def test_suits_are_about_30_px_tall_and_centred_by_their_boxes():
    for image in load_templates().images:
        top, bottom, left, right = box(image)
        assert 28 <= bottom - top + 1 <= 32
        assert abs(top + bottom - 63) <= 1
        assert abs(left + right - 63) <= 1


def test_suits_are_upright_and_symmetric():
    suits = dict(zip(SUITS, load_templates().images, strict=True))
    for name, image in suits.items():
        assert np.abs(image - image[:, ::-1]).sum() < 0.02 * image.sum(), name
    assert np.abs(suits["diamonds"] - suits["diamonds"][::-1]).sum() < 0.02 * suits["diamonds"].sum()
    # A heart is heavy above and ends in a point below; the stems of clubs and spades are narrow.
    assert suits["hearts"][:32].sum() > 1.5 * suits["hearts"][32:].sum()
    for name in ("clubs", "spades"):
        assert suits[name][44].sum() < 10 < suits[name][36].sum()


def test_pixels_are_the_area_that_the_outline_covers():
    images = load_templates().images
    areas = np.array([outline_area(text) for text in CARD_GLYPHS.values()])
    covered = images.sum(axis=(1, 2))
    # One font size for all: one ratio. Agg counts coverage in 1/255.
    np.testing.assert_allclose(covered / areas / (covered[0] / areas[0]), 1, atol=0.01)


def test_glyphs_grow_with_the_image_and_with_size_px():
    small, large = load_templates(None, 24).images, load_templates(None, 96).images
    assert (small.shape[1], large.shape[1]) == (32, 128)
    np.testing.assert_allclose(large.sum() / small.sum(), 16, rtol=0.02)
    half = load_templates({"size_px": 15}).images
    np.testing.assert_allclose(load_templates().images.sum() / half.sum(), 4, rtol=0.02)


def test_a_font_file_and_any_number_of_letters_work():
    templates = load_templates({"font": BUNDLED, "glyphs": {name: name for name in "LFR$7"}})
    assert templates.class_names == ("L", "F", "R", "$", "7")
    assert len({image.tobytes() for image in templates.images}) == 5


@pytest.mark.parametrize("side", [20, 48, 63, 200])
@pytest.mark.parametrize("kind", ["npy", "npz", "stack", "folder"])
def test_the_user_s_templates_of_any_square_size_are_shown_whole(side, kind, tmp_path):
    images = {"big": disc(side, 0.4 * side), "mid": disc(side, 0.3 * side), "small": disc(side, 0.2 * side)}
    path = write_templates(images, kind, tmp_path)
    templates = load_templates({"path": path}, image_size=48)
    assert templates.class_names == (("class_0", "class_1", "class_2") if kind == "npy" else tuple(images))
    assert templates.images.shape == (3, 48, 48)
    expected = [image.mean() for image in images.values()]
    np.testing.assert_allclose(templates.images.mean(axis=(1, 2)), expected, rtol=0.05)
    if side == 48 and kind != "folder":
        np.testing.assert_array_equal(templates.images, list(images.values()))


def write_templates(images: dict[str, np.ndarray], kind: str, folder) -> str:
    if kind == "npy":
        np.save(folder / "t.npy", np.stack(list(images.values())))
    elif kind == "npz":
        np.savez(folder / "t.npz", **images)
    elif kind == "stack":
        np.savez(folder / "t.npz", images=np.stack(list(images.values())), class_names=list(images))
    else:
        for name, image in images.items():
            imsave(folder / f"{name}.png", image, cmap="gray", vmin=0, vmax=1)
        return str(folder)
    return str(folder / ("t.npy" if kind == "npy" else "t.npz"))


def test_side_px_and_class_names_are_the_user_s(tmp_path):
    np.save(tmp_path / "t.npy", np.stack([disc(64, 20), disc(64, 10)]))
    source = {"path": tmp_path / "t.npy", "side_px": 64, "class_names": ["big", "small"]}
    templates = load_templates(source, image_size=48)
    assert templates.class_names == ("big", "small")
    np.testing.assert_array_equal(templates.images, [disc(64, 20), disc(64, 10)])


def test_bytes_are_scaled_to_one(tmp_path):
    np.save(tmp_path / "t.npy", (np.stack([disc(48, 20), disc(48, 10)]) * 255).astype(np.uint8))
    assert load_templates(tmp_path / "t.npy").images.max() == 1


BAD_GLYPHS = [
    ({"font": "DejaVu Sanss"}, r"templates.font: 'DejaVu Sanss' is not installed; available are DejaVu Sans"),
    ({"font": "no_such.ttf"}, "templates.font: there is no file 'no_such.ttf'"),
    ({"font": 3}, "templates.font: 3 is not the name"),
    ({"font": "cmr10"}, r"templates.glyphs.clubs: font 'cmr10' has no '♣' \(U\+2663\); fonts .*DejaVu Sans"),
    ({"glyphs": {"a": "A", "b": "\U0010fffd"}}, r"glyphs.b: font 'DejaVu Sans' has no .* none installed"),
    ({"glyphs": {"a": "A", "b": " "}}, "glyphs.b: ' ' draws nothing"),
    ({"glyphs": {"a": "A", "b": ""}}, "glyphs.b: '' draws nothing"),
    ({"glyphs": {"a": "A", "b": 7}}, "glyphs.b: 7 is not text"),
    ({"glyphs": {"a": "A"}}, "templates.glyphs: 1 found, at least 2 classes are needed"),
    ({"glyphs": "AB"}, "templates.glyphs: 'AB' is not a mapping"),
    ({"size_px": 0}, "templates.size_px: 0 is not allowed; expected 0 < size_px <= 64"),
    ({"size_px": 65}, "templates.size_px: 65"),
    ({"fnt": "DejaVu Sans"}, "templates: unknown key 'fnt'; allowed are font, glyphs, size_px"),
    ({"path": "x.npy", "font": "DejaVu Sans"}, "unknown key 'font'; allowed are path, side_px, class_names"),
    (7, "templates: 7 is neither a path nor a mapping"),
]


@pytest.mark.parametrize(("source", "message"), BAD_GLYPHS)
def test_a_source_that_cannot_be_drawn_is_refused_by_name(source, message):
    with pytest.raises(InputError, match=message):
        load_templates(source)


GOOD = disc(16, 5)
WITH_NAN = np.where(disc(16, 2) > 0, np.nan, GOOD)
BAD_FILES = [
    ({"a": GOOD}, {}, "1 found, at least 2 classes are needed"),
    ({}, {}, "0 found, at least 2 classes are needed"),
    ({"a": GOOD, "b": disc(20, 5)}, {}, "differ in size: a 16 x 16, b 20 x 20; crop or pad"),
    ({"a": GOOD, "b": GOOD[:, :-1]}, {}, "template 'b' of .* has shape 16 x 15; expected a square"),
    ({"a": GOOD, "b": np.stack([GOOD] * 3, axis=-1)}, {}, "template 'b' of .* has shape 16 x 16 x 3"),
    ({"a": GOOD, "b": WITH_NAN}, {}, "template 'b' of .* has 12 NaN or infinite pixels"),
    ({"a": GOOD, "b": 0 * GOOD}, {}, "template 'b' of .* is all black"),
    ({"a": GOOD, "b": 255 * GOOD}, {}, r"template 'b' of .* has values 0 to 255; expected 0 \(black\)"),
    ({"a": GOOD, "b": GOOD - 1}, {}, "template 'b' of .* has values -1 to 0"),
    ({"a": GOOD, "b": GOOD.astype(str)}, {}, "template 'b' of .* is <U.*; expected numbers"),
    ({"a": GOOD, "b": GOOD}, {"side_px": 1}, "templates.side_px: 1 is not allowed"),
    ({"a": GOOD, "b": GOOD}, {"class_names": ["a", "b", "c"]}, "3 names for the 2 templates"),
    ({"a": GOOD, "b": GOOD}, {"class_names": ["a", "a"]}, "are not distinct class names"),
]


@pytest.mark.parametrize(("images", "keys", "message"), BAD_FILES)
def test_templates_that_cannot_be_used_are_refused_by_file_and_class(images, keys, message, tmp_path):
    np.savez(tmp_path / "t.npz", **images)
    with pytest.raises(InputError, match=message):
        load_templates({"path": tmp_path / "t.npz", **keys})


@pytest.mark.parametrize("name", ["t.npy", "t.npz", "folder", "t.gif"])
@pytest.mark.parametrize("there", [True, False])
def test_a_template_file_that_cannot_be_read_is_named(name, there, tmp_path):
    path = tmp_path / name
    if there and name == "folder":
        path.mkdir()
        (path / "a.png").write_bytes(b"no image")
    elif there:
        path.write_bytes(b"no array")
    with pytest.raises(InputError, match=name):
        load_templates(path)


def test_every_template_that_is_read_is_a_file_that_the_data_set_depends_on(tmp_path):
    for name in ("a.png", "b.PNG"):
        imsave(tmp_path / name, np.eye(4), cmap="gray")
    (tmp_path / "notes.txt").write_text("")
    files = list(data_kind("cards").files({"kind": "cards", "templates": {"path": str(tmp_path)}}))
    assert [file.name for file in files] == ["a.png", "b.PNG"]
    assert load_templates({"path": str(tmp_path)}, 8).class_names == tuple(file.stem for file in files)
