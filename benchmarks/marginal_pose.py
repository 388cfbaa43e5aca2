"""Measure the marginal-pose classifier on the card suits: one CSV row a number, on standard output.

    python benchmarks/marginal_pose.py [--labels 200] [--seeds 0 1 2 3 4] [--unlabelled 3000] [--test 1000]
        [--parts accuracy reading stress strangers standalone gain]

One model a seed is fitted to labels at +-4 degrees and to unlabelled images at +-180 degrees; all parts measure it.
Seconds are processor time, summed over threads.
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np
import torch

from datagen.cards.card_images import cards_spec, generate_cards, generate_images
from datagen.cards.templates import load_templates
from datagen.corruption import add_noise, contaminate
from datagen.dataset import Dataset
from datagen.factors import FactorRanges
from ssrvae import MarginalPoseClassifier
from ssrvae.scores.metrics import expected_calibration_error, recall_per_class
from ssrvae.scores.pose_accuracy import angle_errors_by_class, polar_angle_deg, shift_errors

STRANGERS = {"font": "DejaVu Sans", "glyphs": {"star": "★", "note": "♪"}}
ROTATIONS_DEG = (15, 30, 60, 90, 120, 150, 180)
SIZE = 48

Rows = Iterator[tuple[str, float]]


def cards(seed: int, labels: int, unlabelled: int, test: int) -> Dataset:
    """Generate the paper's suits with unlabelled and test images at any angle."""
    shape = {"shear_deg": 15, "scale": [1.0, 1.3]}
    spec = {
        "kind": "cards",
        "labelled": {"per_class": labels, "rotation_deg": 4, "shift": 0.0, **shape},
        "unlabelled": {"per_class": max(unlabelled, 1), "rotation_deg": 180, "shift": 0.1, **shape},
        "test": {"per_class": test},
    }
    return generate_cards(cards_spec(spec), seed)


def suits(per_class: int, seed: int, rotation_deg: float, shear_deg: float = 15) -> tuple[np.ndarray, np.ndarray]:
    """Generate test suits of given ranges: images [n, side, side] and classes [n]."""
    ranges = FactorRanges(rotation_deg, shear_deg, (1.0, 1.3), 0.1)
    images, truth, _ = generate_images(
        load_templates(None, SIZE), ranges, per_class, SIZE, np.random.default_rng((7, seed))
    )
    return images, truth


def accuracy(model: MarginalPoseClassifier, dataset: Dataset, seed: int, test: int) -> Rows:
    """Accuracy, least recall and calibration at each rotation range, and the time to classify."""
    for rotation_deg in ROTATIONS_DEG:
        images, truth = suits(test, seed, rotation_deg)
        started = time.process_time()
        probability = model.predict_proba(images)
        seconds = time.process_time() - started
        predicted = probability.argmax(1)
        yield f"accuracy at {rotation_deg}", (predicted == truth).mean()
        yield f"least recall at {rotation_deg}", recall_per_class(truth, predicted, 4).min()
        yield f"ECE at {rotation_deg}", expected_calibration_error(truth, probability)
    yield "images a processor second", len(images) / seconds
    turned = model.predict(np.rot90(images, axes=(1, 2)).copy())
    yield "predictions changed by a quarter turn", (turned != model.classes_[predicted]).mean()


def reading(model: MarginalPoseClassifier, dataset: Dataset, seed: int, test: int) -> Rows:
    """Errors of angle and shift, and the true scale's R2, over correctly classified test images."""
    part = dataset.part("test")
    right = model.predict(part.images) == part.truth
    images, truth, factors = part.images[right], part.truth[right], {k: v[right] for k, v in part.factors.items()}
    pose, style = model.pose(images), model.transform(images)
    found, turn = np.rad2deg(pose.angle_rad), polar_angle_deg(factors)
    for name, true in (("angle", factors["rotation_deg"] + turn), ("rotation factor", factors["rotation_deg"])):
        errors = angle_errors_by_class(found, true, truth, dataset.class_names)
        yield f"{name}: median error, degrees", float(np.median(errors))
    true_shift = np.stack([factors["shift_x"], factors["shift_y"]], axis=1)
    errors_px = SIZE * shift_errors(pose.shift, true_shift, found, truth)
    yield "shift: median error, pixels", float(np.median(errors_px))
    inputs = np.column_stack([style, np.ones(len(style))])
    fitted = inputs @ np.linalg.lstsq(inputs, factors["scale"], rcond=None)[0]
    yield "scale: R2", 1 - ((fitted - factors["scale"]) ** 2).mean() / factors["scale"].var()


