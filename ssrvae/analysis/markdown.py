"""Tables and numbers as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

LEAD = "lead, post hoc, paired by seed"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def with_limits(center: float, low: float, high: float, sign: str = "") -> str:
    """Write three decimals, or as many as tell the limits apart."""
    digits = next((n for n in range(3, 7) if f"{low:.{n}f}" != f"{high:.{n}f}"), 3)
    return "{:{f}} [{:{f}}, {:{f}}]".format(center, low, high, f=f"{sign}.{digits}f")


def summary_cell(summary: pd.Series) -> str:
    """Write a row of `summarise_accuracy`: the accuracy with its interval, and how many runs failed."""
    if not summary["seeds"]:
        return f"failed ({summary['missing']:g})"
    failed = f", {summary['missing']:g} failed" if summary["missing"] else ""
    return f"{with_limits(summary['accuracy'], summary['low'], summary['high'])}{failed}"


def seconds_cell(seconds: pd.Series) -> str:
    """Write the median of a method's seconds a fit."""
    median = seconds.median()
    return f"{median:.2g}" if median < 10 else f"{median:.0f}"
