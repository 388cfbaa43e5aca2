"""Micrographs from files: other libraries write what is read back; one line for each bad file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tifffile import imwrite

from datagen.errors import InputError
from datagen.micrographs.micrograph_files import read_micrographs


@pytest.fixture
def grey(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, size=(31, 47), dtype=np.uint8)


def read_one(path: Path):
    (micrograph,) = read_micrographs(path)
    return micrograph


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp"])
def test_bytes_are_read_as_parts_of_255(tmp_path: Path, grey: np.ndarray, name: str):
    Image.fromarray(grey).save(tmp_path / name)
    pixels, source, nm_per_pixel, note = read_one(tmp_path / name)
    assert pixels.dtype == np.float32
    np.testing.assert_allclose(pixels, grey / 255, atol=1e-7)
    assert (source, nm_per_pixel, note) == (name, None, "")


def test_16_bits_are_read_as_parts_of_65535_from_png_and_tiff(tmp_path: Path, rng: np.random.Generator):
    values = rng.integers(0, 65536, size=(20, 30), dtype=np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    imwrite(tmp_path / "a.tif", values)
    imwrite(tmp_path / "big_endian.tif", values, byteorder=">")
    for name in ("a.png", "a.tif", "big_endian.tif"):
        np.testing.assert_allclose(read_one(tmp_path / name).pixels, values / 65535, atol=1e-7)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_floats_are_read_alike(tmp_path: Path, rng: np.random.Generator, compression: str):
    values = rng.random((20, 30), dtype=np.float32)
    Image.fromarray(values).save(tmp_path / "a.tif", compression=compression)
    np.testing.assert_array_equal(read_one(tmp_path / "a.tif").pixels, values)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_values_outside_0_to_1_are_stretched_and_said_so(tmp_path: Path, rng: np.random.Generator, dtype: type):
    values = rng.integers(-900, 2000, size=(20, 30)).astype(dtype)
    imwrite(tmp_path / "a.tif", values)
    pixels, _, _, note = read_one(tmp_path / "a.tif")
    assert (pixels.min(), pixels.max()) == (0, 1)
    np.testing.assert_allclose(np.corrcoef(pixels.ravel(), values.ravel())[0, 1], 1, atol=1e-6)
    assert f"{values.min():g} to {values.max():g} stretched" in note


@pytest.mark.parametrize("imagej", [True, False])
def test_pages_are_numbered_from_1(tmp_path: Path, rng: np.random.Generator, imagej: bool):
    stack = rng.integers(0, 256, size=(3, 20, 30), dtype=np.uint8)
    imwrite(tmp_path / "a.tif", stack, imagej=imagej, photometric="minisblack")
    pages = read_micrographs(tmp_path / "a.tif")
    assert [page.source for page in pages] == ["a.tif#1", "a.tif#2", "a.tif#3"]
    np.testing.assert_allclose([page.pixels for page in pages], stack / 255, atol=1e-7)


def test_pages_of_different_sizes_are_read_from_one_file(tmp_path: Path, grey: np.ndarray):
    pages = [Image.fromarray(grey), Image.fromarray(grey[:10])]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    assert [page.pixels.shape for page in read_micrographs(tmp_path / "a.tif")] == [(31, 47), (10, 47)]


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_colours_become_pillow_s_grey_and_are_said_so(tmp_path: Path, rng: np.random.Generator, name: str):
    colours = Image.fromarray(rng.integers(0, 256, size=(20, 30, 3), dtype=np.uint8))
    colours.save(tmp_path / name)
    pixels, _, _, note = read_one(tmp_path / name)
    np.testing.assert_allclose(pixels, np.asarray(colours.convert("L")) / 255, atol=0.51 / 255)
    assert note == "RGB converted to grey"


def test_equal_channels_and_palettes_of_grey_lose_nothing(tmp_path: Path, grey: np.ndarray):
    image = Image.fromarray(grey)
    image.convert("RGB").save(tmp_path / "rgb.png")
    image.convert("RGBA").save(tmp_path / "rgba.tif")
    image.convert("P").save(tmp_path / "palette.png")
    for name in ("rgb.png", "rgba.tif", "palette.png"):
        np.testing.assert_allclose(read_one(tmp_path / name).pixels, grey / 255, atol=1e-7)


def test_jpeg_is_read_up_to_its_losses(tmp_path: Path):
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (32, 1))
    Image.fromarray(ramp).save(tmp_path / "a.jpg", quality=95)
    np.testing.assert_allclose(read_one(tmp_path / "a.jpg").pixels, ramp / 255, atol=0.02)


def test_a_folder_is_read_by_name_and_its_other_files_left(tmp_path: Path, grey: np.ndarray):
    folder = tmp_path / "day1"
    folder.mkdir()
    for name in ("b.png", "a.TIF"):
        Image.fromarray(grey).save(folder / name)
    (folder / "notes.txt").write_text("x")
    assert [page.source for page in read_micrographs(folder)] == ["day1/a.TIF", "day1/b.png"]


@pytest.mark.parametrize(
    ("options", "nm_per_pixel"),
    [
        ({"imagej": True, "resolution": (0.4, 0.4), "metadata": {"unit": "nm"}}, 2.5),
        ({"imagej": True, "resolution": (500, 500), "metadata": {"unit": "um"}}, 2.0),
        ({"imagej": True, "resolution": (500, 500), "metadata": {"unit": "\\u00B5m"}}, 2.0),
        ({"imagej": True, "resolution": (1, 1), "metadata": {"unit": "pixel"}}, None),
        ({"ome": True, "metadata": {"axes": "YX", "PhysicalSizeX": 0.05, "PhysicalSizeXUnit": "µm"}}, 50.0),
        ({"resolution": (1e7 / 3, 1e7 / 3), "resolutionunit": "CENTIMETER"}, 3.0),
        ({"resolution": (300, 300), "resolutionunit": "INCH"}, None),
        ({}, None),
    ],
)
def test_the_scale_is_read_where_the_file_tells_it(tmp_path: Path, grey: np.ndarray, options: dict, nm_per_pixel):
    imwrite(tmp_path / "a.tif", grey, **options)
    expected = None if nm_per_pixel is None else pytest.approx(nm_per_pixel, rel=1e-5)
    assert read_one(tmp_path / "a.tif").nm_per_pixel == expected


def write_text(path: Path) -> None:
    path.write_text("no image at all")


def write_flat(path: Path) -> None:
    imwrite(path, np.full((9, 9), 7, dtype=np.uint8))


def write_flat_page(path: Path) -> None:
    imwrite(path, np.stack([np.eye(9, dtype=np.float32), np.zeros((9, 9), dtype=np.float32)]), photometric="minisblack")


def write_nan(path: Path) -> None:
    imwrite(path, np.array([[0.5, np.nan], [1, 0]], dtype=np.float32))


def write_empty(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (write_text, "is not an image"),
        (write_empty, "is not an image"),
        (write_flat, "all pixels have one value, 7"),
        (write_flat_page, "page 2: all pixels have one value, 0"),
        (write_nan, "1 NaN or infinite pixels"),
    ],
)
def test_a_bad_file_is_told_in_one_line(tmp_path: Path, write: Callable[[Path], None], message: str):
    write(tmp_path / "bad.tif")
    with pytest.raises(InputError, match=message) as caught:
        read_micrographs(tmp_path / "bad.tif")
    assert "bad.tif" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_missing_is_told(tmp_path: Path):
    with pytest.raises(InputError, match="there is no file"):
        read_micrographs(tmp_path / "none.png")
    with pytest.raises(InputError, match="has no image"):
        read_micrographs(tmp_path)


@pytest.mark.filterwarnings("ignore:Truncated File Read")
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "raw.tif", "lzw.tif", "deflate.tif"])
def test_a_file_cut_anywhere_is_refused_in_one_line(tmp_path: Path, grey: np.ndarray, name: str):
    options = {"lzw.tif": {"compression": "tiff_lzw"}, "deflate.tif": {"compression": "tiff_adobe_deflate"}}
    path = tmp_path / name
    Image.fromarray(grey).save(path, **options.get(name, {}))
    whole = path.read_bytes()
    for length in np.linspace(0, len(whole) * 0.9, 40).astype(int):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"truncated or damaged|is not an image") as caught:
            read_micrographs(path)
        assert "\n" not in str(caught.value)
