"""Labels of objects: a CSV file of pixels inside objects of micrographs, or of patches."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from datagen.errors import InputError
from ssrvae.base.suggestions import suggest
from ssrvae.library.sources import MICROGRAPHS, PATCHES

COLUMNS = {MICROGRAPHS: ("image", "row", "column", "label"), PATCHES: ("patch", "label")}
EXPECTED = " or ".join(",".join(columns) for columns in COLUMNS.values())


class Label(NamedTuple):
    """One line of the file: what it names (an image or a patch), the pixel (None for patches), and the class."""

    line: int
    name: str
    pixel: tuple[float, float] | None
    label: str


class Labels(NamedTuple):
    """The labels of a file; kind: "micrographs" or "patches", told by its columns."""

    path: Path
    kind: str
    labels: list[Label]

    def of(self, source: str) -> list[Label]:
        """Give the labels of a source, "folder/name.tif#2", named as a whole or without its folder."""
        return [label for label in self.labels if label.name in (source, source.rpartition("/")[2])]

    def where(self, label: Label) -> str:
        """Word where a label stands."""
        return f"{self.path}, line {label.line}"

    def check_names(self, sources: Collection[str]) -> None:
        """Raise InputError for a label that names none of the sources (pages of a file count as the file)."""
        names = {name for source in sources for name in (source, source.rpartition("/")[2])}
        for label in self.labels:
            if label.name not in names and label.name.rpartition("#")[0] not in names:
                what = "micrograph" if self.kind == MICROGRAPHS else "patch"
                known = suggest(label.name, sorted({source.rpartition("/")[2] for source in sources})[:20])
                raise InputError(f"{self.where(label)}: there is no {what} {label.name!r}; {known}")


def read_labels(path: Path) -> Labels:
    """Read a CSV file with a header; raises InputError naming the file, the line and what is expected."""
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"there is no label file {path}") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: is no CSV file ({' '.join(str(error).split())}); expected {EXPECTED}") from error
    table.columns = table.columns.str.strip()
    kind = PATCHES if "patch" in table else MICROGRAPHS
    for column in COLUMNS[kind]:
        if column not in table:
            found = ",".join(table.columns)
            raise InputError(f"{path}: column {column!r} is missing; expected {EXPECTED}, got {found}")
    labels = list(_labels(path, kind, {str(name): list(values) for name, values in table.items()}))
    if not labels:
        raise InputError(f"{path}: holds no label; label some objects of each class")
    return Labels(path, kind, labels)


def object_at(label: Label, objects: np.ndarray) -> int:
    """Give the number of the object at a label's pixel, 0 where there is none or the pixel lies outside."""
    row, column = (round(place) for place in label.pixel or (-1, -1))
    inside = 0 <= row < objects.shape[0] and 0 <= column < objects.shape[1]
    return int(objects[row, column]) if inside else 0


def _labels(path: Path, kind: str, columns: dict[str, list[str]]) -> Iterator[Label]:
    for index, text in enumerate(columns["label"]):
        line = index + 2
        if not text.strip():
            raise InputError(f"{path}, line {line}: the label is empty; leave unlabelled objects out")
        if kind == PATCHES:
            yield Label(line, columns["patch"][index].strip(), None, text.strip())
            continue
        pixel = tuple(_number(path, line, name, columns[name][index]) for name in ("row", "column"))
        yield Label(line, columns["image"][index].strip(), (pixel[0], pixel[1]), text.strip())


def _number(path: Path, line: int, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InputError(f"{path}, line {line}: {name} {text!r} is not a number of pixels")
    return value
