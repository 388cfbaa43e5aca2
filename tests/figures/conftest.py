"""A made-up results folder with every table and run output that figures read, as the workflow writes them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from datagen.affine import warp
from datagen.cards.card_images import cards_spec, generate_cards
from datagen.cards.templates import load_templates
from datagen.dataset import save_dataset
from datagen.npz import write_npz
from ssrvae.analysis.agreement import REFERENCE
from ssrvae.study.config import load_config
from ssrvae.study.jobs.class_averages import ClassAverages
from ssrvae.study.jobs.latent_maps import LEVELS, LatentMap
from ssrvae.study.jobs.pose_readings import Readings

CLASSES = ("clubs", "spades", "hearts", "diamonds")
ROTATIONS_DEG = (4, 15, 30, 45, 60, 75, 90, 120, 150, 180)
LABELS_PER_CLASS = (10, 50, 500)
METHODS = (
    "chance",
    "decision_tree",
    "random_forest",
    "xgboost",
    "label_spreading",
    "self_training",
    "ssvae",
    "ssrvae",
    "marginal",
)
ABLATED = ("marginal_alone", "marginal_flat")
LABEL_METHODS = ("ssrvae", "marginal", *ABLATED)
PARTICLES = {
    "simulated": ("single", "double", "triple", "quadruple"),
    "gold_size_3": ("single", "double", "larger"),
}
UNSUPERVISED = ("vae", "rvae")
PARTICLE_METHODS = ("decision_tree", "random_forest", "xgboost", "ssrvae", "marginal", "exemplar", *UNSUPERVISED)
FEW = {f"simulated_few_{count}": "simulated" for count in (1, 5)}
"""Data sets that a sweep makes of one of the particles'."""
FEW_METHODS = ("random_forest", "exemplar")
CONFIGS = Path(__file__).parents[2] / "config"
N_TEST = 4000
EPOCHS = np.arange(1, 61)
DRAWN = ("rotation_60", "rotation_180")

Failed = frozenset[tuple[str, str, int]]  # (dataset, method, seed)
WriteResults = Callable[..., Path]


FAILED: Failed = frozenset(
    {("rotation_60", "ssvae", seed) for seed in (0, 1, 2)}
    | {("labels_50", "ssrvae", seed) for seed in (0, 1, 2)}
    | {("rotation_60", "ssrvae", 1), ("rotation_90", "ssrvae", 1)}
    | {("gold_size_3", method, seed) for method in ("ssrvae", "rvae", "exemplar") for seed in (0, 1, 2)}
    | {("simulated", "xgboost", 1)}
    | {("rotation_60", "marginal", 1), ("rotation_180", "marginal", 1), ("labels_10", "marginal", 1)}
)


@pytest.fixture(scope="session")
def write_results(tmp_path_factory: pytest.TempPathFactory) -> WriteResults:
    def write(seeds: tuple[int, ...], failed: Failed = frozenset()) -> Path:
        folder = tmp_path_factory.mktemp("results")
        _write_data(folder, seeds)
        runs = pd.DataFrame(_runs(seeds, failed))
        (folder / "tables").mkdir()
        (folder / "tables" / "manifest.json").write_text(json.dumps({"config": _config(seeds)}))
        for name, table in _tables(runs).items():
            table.to_csv(folder / "tables" / f"{name}.csv", index=False)
        _write_run_outputs(folder, runs)
        _write_readings(folder, runs)
        _write_latents(folder, runs)
        _write_predictions(folder, runs)
        _write_averages(folder, runs)
        _write_point_confusions(folder, runs)
        return folder

    return write


@pytest.fixture(scope="session")
def one_seed(write_results: WriteResults) -> Path:
    return write_results((0,))


@pytest.fixture(scope="session")
def three_seeds(write_results: WriteResults) -> Path:
    return write_results((0, 1, 2))


@pytest.fixture(scope="session")
def with_failures(write_results: WriteResults) -> Path:
    return write_results((0, 1, 2), FAILED)


