"""Labels of objects: a CSV file of pixels inside objects of micrographs, or of patches."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from datagen.errors import InputError
from ssrvae.base.suggestions import suggest
from ssrvae.library.label_table import LabelTable, read_label_table
from ssrvae.library.sources import MICROGRAPHS, PATCHES

COLUMNS = {MICROGRAPHS: ("image", "row", "column", "label"), PATCHES: ("patch", "label")}
EXPECTED = "a first line " + " or ".join(",".join(columns) for columns in COLUMNS.values())


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

    def of(self, source: str) -> list[tuple[Label, int | None]]:
        """Give the labels of a file, "folder/name.tif", each with the page that it names (None: the whole file)."""
        names, found = names_of(source), list[tuple[Label, int | None]]()
        for label in self.labels:
            file, page = _file_and_page(label.name)
            if names & called(label.name):
                found.append((label, None))
            elif page is not None and names & called(file):
                found.append((label, page))
        return found

    def where(self, label: Label) -> str:
        """Word where a label stands."""
        return f"{self.path}, line {label.line}"

    def check_names(self, sources: Collection[str]) -> None:
        """Raise InputError for a label that names none of the sources; of micrographs it may name a page, too."""
        names = set[str]().union(*map(names_of, sources))
        for label in self.labels:
            file, page = _file_and_page(label.name)
            of_page = self.kind == MICROGRAPHS and page is not None and names & called(file)
            if not (names & called(label.name) or of_page):
                what = "micrograph" if self.kind == MICROGRAPHS else "patch"
                known = suggest(label.name, sorted({source.rpartition("/")[2] for source in sources})[:20])
                raise InputError(f"{self.where(label)}: there is no {what} {label.name!r}; {known}")


def names_of(source: str) -> set[str]:
    """List what a source, "folder/name.tif", may be called: the whole, or without its folder."""
    return {_composed(source), _composed(source.rpartition("/")[2])}


def called(name: str) -> set[str]:
    """List the names of sources that a name in a file of labels stands for; of a longer path the last folder counts.

    Names are compared as people see them: "ü" may be one character or two, as macOS writes it.
    """
    steps = [step for step in re.split(r"[/\\]", name) if step not in ("", ".")]
    return {_composed(name), _composed("/".join(steps[-2:]))}


def read_labels(path: Path) -> Labels:
    """Read a CSV file with a header; raises InputError naming the file, the line and what is expected."""
    table = read_label_table(path)
    kind = PATCHES if "patch" in table.columns else MICROGRAPHS
    for column in COLUMNS[kind]:
        if column not in table.columns:
            found = ",".join(table.columns)
            raise InputError(f"{path}: column {column!r} is missing; expected {EXPECTED}, got {found}")
    labels = list(_labels(path, kind, table))
    if not labels:
        raise InputError(f"{path}: holds no label; label some objects of each class")
    return Labels(path, kind, labels)


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _file_and_page(name: str) -> tuple[str, int | None]:
    """Part "stack.tif#2" into the file and the page; None where no page is named."""
    file, _, page = name.rpartition("#")
    return file, int(page) if page.isdecimal() else None


def _labels(path: Path, kind: str, table: LabelTable) -> Iterator[Label]:
    for line, values in table.rows:
        where = f"{path}, line {line}"
        named = values["patch" if kind == PATCHES else "image"]
        if not values["label"]:
            raise InputError(f"{where}: the label is empty; leave unlabelled objects out")
        if kind == PATCHES:
            yield Label(line, named, None, values["label"])
            continue
        row, column = (_number(where, name, values[name], table.decimal_comma) for name in ("row", "column"))
        yield Label(line, named, (row, column), values["label"])


def _number(where: str, name: str, text: str, decimal_comma: bool) -> float:
    try:
        value = float(text.replace(",", ".") if decimal_comma else text)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InputError(f"{where}: {name} {text!r} is not a number of pixels")
    return value
