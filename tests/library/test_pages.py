"""Files of many pages: each label finds its page or is told of, and a page that cannot be used costs no other."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

from datagen.errors import InputError
from ssrvae.cli import main
from ssrvae.library import classify as classify_module
from ssrvae.library.fit import gather
from ssrvae.library.labels import read_labels
from ssrvae.library.library_folder import LibraryFolder
from ssrvae.library.model_folder import ModelFolder
from ssrvae.library.objects import cut
from ssrvae.library.settings import read_settings
from ssrvae.library.sources import find_sources

PLACES = [(20, 20), (20, 60), (60, 20)]


def discs(places: list[tuple[int, int]]) -> np.ndarray:
    rows, columns = np.mgrid[:80, :80]
    inside = [np.hypot(rows - row, columns - column) < 6 for row, column in places]
    return np.uint8(200 * np.any([np.zeros((80, 80), bool), *inside], axis=0))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Write m/film.tif, of whose pages 1 to 4 the second shows nothing and the others more discs each, and a.png."""
    (tmp_path / "m").mkdir()
    pages = [discs(PLACES[:1]), discs([]), discs(PLACES[:2]), discs(PLACES)]
    tifffile.imwrite(tmp_path / "m" / "film.tif", np.stack(pages), imagej=True, metadata={"axes": "TYX"})
    Image.fromarray(discs(PLACES)).save(tmp_path / "m" / "a.png")
    return tmp_path


def gathered(film: Path, *lines: str) -> tuple[list[str], list[str]]:
    """Give the names of the labelled objects, in their order, and what was told."""
    (film / "labels.csv").write_text("\n".join(["image,row,column,label", *lines]))
    labels, problems = read_labels(film / "labels.csv"), []
    sources = find_sources([film / "m"], labels.kind)
    found = gather(sources, labels, read_settings(None), ModelFolder(film / "model"), problems)
    return found.names.tolist(), [problem.removeprefix(f"{film / 'labels.csv'}, ") for problem in problems]


def test_a_label_finds_its_page(film: Path):
    names, problems = gathered(film, "film.tif#3,20,60,right", "m/film.tif#4,60,20,low", "a.png#1,20,20,first")
    assert names == ["first", "", "", "", "", "right", "", "", "low"]
    assert [problem.partition(" ")[0] for problem in problems] == ["skipped"]


def test_a_label_of_a_page_that_was_skipped_is_told(film: Path):
    _, problems = gathered(film, "film.tif#2,20,20,disc")
    assert problems == [
        f"skipped {film}/m/film.tif, page 2: all pixels have one value, 0; there is nothing to see",
        "line 2: page 2 of m/film.tif was skipped",
    ]


def test_a_label_of_a_file_that_was_skipped_is_told(film: Path):
    (film / "m" / "bad.png").write_text("not an image")
    _, problems = gathered(film, "a.png,20,20,disc", "bad.png,20,20,disc")
    assert "line 3: m/bad.png was skipped" in problems


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("film.tif", "line 2: film.tif has 4 pages; name one of them, as film.tif#1"),
        ("film.tif#5", "line 2: there is no film.tif#5; the file has 4 pages, counted from 1"),
        ("film.tif#0", "line 2: there is no film.tif#0; the file has 4 pages, counted from 1"),
        ("a.png#2", "line 2: there is no a.png#2; the file has 1 page, counted from 1"),
    ],
)
def test_a_page_that_is_not_named_or_not_there_stops_the_fit(film: Path, name: str, message: str):
    with pytest.raises(InputError) as caught:
        gathered(film, f"{name},20,20,disc")
    assert str(caught.value).endswith(message)


def test_a_film_of_empty_pages_is_refused_in_one_line(tmp_path: Path):
    tifffile.imwrite(tmp_path / "film.tif", np.zeros((3, 40, 40), np.uint8), imagej=True)
    (source,) = find_sources([tmp_path / "film.tif"], "micrographs")
    with pytest.raises(InputError) as caught:
        cut(source, read_settings(None))
    assert f"{tmp_path}/film.tif: none of its 3 pages can be used; the first: " in str(caught.value)


def test_a_patch_of_many_pages_is_told(tmp_path: Path):
    (tmp_path / "patches").mkdir()
    tifffile.imwrite(tmp_path / "patches" / "0.tif", np.stack([discs(PLACES), discs(PLACES)]), imagej=True)
    (source,) = find_sources([tmp_path / "patches"], "patches")
    assert cut(source, read_settings(None)).notes == ["patches/0.tif: holds 2 pages; a patch is the first alone"]


def test_an_empty_frame_costs_no_other(workplace, model: Path, tmp_path: Path, capsys):
    frame = np.asarray(Image.open(workplace.path / "micrographs" / "0.png"))
    film = np.stack([frame, np.zeros_like(frame), frame])
    tifffile.imwrite(tmp_path / "film.tif", film, imagej=True, metadata={"axes": "TYX"})
    assert main(["classify", str(model), str(tmp_path / "film.tif"), "--out", str(tmp_path / "library")]) == 0
    assert "film.tif, page 2: all pixels have one value" in capsys.readouterr().err
    counts = pd.read_parquet(LibraryFolder(tmp_path / "library").objects)["source"].str[-2:].value_counts()
    assert counts["#1"] == counts["#3"] > 20
    assert "#2" not in counts


def test_a_micrograph_of_strangers_is_told(workplace, model: Path, tmp_path: Path, capsys, monkeypatch):
    read = classify_module.read_objects

    def strange(*arguments):
        readings = read(*arguments)
        return readings._replace(stranger=np.arange(len(readings.stranger)) % 3 > 0)

    monkeypatch.setattr(classify_module, "read_objects", strange)
    image = workplace.path / "micrographs" / "0.png"
    assert main(["classify", str(model), str(image), "--out", str(tmp_path / "library")]) == 0
    assert "micrographs/0.png: most objects fit no class" in capsys.readouterr().err
