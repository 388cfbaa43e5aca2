"""Measure what bounds accuracy on the real gold nanoparticles: CSV rows on standard output.

    ssrvae fetch && PYTHONPATH=. python benchmarks/gold_bounds.py [--external results/external]

The labels are no person's count. For both label sets and three or four classes, the objects of each half are classified

- `as_many`: by a classifier shown as many objects of the other half as the study's methods, 15 or 8 a class (mean of
  ten draws);
- `other_half`: by one shown all objects of the other half, hundreds a class;
- `cross_validated`: by one shown four fifths of their own half, in five folds.

It sees the region that the labels themselves were drawn as, not the image: extremely randomised trees, of balanced
class weights, on `area` alone, or on `shape`, ten measures of area, axes and outline. `other_set` says how well one
label set is told by the other.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from skimage.measure import regionprops_table
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from datagen.external import FOLDER, checked
from datagen.particles.nanogold import PYPARTY, Nanogold, read_nanogold

SHAPE = (
    *("area", "axis_major_length", "axis_minor_length", "eccentricity", "solidity", "perimeter", "extent"),
    *("area_filled", "area_convex", "feret_diameter_max"),
)
FEATURES = {"area": ("area",), "shape": SHAPE}
LABELLED = {3: 15, 4: 8}
"""Labelled objects a class in the study, by its classes."""
DRAWS = 10
Row = tuple[str, int, str, str, str, float]


def bounds(real: Nanogold) -> Iterator[Row]:
    """Give label set, classes, tested half, features, what was shown, balanced accuracy."""
    table = regionprops_table(real.objects, properties=("centroid", *SHAPE))
    in_left = table["centroid-1"] < real.pixels.shape[1] / 2
    sets = {"size": real.sizes, "peaks": real.peaks}
    for labels, (name, counts) in zip(reversed(sets.values()), sets.items(), strict=True):
        for classes in (3, 4):
            truth, other = np.minimum(counts, classes), np.minimum(labels, classes)
            for half, tested in (("left", in_left), ("right", ~in_left)):
                yield name, classes, half, "", "other_set", balanced_accuracy_score(truth[tested], other[tested])
                for features, columns in FEATURES.items():
                    measured = np.column_stack([table[column] for column in columns])
                    for shown, score in _scores(measured, truth, tested).items():
                        yield name, classes, half, features, shown, score


def _scores(measured: np.ndarray, truth: np.ndarray, tested: np.ndarray) -> dict[str, float]:
    trees = ExtraTreesClassifier(500, class_weight="balanced", min_samples_leaf=2, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    predicted = {
        "other_half": trees.fit(measured[~tested], truth[~tested]).predict(measured[tested]),
        "cross_validated": cross_val_predict(trees, measured[tested], truth[tested], cv=folds),
    }
    scores = {shown: balanced_accuracy_score(truth[tested], values) for shown, values in predicted.items()}
    trees.set_params(min_samples_leaf=1)  # of 8 objects a leaf may have one
    draws = [_drawn(truth, ~tested, np.random.default_rng(seed)) for seed in range(DRAWS)]
    few = [trees.fit(measured[drawn], truth[drawn]).predict(measured[tested]) for drawn in draws]
    return {"as_many": float(np.mean([balanced_accuracy_score(truth[tested], values) for values in few])), **scores}


def _drawn(truth: np.ndarray, pool: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose as many objects a class as the study labels: indices."""
    n = LABELLED[int(truth.max())]
    return np.concatenate([rng.permutation(np.flatnonzero(pool & (truth == label)))[:n] for label in np.unique(truth)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--external", type=Path, default=FOLDER, help="folder of the fetched archives")
    arguments = parser.parse_args()
    print("labels,classes,tested_half,features,shown,balanced_accuracy")
    for *what, score in bounds(read_nanogold(checked(PYPARTY, arguments.external))):
        print(*what, f"{score:.4f}", sep=",", flush=True)


if __name__ == "__main__":
    main()
