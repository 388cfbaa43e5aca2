"""A CSV file as people save it: the usual delimiters and encodings, and each row with its line in the file."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from datagen.errors import InputError

DELIMITERS = (",", ";", "\t")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class LabelTable(NamedTuple):
    """Names of the columns, small letters; rows: the line that each begins on, and its texts by column.

    decimal_comma: numbers have one, as where a semicolon parts the values.
    """

    columns: list[str]
    rows: list[tuple[int, dict[str, str]]]
    decimal_comma: bool


def read_label_table(path: Path) -> LabelTable:
    """Read a CSV file whose first line names the columns; blank rows are left out, and spaces around values.

    Raises InputError naming the file, and the line whose values do not fit the columns.
    """
    text = _text(path)
    # Excel's own first line, which tells the delimiter.
    told = re.match(r"sep=(.)\r?\n?", text)
    lines = _rows(path, text, told[1] if told else _delimiter(text))
    if told:
        next(lines)
    _, columns = next(lines, (1, []))
    if not columns:
        raise InputError(f"{path}: is empty")
    columns = [name.lower() for name in columns]
    if twice := {name for name in columns if name and columns.count(name) > 1}:
        raise InputError(f"{path}: column {min(twice)!r} stands twice")
    rows = [(line, _fitting(path, line, columns, values)) for line, values in lines]
    return LabelTable(columns, rows, (told[1] if told else _delimiter(text)) == ";")


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"there is no label file {path}") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    marked = [encoding for mark, encoding in _MARKS.items() if content.startswith(mark)]
    for encoding in marked or ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError(f"{path}: is no text; expected a CSV file in UTF-8")


def _delimiter(text: str) -> str:
    """Name the delimiter that the first line has most of."""
    header = next(iter(text.lstrip().splitlines()), "")
    return max(DELIMITERS, key=header.count)


def _rows(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give the rows that hold anything, each with the line that it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    begins = 1
    try:
        for row in reader:
            values = [value.strip() for value in row]
            if any(values):
                yield begins, values
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}, line {begins}: the quotes do not match ({error})") from error


def _fitting(path: Path, line: int, columns: list[str], values: list[str]) -> dict[str, str]:
    """Give values by column, "" for those that a line lacks at its end."""
    if any(values[len(columns) :]):
        raise InputError(
            f"{path}, line {line}: holds {len(values)} values for {len(columns)} columns; "
            f"name every column in the first line, and quote a value that holds the delimiter"
        )
    return dict(zip(columns, values + [""] * len(columns), strict=False))
