"""What `ssrvae fit` and `classify` make of blood smears without any setting but the model: CSV rows on standard output.

    ssrvae fetch && python -m benchmarks.command_line_cells [--models exemplar marginal auto] [--seeds 100 ...]

The smears of Chula RBC-12 are dealt into two halves at random. Of one half 20 points a class are the labels, of the
seven classes that shape tells apart; a model is fitted to all objects of that half. The objects of the other half are
classified and compared with its points of these classes. A point is found when its object holds no other point.

`found` is the share of points that are; `macro_f1` takes those that are not for errors, `macro_f1_of_found` leaves them
out; beside `balanced_accuracy_of_found` stands `told`, that which the model's report.json tells of its labels. Seconds
are the processor's.
"""

import argparse
import csv
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score, f1_score

from datagen.external import FOLDER, checked
from datagen.kinds.chula_rbc import CHULA_RBC, TOLD_APART_BY_SHAPE, points_of
from datagen.micrographs.point_tables import Point
from ssrvae.cli import main as run

PER_CLASS = 20
NOT_FOUND, NO_ROW = "", -1
NEAREST = 8
"""Objects whose outlines are looked at for a point."""
COLUMNS = (
    *("seed", "model", "points", "found", "macro_f1", "macro_f1_of_found", "balanced_accuracy_of_found", "told"),
    *("strangers", "seconds"),
)


def measure(smears: Path, seed: int, model: str, place: Path) -> tuple[float, ...]:
    """Fit to one half of the smears and classify the other, in a folder; what stands in COLUMNS after the model."""
    started = time.process_time()
    points = {path.name: points_of(smears, path.name) for path in sorted((smears / "images").iterdir())}
    shuffled = np.random.default_rng(seed).permutation(list(points)).tolist()
    halves = shuffled[: len(points) // 2], shuffled[len(points) // 2 :]
    for name, half in zip(("fitted", "others"), halves, strict=True):
        (place / name).mkdir()
        for file in half:
            shutil.copy(smears / "images" / file, place / name)
    _write_labels(place / "labels.csv", {file: points[file] for file in halves[0]}, np.random.default_rng(seed))
    (place / "settings.yaml").write_text(f"model: {model}\n")
    files = {
        name: str(place / name) for name in ("fitted", "others", "labels.csv", "settings.yaml", "model", "library")
    }
    with redirect_stdout(sys.stderr):
        fit = ["fit", files["fitted"], "--labels", files["labels.csv"], "--settings", files["settings.yaml"]]
        if run([*fit, "--out", files["model"]]) or run(
            ["classify", files["model"], files["others"], "--out", files["library"]]
        ):
            raise SystemExit(1)
    table = pd.read_parquet(place / "library" / "objects.parquet")
    true, called = _compared(table, {file: points[file] for file in halves[1]})
    found = called != NOT_FOUND
    report = json.loads((place / "model" / "report.json").read_text())
    told = report["cross_validation"]["balanced_accuracy"]["value"]
    seconds = time.process_time() - started
    scores = _f1(true, called), _f1(true[found], called[found]), balanced_accuracy_score(true[found], called[found])
    return len(true), found.mean(), *scores, told, report["strangers"], seconds


def _write_labels(path: Path, points: dict[str, list[Point]], rng: np.random.Generator) -> None:
    """Choose PER_CLASS points a class at random."""
    rows = [(file, point.y, point.x, point.class_name) for file, own in points.items() for point in own]
    chosen = []
    for name in TOLD_APART_BY_SHAPE:
        of_class = [row for row in rows if row[-1] == name]
        chosen += [of_class[i] for i in rng.permutation(len(of_class))[:PER_CLASS]]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("image", "row", "column", "label"), *chosen])


def _compared(table: pd.DataFrame, points: dict[str, list[Point]]) -> tuple[np.ndarray, np.ndarray]:
    """Give the classes of points of the classes compared, and what the object of each was called, or NOT_FOUND."""
    true, called = [], []
    by_file = dict(list(table.groupby(table["source"].str.rpartition("/")[2])))
    for file, own in points.items():
        objects = by_file.get(file, table.iloc[:0])
        rows = [_row_at(objects, point) for point in own]
        shared = Counter(rows)
        for point, row in zip(own, rows, strict=True):
            if point.class_name in TOLD_APART_BY_SHAPE:
                true.append(point.class_name)
                alone = row != NO_ROW and shared[row] == 1
                called.append(objects["class"].iloc[row] if alone else NOT_FOUND)
    return np.array(true), np.array(called)


def _row_at(objects: pd.DataFrame, point: Point) -> int:
    """Give the row of the object whose outline holds a point, or NO_ROW."""
    from skimage.measure import points_in_poly

    rows, columns = objects["row"].to_numpy(), objects["column"].to_numpy()
    near = np.argsort(np.hypot(rows - point.y, columns - point.x))[:NEAREST]
    for row in near:
        if points_in_poly([(point.x, point.y)], np.reshape(objects["outline"].iloc[row], (-1, 2)))[0]:
            return int(row)
    return NO_ROW


def _f1(true: np.ndarray, called: np.ndarray) -> float:
    return float(f1_score(true, called, labels=TOLD_APART_BY_SHAPE, average="macro", zero_division=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--external", type=Path, default=FOLDER, help="folder of the fetched archives")
    parser.add_argument("--models", nargs="+", default=["exemplar"], help="exemplar, marginal, auto")
    parser.add_argument("--seeds", nargs="+", type=int, default=[100, 101, 102])
    arguments = parser.parse_args()
    print(*COLUMNS, sep=",")
    with CHULA_RBC.unpacked(checked(CHULA_RBC, arguments.external)) as smears:
        for seed in arguments.seeds:
            for model in arguments.models:
                with tempfile.TemporaryDirectory() as folder:
                    n_points, *scores = measure(smears, seed, model, Path(folder))
                print(seed, model, n_points, *(f"{score:.3f}" for score in scores), sep=",", flush=True)


if __name__ == "__main__":
    main()
