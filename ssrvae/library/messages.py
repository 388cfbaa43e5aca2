"""What a person at the terminal is told while objects are cut, learnt and classified."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

_NAMED = 3
_MOST_LINES = 15


def progress(items: Iterable[Any], doing: str, unit: str) -> Any:
    """Show a progress bar over items on a terminal; elsewhere nothing."""
    from tqdm import tqdm

    return tqdm(items, desc=doing, unit=unit, disable=None, file=sys.stderr)


def print_notes(notes: Sequence[str]) -> None:
    """Print what was skipped or changed, "where: what", a line for all that have it in common."""
    lines = grouped(notes)
    for line in lines[:_MOST_LINES]:
        print(line, file=sys.stderr)
    if len(lines) > _MOST_LINES:
        print(f"and {len(lines) - _MOST_LINES} more such lines", file=sys.stderr)


def grouped(notes: Sequence[str]) -> list[str]:
    """Join notes that say the same of several places: "a.png, b.png, c.png and 77 more: RGB converted to grey"."""
    places: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        where, _, what = note.partition(": ")
        verb = "skipped " if where.startswith("skipped ") else ""
        places.setdefault((verb, what), []).append(where.removeprefix(verb))
    return [_worded(verb, where, what) for (verb, what), where in places.items()]


def _worded(verb: str, where: list[str], what: str) -> str:
    more = f" and {len(where) - _NAMED} more" if len(where) > _NAMED else ""
    return f"{verb}{', '.join(where[:_NAMED])}{more}" + (f": {what}" if what else "")
