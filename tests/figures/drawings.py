"""What tests of figures ask of a drawing: its words, notes and lines."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ssrvae.analysis.agreement import REFERENCE
from ssrvae.analysis.tables import collected_plan
from ssrvae.figures.drawing.output import Film, Still
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.registry import find
from ssrvae.study.result_files import ResultFiles

READ_POSES = ("pose_errors", "pose_posteriors", "reconstructions")


def opened(results: Path) -> StudyResults:
    return StudyResults(ResultFiles(collected_plan(results), results), REFERENCE)


def copy_manifest(results: Path, folder: Path) -> None:
    (folder / "tables").mkdir()
    shutil.copy(results / "tables" / "manifest.json", folder / "tables")


def copy_tables(results: Path, folder: Path) -> None:
    shutil.copytree(results / "tables", folder / "tables")


def drawn(name: str, results: Path) -> Any:
    return find(name).draw(opened(results))


def words(drawing: Still) -> str:
    texts = [text.get_text() for text in drawing.figure.findobj(lambda part: hasattr(part, "get_text"))]
    return " ".join(" ".join(texts).split())


def notes(drawing: Still | Film) -> list[str]:
    return [page.get_supxlabel() for page in getattr(drawing, "frames", None) or [drawing.figure]]


def line(drawing: Still, label: str, panel: int = 0) -> np.ndarray:
    found = [curve for curve in drawing.figure.axes[panel].lines if curve.get_label() == label]
    assert len(found) == 1
    return found[0].get_xydata()