def stress(model: MarginalPoseClassifier, dataset: Dataset, seed: int, test: int) -> Rows:
    """Every fifth cell of shear and rotation, noise and contamination; a quarter of the test images a cell."""
    cells = []
    for shear_deg in np.linspace(0, 30, 16)[::5]:
        for rotation_deg in np.linspace(0, 180, 16)[::5]:
            images, truth = suits(max(test // 4, 1), seed, rotation_deg, shear_deg)
            cells.append((model.predict(images) == truth).mean())
            yield f"accuracy at shear {shear_deg:g}, rotation {rotation_deg:g}", cells[-1]
    yield "stress: mean of cells", float(np.mean(cells))
    yield "stress: least cell", float(np.min(cells))
    images, truth = suits(test, seed, 60)
    rng = np.random.default_rng(seed)
    for sigma in (0.4, 1.0):
        yield f"accuracy at noise {sigma}", (model.predict(add_noise(images, sigma, rng)) == truth).mean()
    contaminated = contaminate(images, 0.1, 1.0, "set", rng)
    yield "accuracy at contamination 0.1", (model.predict(contaminated) == truth).mean()


def strangers(model: MarginalPoseClassifier, dataset: Dataset, seed: int, test: int) -> Rows:
    """How well log-evidence tells glyphs never seen from the suits, and what abstaining costs."""
    from sklearn.metrics import roc_auc_score

    known, ranges = dataset.part("test").images, FactorRanges(180, 15, (1.0, 1.3), 0.1)
    unknown, kind, _ = generate_images(
        load_templates(STRANGERS, SIZE), ranges, test, SIZE, np.random.default_rng((8, seed))
    )
    evidence = model.score_samples(known)
    for index, name in enumerate(STRANGERS["glyphs"]):
        strange = model.score_samples(unknown[kind == index])
        is_known = np.repeat([1, 0], [len(evidence), len(strange)])
        yield f"AUROC against a {name}", roc_auc_score(is_known, np.concatenate([evidence, strange]))
        yield f"abstained of {name}", model.abstain(unknown[kind == index]).mean()
    yield "abstained of suits", model.abstain(known).mean()


def standalone(model: MarginalPoseClassifier, dataset: Dataset, seed: int, test: int) -> Rows:
    """The standalone classifier at each rotation range, the time to teach it and to classify by it."""
    started = time.process_time()
    model.teach_standalone(dataset.part("labelled").images)
    yield "standalone: processor seconds to teach", time.process_time() - started
    for rotation_deg in ROTATIONS_DEG:
        images, truth = suits(test, seed, rotation_deg)
        started = time.process_time()
        predicted = model.predict_proba_standalone(images).argmax(1)
        seconds = time.process_time() - started
        yield f"standalone: accuracy at {rotation_deg}", (predicted == truth).mean()
    yield "standalone: images a processor second", len(images) / seconds


def gain(model: MarginalPoseClassifier, dataset: Dataset, seed: int, test: int) -> Rows:
    """What unlabelled images add to a fit of the labels alone."""
    part, (images, truth) = dataset.part("labelled"), suits(test, seed, 180)
    started = time.process_time()
    alone = MarginalPoseClassifier(random_state=seed).fit(part.images, part.labels)
    yield "labels alone: processor seconds to fit", time.process_time() - started
    without, together = (np.mean(each.predict(images) == truth) for each in (alone, model))
    yield "accuracy of labels alone", without
    yield "gain from unlabelled images", together - without


PARTS = {part.__name__: part for part in (accuracy, reading, stress, strangers, standalone, gain)}


def main() -> None:
    """Fit a model a seed, and write what its parts measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=200, help="labelled images a class")
    parser.add_argument("--unlabelled", type=int, default=3000, help="unlabelled images a class; 0 for none")
    parser.add_argument("--test", type=int, default=1000, help="test images a class")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=["accuracy"])
    asked = parser.parse_args()
    print("labels,unlabelled,seed,what,value")
    for seed in asked.seeds:
        dataset = cards(seed, asked.labels, asked.unlabelled, asked.test)
        started = time.process_time()
        part = dataset.part("labelled")
        images, labels = dataset.training_set() if asked.unlabelled else (part.images, part.labels)
        model = MarginalPoseClassifier(random_state=seed).fit(images, labels)
        _write(asked, seed, "processor seconds to fit", time.process_time() - started)
        for part_name in asked.parts:
            for what, value in PARTS[part_name](model, dataset, seed, asked.test):
                _write(asked, seed, what, value)


def _write(asked: argparse.Namespace, seed: int, what: str, value: float) -> None:
    print(f"{asked.labels},{asked.unlabelled},{seed},{what},{value:.4f}", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
