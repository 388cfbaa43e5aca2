"""Measure how the marginal-pose classifier scales with image side and classes: CSV rows on standard output.

    python benchmarks/marginal_sizes.py [--sides 28 48 64 96] [--classes 2 4 10 20] [--seeds 0] [--labels 200]
        [--unlabelled 3000] [--test 1000]

Each side is measured with `--at-classes` (4) classes and each number of classes at `--at-side` (48) pixels, every model
in its own process. Labelled images are upright (+-4 degrees) and centred; unlabelled and test images are turned by
+-180 degrees and shifted by +-10 % of the side; all are sheared by +-15 degrees and scaled by 1.0 to 1.3. Seconds are
processor time.

Classes are the first of `LETTERS`, of DejaVu Sans, that no turn makes one another: M stands without W, Z without N, a
without e, p, b, d, q, u and n; I, L, O, U and V, parts of other letters, and digits (6 and 9) are left out. The most
alike at any turn are P and R, with a correlation of .89.
"""

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import torch

from datagen.cards.card_images import cards_spec, generate_cards
from datagen.dataset import Dataset
from ssrvae import MarginalPoseClassifier
from ssrvae.base.provenance import peak_memory_mb

LETTERS = "ABCDEFGHJKMPQRSTXYZa"


class Setting(NamedTuple):
    """What one model is fitted to; images are counted a class."""

    side: int
    classes: int
    seed: int
    labels: int
    unlabelled: int
    test: int


def letters(setting: Setting) -> Dataset:
    """Generate turned letters."""
    shape = {"shear_deg": 15, "scale": [1.0, 1.3]}
    spec = {
        "kind": "cards",
        "templates": {"font": "DejaVu Sans", "glyphs": {letter: letter for letter in LETTERS[: setting.classes]}},
        "image_size": setting.side,
        "labelled": {"per_class": setting.labels, "rotation_deg": 4, "shift": 0.0, **shape},
        "unlabelled": {"per_class": max(setting.unlabelled, 1), "rotation_deg": 180, "shift": 0.1, **shape},
        "test": {"per_class": setting.test},
    }
    return generate_cards(cards_spec(spec), setting.seed)


def measure(setting: Setting) -> dict[str, float]:
    """Fit one model and classify the test images."""
    torch.set_num_threads(1)
    dataset = letters(setting)
    known, test = dataset.part("labelled"), dataset.part("test")
    images, labels = dataset.training_set() if setting.unlabelled else (known.images, known.labels)
    data_mb, started = peak_memory_mb(), time.process_time()
    model = MarginalPoseClassifier(random_state=setting.seed).fit(images, labels)
    fitted = time.process_time()
    predicted = model.predict(test.images)
    return {
        "accuracy at 180": (predicted == test.truth).mean(),
        "processor seconds to fit": fitted - started,
        "images a processor second": len(predicted) / (time.process_time() - fitted),
        "peak memory, MB": peak_memory_mb(),
        "peak memory before the fit, MB": data_mb,
    }


def settings(asked: argparse.Namespace) -> Iterator[Setting]:
    """List each setting once: every side, then every number of classes."""
    axes = [(side, asked.at_classes) for side in asked.sides] + [(asked.at_side, classes) for classes in asked.classes]
    for side, classes in dict.fromkeys(axes):
        for seed in asked.seeds:
            yield Setting(side, classes, seed, asked.labels, asked.unlabelled, asked.test)


def main() -> None:
    """Measure every setting, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", type=int, nargs="*", default=[28, 48, 64, 96], help="pixels")
    parser.add_argument("--classes", type=int, nargs="*", default=[2, 4, 10, 20], choices=range(2, len(LETTERS) + 1))
    parser.add_argument("--at-side", type=int, default=48, help="side, in pixels, at which classes are varied")
    parser.add_argument("--at-classes", type=int, default=4, help="classes with which sides are varied")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--labels", type=int, default=200, help="labelled images a class")
    parser.add_argument("--unlabelled", type=int, default=3000, help="unlabelled images a class; 0 for none")
    parser.add_argument("--test", type=int, default=1000, help="test images a class")
    print(",".join((*Setting._fields, "what", "value")))
    # A process each: its peak memory is that of one model.
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        for setting in settings(parser.parse_args()):
            for what, value in pool.submit(measure, setting).result().items():
                print(*setting, f'"{what}"', f"{value:.4f}", sep=",", flush=True)


if __name__ == "__main__":
    main()
