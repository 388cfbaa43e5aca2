"""Fit one method to one data set with one seed, score it on the test images, and write the run's folder.

torch is imported by the methods that need it: its second is a third of the job of a method that does not.
"""

import inspect
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from datagen.dataset import FEWER_LABELS, UNLABELLED, Dataset, load_dataset
from datagen.errors import InputError
from datagen.external import MissingArchive, refuse_stand_in
from datagen.npz import write_npz
from ssrvae.base.errors import DivergenceError
from ssrvae.base.provenance import (
    git_commit,
    peak_memory_mb,
    process_seconds,
    recipe_hash,
    software_versions,
    threads_in_use,
)
from ssrvae.models.most_probable import MostProbableClassifier
from ssrvae.scores.metrics import classification_metrics, reconstruction_metrics
from ssrvae.study.estimator_paths import build_estimator, import_estimator
from ssrvae.study.monitor import TrainingMonitor
from ssrvae.study.run_folder import DIVERGED, ERROR, OK, RunFolder
from ssrvae.study.seeds import fit_seed, monitor_rng

if TYPE_CHECKING:
    from ssrvae.models.vae.checkpoint import Checkpoint

_LOG = logging.getLogger(__name__)
LAST_EPOCH = "last_epoch"
_HISTORY_COLUMNS = ["epoch", "loss", "test_accuracy"]


@dataclass(frozen=True)
class Prediction:
    """Predicted classes [n] and probabilities [n, classes] (None where the method gives none) of the test images."""

    predicted: np.ndarray
    probability: np.ndarray | None


@dataclass(frozen=True)
class Outcome:
    """What came of a fit: the estimator with its prediction or, of a method that does not classify, its drawings.

    A failed fit has the reason why there is none. Seconds are the processor's, which other work hardly moves.
    """

    status: str
    reason: str = ""
    estimator: Any = None
    prediction: Prediction | None = None
    reconstructions: np.ndarray | None = None
    seconds: float = float("nan")
    predict_seconds: float = float("nan")


def run(data_path: Path, out: Path, identity: Mapping[str, Any], recipe: Mapping[str, Any], on_error: str) -> Outcome:
    """Fit, score and write one run.

    identity names the run (dataset, method, seed); recipe is all that the fit depends on (root_seed, data,
    method). With on_error "record" a fit that fails, or whose real images could not be fetched, is written with its
    reason; with "raise" the error goes on. Other bad input (InputError) always goes on: it is the configuration that is
    wrong, not the method.
    """
    dataset = load_dataset(data_path, require=("labelled", "test"))
    monitor = TrainingMonitor(*dataset.test_set(), monitor_rng(recipe["root_seed"], identity["seed"]))
    checkpoint = _checkpoint(RunFolder(out), data_path, recipe, identity["seed"], monitor)
    try:
        refuse_stand_in(dataset.header)
        outcome = _fit_and_predict(dataset, recipe, identity["seed"], monitor, checkpoint)
    except MissingArchive as error:
        if on_error == "raise":
            raise
        outcome = Outcome(ERROR, str(error))
    except InputError:
        raise
    except Exception as error:
        if on_error == "raise":
            raise
        _LOG.info("The fit failed and becomes a row with its reason.", exc_info=error)
        status = DIVERGED if isinstance(error, DivergenceError) else ERROR
        outcome = Outcome(status, f"{type(error).__name__}: {' '.join(str(error).split())}")
    classifies = _classifies(import_estimator(recipe["method"]["estimator"]))
    described = {**identity, "threads": threads_in_use(), **_provenance(identity, recipe)}
    _write(RunFolder(out), dataset, outcome, classifies, monitor, described)
    if checkpoint:
        checkpoint.remove()
    return outcome


