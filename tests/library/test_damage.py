"""A model or library whose files are missing, cut off or of another version: one line that says what to do."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datagen.npz import write_npz
from ssrvae.cli import main


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def garble(file: Path) -> None:
    content = bytearray(file.read_bytes())
    middle = slice(len(content) // 3, len(content) // 3 + 40)
    content[middle] = bytes(byte ^ 0xFF for byte in content[middle])
    file.write_bytes(content)


def be_a_list(file: Path) -> None:
    file.write_text("[]")


def be_empty(file: Path) -> None:
    file.write_bytes(b"")


def hold_nothing(file: Path) -> None:
    file.write_text("{}")


def lose_a_column(file: Path) -> None:
    pd.read_parquet(file).drop(columns="angle_deg").to_parquet(file)


def rename_a_class(file: Path) -> None:
    pd.read_parquet(file).replace({"class": {"single": "other"}}).to_parquet(file)


def hold_one_patch(file: Path) -> None:
    write_npz({"images": np.zeros((1, 24, 24), np.uint8)}, file)


def hold_other_arrays(file: Path) -> None:
    write_npz({"pictures": np.zeros((1, 24, 24), np.uint8)}, file)


def have_another_format(file: Path) -> None:
    file.write_text(file.read_text().replace("ssrvae-library-2", "ssrvae-library-9"))


def name_another_kind(file: Path) -> None:
    file.write_text(file.read_text().replace("micrographs", "photographs"))


def name_one_class(file: Path) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | {"classes": ["single"]}))


def lose_the_cutting(file: Path) -> None:
    text = file.read_text()
    file.write_text(text[: text.index("cutting:")])


DELETE = "delete {folder} and run ssrvae classify again"
OF_LIBRARY: list[tuple[str, Callable[[Path], None], str]] = [
    *(("library.json", spoil, DELETE) for spoil in (cut_off, garble, be_a_list, be_empty, hold_nothing)),
    ("library.json", have_another_format, "format 'ssrvae-library-9', this version reads 'ssrvae-library-2'; delete"),
    *(("objects.parquet", spoil, "; run ssrvae classify again") for spoil in (cut_off, garble, be_empty)),
    ("objects.parquet", lose_a_column, "it has no column 'angle_deg'"),
    ("objects.parquet", rename_a_class, "it has a class 'other', the library double, fourfold, single"),
    *(("patches.npz", spoil, "; run ssrvae classify again") for spoil in (Path.unlink, cut_off, garble, be_empty)),
    ("patches.npz", hold_one_patch, "objects, patches of shape (1, 24, 24)); run ssrvae classify again"),
    ("patches.npz", hold_other_arrays, "('images'); run ssrvae classify again"),
    *(("sources/*/source.json", spoil, DELETE) for spoil in (cut_off, be_a_list, be_empty, hold_nothing)),
    *(("sources/*/0.webp", spoil, DELETE) for spoil in (Path.unlink, cut_off, be_empty)),
]


@pytest.mark.parametrize(("file", "spoil", "told"), OF_LIBRARY)
def test_a_damaged_library_cannot_be_drawn(file, spoil, told, library: Path, tmp_path: Path, fails):
    copy = shutil.copytree(library, tmp_path / "library")
    spoilt = next(iter(copy.glob(file)))
    spoil(spoilt)
    line = fails("library", copy)
    assert line.startswith(f"error: {spoilt}: ")
    assert told.format(folder=spoilt.parent) in line


@pytest.mark.parametrize("name", ["source.json", "objects.parquet", "patches.npz"])
def test_a_damaged_source_is_classified_again_once_it_is_deleted(name, library, model, workplace, tmp_path, fails):
    copy = shutil.copytree(library, tmp_path / "library")
    folder = next((copy / "sources").iterdir())
    cut_off(folder / name)
    command = ("classify", model, workplace.path / "micrographs", "--out", copy)
    line = fails(*command)
    assert line.startswith(f"error: {folder / name}: is missing or damaged (")
    assert line.endswith(f"delete {folder} and run ssrvae classify again")
    shutil.rmtree(folder)
    assert main(list(map(str, command))) == 0
    pd.testing.assert_frame_equal(
        pd.read_parquet(copy / "objects.parquet"), pd.read_parquet(library / "objects.parquet")
    )


def test_a_damaged_table_of_all_objects_is_mended_by_classifying_again(library, model, workplace, tmp_path):
    copy = shutil.copytree(library, tmp_path / "library")
    for name in ("objects.parquet", "patches.npz"):
        cut_off(copy / name)
    assert main(["classify", str(model), str(workplace.path / "micrographs"), "--out", str(copy)]) == 0
    assert main(["library", str(copy)]) == 0


OF_MODEL: list[tuple[str, Callable[[Path], None], str]] = [
    *(("classes.json", spoil, "run ssrvae fit again") for spoil in (Path.unlink, cut_off, garble, be_a_list)),
    ("classes.json", hold_nothing, "is missing or damaged (key 'kind' is None); run ssrvae fit again"),
    ("classes.json", name_another_kind, "is missing or damaged (key 'kind' is 'photographs'); run ssrvae fit again"),
    ("classes.json", name_one_class, "names single, the model has 3 classes; run ssrvae fit again"),
    *(("model.npz", spoil, "run ssrvae fit again") for spoil in (cut_off, garble, be_empty)),
    *(("settings.yaml", spoil, "lacks 'segmentation'; run ssrvae fit again") for spoil in (be_a_list, be_empty)),
    ("settings.yaml", lose_the_cutting, "lacks 'cutting'; run ssrvae fit again"),
    ("settings.yaml", Path.unlink, "settings.yaml: cannot be read (No such file or directory)"),
]


@pytest.mark.parametrize(("file", "spoil", "told"), OF_MODEL)
def test_a_damaged_model_classifies_nothing(file, spoil, told, model: Path, workplace, tmp_path: Path, fails):
    copy = shutil.copytree(model, tmp_path / "model")
    spoil(copy / file)
    line = fails("classify", copy, workplace.path / "micrographs", "--out", tmp_path / "library")
    assert told in line
    assert str(copy) in line
    assert not (tmp_path / "library").exists()


def test_a_file_in_the_way_of_contact_sheets_is_told(library: Path, tmp_path: Path, fails):
    copy = shutil.copytree(library, tmp_path / "library", ignore=shutil.ignore_patterns("sheets"))
    (copy / "sheets").touch()
    assert fails("library", copy) == f"error: {copy}/sheets: a file is in the way; expected a folder to write to"
