"""Read the user's CSV tables line by line, with the place that an error names."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from datagen.errors import InputError
from datagen.values import is_real


class Row(dict[str, str]):
    """A line's values by column; where: the file and the line."""

    def __init__(self, values: dict[str, str], where: str) -> None:
        super().__init__(values)
        self.where = where


def rows_of(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Give the rows of a table that has these columns, none of them empty; InputError naming the file and the line."""
    expected = ",".join(columns)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            found = [str(name).strip() for name in reader.fieldnames or ()]
            absent = [name for name in columns if name not in found]
            if absent:
                raise InputError(f"{path}: column {absent[0]!r} is missing; expected {expected}, got {','.join(found)}")
            reader.fieldnames = found
            lines = [(reader.line_num, line) for line in reader]
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: is no CSV table ({' '.join(str(error).split())[:120]})") from error
    for number, line in lines:
        where = f"{path}, line {number}"
        values = {name: (line[name] or "").strip() for name in columns}
        empty = [name for name, value in values.items() if not value]
        if empty:
            raise InputError(f"{where}: {empty[0]} is empty; expected {expected}")
        yield Row(values, where)


def number(row: Row, column: str) -> float:
    """Read a finite number; InputError naming the line and the column."""
    try:
        value = float(row[column])
    except ValueError:
        value = float("nan")
    if not is_real(value):
        raise InputError(f"{row.where}: {column} {row[column]!r} is not a number")
    return value


def whole_number(row: Row, column: str) -> int:
    """Read a whole number; InputError naming the line and the column."""
    value = number(row, column)
    if value != int(value):
        raise InputError(f"{row.where}: {column} {row[column]!r} is not a whole number")
    return int(value)