def fit_estimator(
    dataset: Dataset,
    stanza: Mapping[str, Any],
    random_state: int,
    monitor: TrainingMonitor,
    checkpoint: "Checkpoint | None" = None,
) -> Any:
    """Build the method's estimator and fit it to the labelled images, or with `use: all` to the unlabelled as well.

    Raises InputError for an estimator that takes the label of unlabelled images, -1, for a class.
    """
    estimator = build_estimator(stanza, random_state)
    if stanza.get("use", "all") == "labelled":
        part = dataset.part("labelled")
        images, labels = part.images.reshape(len(part.images), -1), part.labels
    else:
        images, labels = dataset.training_set()
    watched = stanza.get("watch") != LAST_EPOCH and _can_be_watched(estimator)
    options: dict[str, Any] = {"on_epoch": monitor.on_epoch} if watched else {}
    if checkpoint:
        options["checkpoint"] = checkpoint
    estimator.fit(images, labels, **options)
    if UNLABELLED in getattr(estimator, "classes_", ()):
        raise InputError(
            f"{stanza['estimator']} took -1, the label of unlabelled images, for a class: it does not learn from "
            "unlabelled images; give the method `use: labelled`"
        )
    return estimator


def predict(estimator: Any, images: np.ndarray, n_classes: int) -> Prediction:
    """Classify images [n, pixels]; probabilities are given a column for every class, 0 for one that was not fitted.

    An image whose probabilities are not numbers (label spreading, where no label reaches it) gets equal ones. Raises
    DivergenceError when that is so for every image.
    """
    if not hasattr(estimator, "predict_proba"):
        return Prediction(np.asarray(estimator.predict(images)), None)
    fitted = np.asarray(estimator.predict_proba(images), dtype=np.float64)
    once = isinstance(estimator, MostProbableClassifier)
    predicted = np.asarray(estimator.most_probable(fitted) if once else estimator.predict(images))
    classes = np.asarray(estimator.classes_)
    unknown = ~np.isfinite(fitted).all(axis=1)
    if unknown.all():
        raise DivergenceError("the predicted probabilities of every image are not finite numbers")
    fitted[unknown] = 1 / len(classes)
    probability = np.zeros((len(images), n_classes))
    probability[:, classes] = fitted
    return Prediction(predicted, probability)


def _fit_and_predict(
    dataset: Dataset,
    recipe: Mapping[str, Any],
    seed: int,
    monitor: TrainingMonitor,
    checkpoint: "Checkpoint | None",
) -> Outcome:
    start = time.process_time()
    estimator = fit_estimator(dataset, recipe["method"], fit_seed(recipe["root_seed"], seed), monitor, checkpoint)
    fitted = time.process_time()
    images, _ = dataset.test_set()
    prediction, reconstructions = None, None
    if _classifies(estimator):
        prediction = predict(estimator, images, len(dataset.class_names))
    else:
        reconstructions = _reconstruct(estimator, images)
    predicted = time.process_time()
    if recipe["method"].get("watch") == LAST_EPOCH and _can_be_watched(estimator):
        monitor.on_epoch(estimator, int(estimator.history_[-1]["epoch"]))
    return Outcome(OK, "", estimator, prediction, reconstructions, fitted - start, predicted - fitted)


def _classifies(estimator: Any) -> bool:
    return hasattr(estimator, "predict")


def _reconstruct(estimator: Any, images: np.ndarray) -> np.ndarray:
    """Draw images [n, pixels] again by a method that does not classify, as a VAE without labels."""
    if not hasattr(estimator, "reconstruct"):
        raise InputError(f"{type(estimator).__name__} neither classifies nor draws images; it needs predict")
    return np.asarray(estimator.reconstruct(images)).reshape(images.shape)


def _can_be_watched(estimator: Any) -> bool:
    return _classifies(estimator) and _fit_takes("on_epoch", estimator)


def _fit_takes(name: str, estimator: Any) -> bool:
    return name in inspect.signature(estimator.fit).parameters