def _config(seeds: tuple[int, ...]) -> dict[str, Any]:
    """Word the study whose runs `_runs` makes up."""
    names = {*METHODS, *ABLATED, *PARTICLE_METHODS}
    tests = {"dataset": "rotation_60", "methods": ["ssrvae", "marginal"], "per_class": N_TEST // 4}
    few = {"shear_deg": [0, 15], "rotation_deg": [0, 60]}
    density = {"contamination_intensity": [0.5, 1], "contamination_density": [0, 0.1]}
    particles = load_config(CONFIGS / "particles.yaml")["datasets"]
    return {
        "study": "test",
        "seeds": list(seeds),
        "data": load_config(CONFIGS / "smoke.yaml")["data"],
        "sweeps": {
            "rotation": {"vary": {"unlabelled.rotation_deg": list(ROTATIONS_DEG)}, "methods": list(METHODS)},
            "labels": {"vary": {"labelled.per_class": list(LABELS_PER_CLASS)}, "methods": list(LABEL_METHODS)},
            "few": {
                "datasets": ["simulated"],
                "vary": {"labelled.per_class": [1, 5]},
                "methods": list(FEW_METHODS),
            },
        },
        "datasets": {name: particles[name] | {"methods": list(PARTICLE_METHODS)} for name in PARTICLES},
        "methods": {name: {"estimator": "sklearn.dummy.DummyClassifier"} for name in sorted(names)},
        "stress": {
            "shear_rotation": tests | {"axes": few},
            "noise": tests | {"axes": {"noise_sigma": [0.1, 1]}},
            "contamination": tests | {"axes": density},
            "confusion": tests | {"axes": few, "methods": ["ssrvae"], "confusion": True},
        },
    }


def _write_data(folder: Path, seeds: tuple[int, ...]) -> None:
    parts = {
        "labelled": {"per_class": 8, "rotation_deg": 4, "shear_deg": 15, "scale": [1.0, 1.3], "shift": 0.0},
        "unlabelled": {
            "per_class": 8,
            "rotation_deg": 60,
            "shear_deg": 15,
            "scale": [1.0, 1.3],
            "shift": 0.1,
        },
        "test": {"per_class": 2},
    }
    specs = {"rotation_60": parts}
    for count in LABELS_PER_CLASS:
        specs[f"labels_{count}"] = parts | {"image_size": 6, "labelled": parts["labelled"] | {"per_class": count}}
    for name, spec in specs.items():
        for seed in seeds:
            save_dataset(generate_cards(cards_spec(spec), seed), folder / "data" / name / f"seed{seed}.npz")


def _runs(seeds: tuple[int, ...], failed: Failed) -> list[dict[str, object]]:
    sweep = [(f"rotation_{degrees}", method) for degrees in ROTATIONS_DEG for method in METHODS]
    sweep += [(f"labels_{count}", method) for count in LABELS_PER_CLASS for method in LABEL_METHODS]
    sweep += [(dataset, method) for dataset in PARTICLES for method in PARTICLE_METHODS]
    sweep += [(dataset, method) for dataset in FEW for method in FEW_METHODS]
    runs = []
    for dataset, method in sweep:
        for seed in seeds:
            ok = (dataset, method, seed) not in failed
            status = {"status": "ok", "reason": ""} if ok else {"status": "diverged", "reason": "loss is NaN"}
            accuracy = _accuracy(dataset, method, seed) if ok else np.nan
            runs.append({"dataset": dataset, "method": method, "seed": seed, "accuracy": accuracy, **status})
    return runs


def _accuracy(dataset: str, method: str, seed: int) -> float:
    degrees = float(dataset.removeprefix("rotation_")) if dataset.startswith("rotation") else 60.0
    level, fall = {"chance": (0.25, 0), "ssvae": (0.9, 0.45), "ssrvae": (0.97, 0.18)}.get(method, (0.93, 0.4))
    level += 0.01 * (*METHODS, *ABLATED, *UNSUPERVISED, "exemplar").index(method) * (method != "chance")
    accuracy = level - fall * (1 - np.exp(-degrees / 60)) * 1.4
    if dataset.startswith("labels"):
        accuracy = 0.5 + 0.16 * np.log10(float(dataset.removeprefix("labels_"))) + level - 0.97
    return float(np.clip(accuracy + 0.012 * (seed - 1), 0, 1))


def _tables(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    degrees = runs["dataset"].str.extract(r"rotation_(\d+)")[0].astype(float).fillna(60)
    labels = runs["dataset"].str.extract(r"(?:labels|few)_(\d+)")[0].astype(float).fillna(200)
    accuracy = runs.assign(study="test", rotation_deg=degrees, labels_per_class=labels, metric="accuracy", n=N_TEST)
    accuracy = accuracy.assign(value=runs["accuracy"])
    classifies = ~accuracy["method"].isin(UNSUPERVISED)
    others = accuracy[~classifies].assign(metric="reconstruction_mse")
    accuracy = accuracy[classifies]
    balanced = accuracy.assign(metric="balanced_accuracy")
    recalls = pd.concat(_recalls(accuracy))
    errors = 0.03 + 0.01 * accuracy["seed"].where(accuracy["value"].notna())
    calibrations = accuracy.assign(metric="ece", value=errors)
    particles = pd.concat([balanced, recalls])
    particles = particles[particles["dataset"].isin([*PARTICLES, *FEW])]
    is_gold = particles["dataset"].str.startswith("gold")
    half = np.where(is_gold, np.where(particles["seed"] % 2, "right", "left"), "")
    columns = ["dataset", "method", "seed", "metric", "value", "n", "tested_half", "status"]
    return {
        "accuracy": pd.concat([accuracy, balanced, recalls, others, calibrations]).drop(columns="accuracy"),
        "particles": particles.assign(tested_half=half)[columns],
        "confusion": pd.concat([_confusion(run) for run in runs.itertuples() if run.method not in UNSUPERVISED]),
        "history": pd.concat([_history(run) for run in runs.itertuples() if run.method in ("ssvae", "ssrvae")]),
        "stress": pd.concat([_stress(run) for run in _stressed(runs).itertuples()]),
    }


def _recalls(accuracy: pd.DataFrame) -> list[pd.DataFrame]:
    """Give each class of the particles the accuracy, a little less from class to class."""
    return [
        own.assign(metric=f"recall_{name}", value=own["value"] * (1 - 0.1 * k), n=N_TEST // len(names))
        for dataset, names in PARTICLES.items()
        for own in [accuracy[accuracy["dataset"] == dataset]]
        for k, name in enumerate(names)
    ]


def _class_names(dataset: str) -> tuple[str, ...]:
    return PARTICLES.get(FEW.get(dataset, dataset), CLASSES)


def _stressed(runs: pd.DataFrame) -> pd.DataFrame:
    return runs[(runs["dataset"] == "rotation_60") & runs["method"].isin(["ssrvae", "marginal"])]


def _confusion(run) -> pd.DataFrame:
    rng = np.random.default_rng(run.seed)
    classes = _class_names(run.dataset)
    wrong = rng.dirichlet(np.ones(len(classes)), len(classes))
    fractions = run.accuracy * np.eye(len(classes)) + (1 - run.accuracy) * wrong
    cells = pd.DataFrame(fractions, index=classes, columns=classes).stack().reset_index()
    cells.columns = ["true", "predicted", "fraction"]
    return cells.assign(dataset=run.dataset, method=run.method, seed=run.seed, n=N_TEST // len(classes))


def _history(run) -> pd.DataFrame:
    level = run.accuracy if run.status == "ok" else 0.3
    rising = level * (1 - 0.7 * np.exp(-EPOCHS / 10)) + 0.01 * np.sin(EPOCHS + run.seed)
    loss = 150 + 400 * np.exp(-EPOCHS / 12) + 5 * run.seed
    last = len(EPOCHS) if run.status == "ok" else 5
    curve = pd.DataFrame({"epoch": EPOCHS, "loss": loss, "test_accuracy": rising})[:last]
    return curve.assign(dataset=run.dataset, method=run.method, seed=run.seed)


def _stress(run) -> pd.DataFrame:
    rng = np.random.default_rng([run.seed, METHODS.index(run.method)])
    paper = REFERENCE / "paper"
    maps = {
        "shear_rotation": pd.read_csv(paper / "fig4a_shear_angle.csv").drop(columns="shear_percent"),
        "noise": pd.read_csv(paper / "fig4e_noise.csv").assign(noise_sigma=10 ** np.linspace(-2, 1, 21)),
        "contamination": pd.read_csv(paper / "fig4f_contamination.csv"),
    }
    rows = pd.concat([table.assign(grid=grid) for grid, table in maps.items()])
    rows = rows.rename(columns={"accuracy": "value", "angle_deg": "rotation_deg"})
    value = np.clip(rows["value"] + rng.normal(0.01, 0.015, len(rows)), 0, 1)
    value = value if run.status == "ok" else np.nan
    return rows.assign(value=value, method=run.method, seed=run.seed, metric="accuracy", n=N_TEST)


def _write_run_outputs(folder: Path, runs: pd.DataFrame) -> None:
    templates = load_templates(None, 48).images
    for run in runs.itertuples():
        out = folder / "runs" / run.dataset / run.method / f"seed{run.seed}"
        out.mkdir(parents=True)
        params = {"decoder": "warped"} if run.method == "ssrvae" else {}
        (out / "metrics.json").write_text(json.dumps({"status": run.status, "params": params}))
        drawn = run.status == "ok" and run.method in ("ssvae", "ssrvae", "marginal")
        drawn &= run.dataset in DRAWN or run.dataset.startswith("labels")
        np.savez(out / "snapshots.npz", **(_snapshots(run.accuracy, templates) if drawn else {}))


def _snapshots(accuracy: float, templates: np.ndarray, n_images: int = 80) -> dict[str, np.ndarray]:
    epoch = np.array([1, 20, 60])
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(4), n_images // 4)
    steps = np.linspace(-2, 2, 7)
    scales = np.concatenate([1.15 + 0.08 * steps, np.full(7, 1.15)])
    shears = np.concatenate([np.zeros(7), 8 * steps])
    zeros = np.zeros(14 * 4)
    factors = {"rotation_deg": zeros, "shear_x_deg": np.tile(shears, 4), "shear_y_deg": zeros}
    factors |= {"scale": np.tile(scales, 4), "shift_x": zeros, "shift_y": zeros}
    images = warp(templates, np.repeat(np.arange(4), 14), factors, 48).reshape(4, 2, 7, 48, 48)
    learned = np.array([0.3, 0.7, 1.0])
    traversal = (255 * learned[:, None, None, None, None, None] * images).astype(np.uint8)
    return {
        "epoch": epoch,
        "accuracy": accuracy * learned,
        "traversal": traversal,
        "style": rng.normal(size=(3, n_images, 2)) * learned[:, None, None] + truth[:, None] / 4,
        "predicted": np.where(rng.random((3, n_images)) < accuracy, truth, 1),
        "truth": truth,
    }


def _write_readings(folder: Path, runs: pd.DataFrame) -> None:
    for run in runs[(runs["dataset"] == "rotation_180") & runs["method"].isin(["ssrvae", "marginal"])].itertuples():
        path = folder / "readings" / run.dataset / run.method / f"seed{run.seed}.npz"
        write_npz(vars(_readings(run)) if run.status == "ok" else {"reason": np.array("diverged")}, path)


def _write_latents(folder: Path, runs: pd.DataFrame) -> None:
    methods = ["ssrvae", "marginal", *UNSUPERVISED]
    for run in runs[runs["dataset"].isin(PARTICLES) & runs["method"].isin(methods)].itertuples():
        path = folder / "latents" / run.dataset / run.method / f"seed{run.seed}.npz"
        write_npz(vars(_latent_map(run)) if run.status == "ok" else {"reason": np.array("diverged")}, path)


def _write_predictions(folder: Path, runs: pd.DataFrame) -> None:
    for run in runs[runs["dataset"].isin(PARTICLES)].itertuples():
        classified = run.status == "ok" and run.method not in UNSUPERVISED
        table = _predictions(run) if classified else pd.DataFrame({"index": [], "true": [], "predicted": []})
        out = folder / "runs" / run.dataset / run.method / f"seed{run.seed}" / "predictions.parquet"
        table.to_parquet(out, index=False)


def _predictions(run, n_images: int = 200) -> pd.DataFrame:
    """Every method is as sure of its classes as it is right on average, but decision trees, which are surer."""
    rng, names = np.random.default_rng([run.seed, len(run.method)]), np.array(PARTICLES[run.dataset])
    predicted = rng.integers(len(names), size=n_images)
    sure = np.clip(rng.normal(run.accuracy, 0.1, n_images), 0.5, 1)
    truth = np.where(rng.random(n_images) < sure, predicted, (predicted + 1) % len(names))
    sure = np.maximum(sure, 0.95) if run.method == "decision_tree" else sure
    probability = np.where(np.arange(len(names)) == predicted[:, None], sure[:, None], 0)
    probability += (1 - probability.sum(1, keepdims=True)) / len(names)
    table = pd.DataFrame({"index": np.arange(n_images), "true": names[truth], "predicted": names[predicted]})
    return table.join(pd.DataFrame(probability.astype(np.float32), columns=[f"p_{name}" for name in names]))


def _write_averages(folder: Path, runs: pd.DataFrame) -> None:
    for run in runs[runs["dataset"].isin(PARTICLES) & (runs["method"] == "exemplar")].itertuples():
        names = PARTICLES[run.dataset]
        grey = np.linspace(0.2, 1, len(names))[:, None, None] * np.ones((len(names), 10, 10))
        images = np.arange(len(names)) * 10  # none is taken for the first class
        turned = np.where(images[:, None, None] > 0, 0.8 * grey, np.nan)
        averages = ClassAverages(np.array(names), images, images // 2, grey, turned, turned / 2)
        path = folder / "averages" / run.dataset / run.method / f"seed{run.seed}.npz"
        write_npz(vars(averages) if run.status == "ok" else {"reason": np.array("diverged")}, path)


def _latent_map(run, per_class: int = 20, side: int = 12) -> LatentMap:
    """Discs that grow with the first style variable, and brighten with the second and from class to class."""
    names = PARTICLES[run.dataset]
    n_drawn = 1 if run.method in UNSUPERVISED else len(names)
    row, column = np.indices((side, side)) - (side - 1) / 2
    discs = np.hypot(row, column) <= (3 + LEVELS[:, None, None])
    brightness = (np.arange(1, n_drawn + 1) / n_drawn)[:, None] * (0.5 + LEVELS / 5)
    drawn = (255 * brightness[:, :, None, None, None] * discs).astype(np.uint8)
    truth = np.repeat(np.arange(len(names)), per_class)
    style = np.random.default_rng(run.seed).normal(size=(len(truth), 2)) + truth[:, None] / 2
    predicted = np.full(len(truth), -1) if run.method in UNSUPERVISED else truth
    return LatentMap(np.array(names), LEVELS, drawn, style.astype(np.float32), truth, predicted)


def _readings(run, per_class: int = 12, size: int = 24) -> Readings:
    """Every image read with the same angle error, 2 degrees by "marginal" and 8 by "ssrvae", of either sign."""
    rng = np.random.default_rng(run.seed)
    truth = np.repeat(np.arange(4), per_class)
    angle_deg, zeros = rng.uniform(-180, 180, len(truth)), np.zeros(len(truth))
    factors = {"rotation_deg": angle_deg, "scale": 1.1 + zeros}
    factors |= dict.fromkeys(("shear_x_deg", "shear_y_deg", "shift_x", "shift_y"), zeros)
    images = warp(load_templates(None, size).images, truth, factors, size)
    error_deg = np.tile([-1, 1], len(truth) // 2) * {"marginal": 2.0, "ssrvae": 8.0}[run.method]
    reads_angles = run.method == "marginal"
    in_class = np.arange(len(truth)) % per_class
    shown = np.flatnonzero(in_class < (5 if reads_angles else 4))
    angles_rad = 2 * np.pi * np.arange(36 * reads_angles) / 36
    certainty = 1 + 5 * in_class[shown, None]
    posterior = np.exp(certainty * np.cos(angles_rad - np.deg2rad(angle_deg[shown, None])))
    posterior = posterior / posterior.sum(axis=1, keepdims=True)
    return Readings(
        class_names=np.array(CLASSES),
        predicted=np.where(in_class >= per_class - 2, 3 - truth, truth),
        truth=truth,
        found_angle_deg=angle_deg + error_deg,
        true_angle_deg=angle_deg,
        found_shift_px=rng.normal(0, 0.2, (len(truth), 2)),
        true_shift_px=np.zeros((len(truth), 2)),
        style=rng.normal(size=(len(truth), 3)),
        true_scale=factors["scale"],
        shown=shown,
        image=images[shown],
        reconstruction=0.8 * images[shown],
        angles_rad=angles_rad,
        angle_posterior=posterior,
        noise_sd=np.array(2.0),
        noisy_image=images[shown] + rng.normal(0, 2, images[shown].shape),
        noisy_predicted=np.where(in_class[shown] == 0, 3 - truth[shown], truth[shown]),
        noisy_angle_posterior=np.roll(posterior, 3, axis=1),
        known_noise_posterior=np.roll(posterior, 18, axis=1),
    )


def _write_point_confusions(folder: Path, runs: pd.DataFrame) -> None:
    out = folder / "stress" / "confusion" / "ssrvae"
    out.mkdir(parents=True)
    for run in _stressed(runs).query("method == 'ssrvae'").itertuples():
        points = [(15.0, 60.0), (19.2, 100.0)]
        rows = [_confusion(run).assign(shear_deg=shear, rotation_deg=rotation) for shear, rotation in points]
        pd.concat(rows).to_csv(out / f"seed{run.seed}.confusion.csv", index=False)
