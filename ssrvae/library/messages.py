"""What a person at the terminal is told while objects are cut, learnt and classified."""

import sys
from collections.abc import Iterable
from typing import Any


def progress(items: Iterable[Any], doing: str, unit: str) -> Any:
    """Show a progress bar over items on a terminal; elsewhere nothing."""
    from tqdm import tqdm

    return tqdm(items, desc=doing, unit=unit, disable=None, file=sys.stderr)


def report_problem(line: str) -> str:
    """Print what was skipped or changed above any progress bar, and give it back for a report."""
    from tqdm import tqdm

    tqdm.write(line, file=sys.stderr)
    return line