def _checkpoint(
    folder: RunFolder, data_path: Path, recipe: Mapping[str, Any], seed: int, monitor: TrainingMonitor
) -> "Checkpoint | None":
    """Give the file that a fit goes on from when it was broken off, where the method asks for one.

    Raises InputError for a method that cannot.
    """
    stanza = recipe["method"]
    if "checkpoint_every" not in stanza:
        return None
    if not _fit_takes("checkpoint", import_estimator(stanza["estimator"])):
        raise InputError(f"{stanza['estimator']} cannot go on from a checkpoint; leave out checkpoint_every")
    from ssrvae.models.vae.checkpoint import Checkpoint

    # The images themselves, not only their recipe: that of the user's own files names them and no more.
    identity = recipe_hash([dict(recipe), seed, sha256(data_path.read_bytes()).hexdigest()])
    return Checkpoint(folder.checkpoint, stanza["checkpoint_every"], identity, {"monitor": monitor})


def _provenance(identity: Mapping[str, Any], recipe: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "params": recipe["method"].get("params", {}),
        "estimator": recipe["method"]["estimator"],
        "data": recipe["data"],
        "commit": git_commit(),
        "config_hash": recipe_hash([dict(recipe), identity["seed"]]),
        "versions": software_versions(),
    }


def _write(
    folder: RunFolder,
    dataset: Dataset,
    outcome: Outcome,
    classifies: bool,
    monitor: TrainingMonitor,
    described: Mapping[str, Any],
) -> None:
    """Write the five files; metrics.json comes last, so that a folder with it is whole."""
    images, truth = dataset.test_set()
    ok = outcome.status == OK
    if classifies:
        scores = _scores(outcome.prediction, truth, dataset.class_names)
    else:
        scores = reconstruction_metrics(images, outcome.reconstructions)
    folder.write_predictions(_prediction_table(outcome.prediction, truth, dataset.class_names))
    folder.write_history(_history_table(outcome.estimator, monitor))
    write_npz(monitor.finish(outcome.estimator) if ok else {}, folder.snapshots)
    folder.save_model(outcome.estimator if ok else None)
    folder.write_metrics(
        {
            "status": outcome.status,
            "reason": outcome.reason,
            "n": len(truth),
            **scores,
            "seconds": round(outcome.seconds, 3),
            "predict_seconds": round(outcome.predict_seconds, 3),
            "peak_mb": peak_memory_mb(),
            "job_seconds": process_seconds(),
            "class_names": list(dataset.class_names),
            "fewer_labels": dataset.header.get(FEWER_LABELS, {}),
            **described,
        }
    )


def _scores(prediction: Prediction | None, truth: np.ndarray, class_names: tuple[str, ...]) -> dict[str, float]:
    """Score a prediction; a failed run has the same scores, all NaN."""
    if prediction is None:
        return dict.fromkeys(classification_metrics(truth, truth, None, class_names), float("nan"))
    return classification_metrics(truth, prediction.predicted, prediction.probability, class_names)


def _prediction_table(prediction: Prediction | None, truth: np.ndarray, class_names: tuple[str, ...]) -> pd.DataFrame:
    if prediction is None:
        return pd.DataFrame({"index": [], "true": [], "predicted": []})
    names = np.asarray(class_names)
    table = pd.DataFrame(
        {"index": np.arange(len(truth)), "true": names[truth], "predicted": names[prediction.predicted]}
    )
    if prediction.probability is None:
        return table
    columns = [f"p_{name}" for name in class_names]
    return table.join(pd.DataFrame(prediction.probability.astype(np.float32), columns=columns))


def _history_table(estimator: Any, monitor: TrainingMonitor) -> pd.DataFrame:
    rows = list(getattr(estimator, "history_", None) or monitor.history)
    if not rows:
        return pd.DataFrame(columns=_HISTORY_COLUMNS)
    return pd.DataFrame([{**row, "test_accuracy": monitor.accuracy.get(row["epoch"])} for row in rows])
