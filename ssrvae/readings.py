"""What a fitted model reads in the test images of its data set, class, pose and style, beside the truth."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datagen.dataset import Dataset, load_dataset
from datagen.factors import FACTOR_NAMES
from datagen.npz import read_npz, write_npz
from ssrvae.errors import InputError
from ssrvae.pose_errors import polar_angle_deg
from ssrvae.run_folder import OK, RunFolder

FIRST_PER_CLASS = 4
EXTREMES_PER_CLASS = 2


@dataclass(frozen=True)
class Readings:
    """What a model read in n test images, and the m of them that figures show.

    class_names [K]; predicted, truth [n], numbers of the classes; found_angle_deg, true_angle_deg [n] degrees
    counter-clockwise, not wrapped; found_shift_px, true_shift_px [n, 2] pixels, x right, y up; style [n, s], in prior
    standard deviations; true_scale [n].

    shown [m], rows of the n, ascending; image, reconstruction [m, side, side] grey values; angles_rad [a] radians and
    angle_posterior [m, a], probabilities (a is 0 for a model without them). Shown are the first 4 images of each class
    and, where the model gives posteriors of the angle, the 2 whose posterior has the highest entropy and the 2 with the
    lowest.
    """

    class_names: np.ndarray
    predicted: np.ndarray
    truth: np.ndarray
    found_angle_deg: np.ndarray
    true_angle_deg: np.ndarray
    found_shift_px: np.ndarray
    true_shift_px: np.ndarray
    style: np.ndarray
    true_scale: np.ndarray
    shown: np.ndarray
    image: np.ndarray
    reconstruction: np.ndarray
    angles_rad: np.ndarray
    angle_posterior: np.ndarray


def write_readings(run: RunFolder, data: Path, out: Path) -> None:
    """Write the readings of a run's test images to one .npz; that of a failed run holds its `reason` alone.

    Raises InputError, naming the file, for a model that reads no poses and for data without the factors of its images.
    """
    metrics = run.read_metrics()
    if metrics["status"] != OK:
        write_npz({"reason": np.array(f"{metrics['status']}, {metrics['reason']}".strip(", "))}, out)
        return
    estimator = run.load_model(metrics["estimator"])
    if not (hasattr(estimator, "pose") and hasattr(estimator, "transform")):
        raise InputError(f"{run.model}: a {type(estimator).__name__} reads no poses; it needs `pose` and `transform`")
    dataset = load_dataset(data, require=("test",))
    if not set(FACTOR_NAMES) <= set(dataset.factors):
        raise InputError(f"{data}: has no factors, the true poses of its images; readings are compared with them")
    write_npz(vars(read_images(estimator, dataset.part("test"))), out)


def load_readings(path: Path) -> Readings | None:
    """Read what write_readings wrote; None for a failed run. Raises InputError for a missing or damaged file."""
    members = read_npz(path)
    if "reason" in members:
        return None
    try:
        return Readings(**members)
    except TypeError as error:
        raise InputError(f"{path}: holds no readings ({error}); delete it and make it anew") from error


def read_images(estimator: Any, test: Dataset) -> Readings:
    """Read the images of a data set with factors by an estimator with `predict`, `transform` and `pose`.

    Posteriors of the angle come from its `pose_posterior`, reconstructions from its `reconstruct`, else `decode`.
    """
    images, side, factors = test.images.reshape(len(test.images), -1), test.images.shape[-1], test.factors
    pose = estimator.pose(images)
    angles_rad, posterior = _angle_posterior(estimator, images)
    shown = _shown_rows(test.truth, posterior)
    return Readings(
        class_names=np.array(test.class_names),
        predicted=np.asarray(estimator.predict(images)),
        truth=test.truth,
        found_angle_deg=np.rad2deg(pose.angle_rad),
        true_angle_deg=factors["rotation_deg"] + polar_angle_deg(factors),
        found_shift_px=side * pose.shift,
        true_shift_px=side * np.stack([factors["shift_x"], factors["shift_y"]], axis=1),
        style=np.asarray(estimator.transform(images)),
        true_scale=factors["scale"],
        shown=shown,
        image=test.images[shown],
        reconstruction=_reconstructed(estimator, images[shown]),
        angles_rad=angles_rad,
        angle_posterior=posterior[shown],
    )


def entropy_nats(posterior: np.ndarray) -> np.ndarray:
    """Give the entropies [n], in nats, of distributions [n, a]."""
    from scipy.special import entr

    return entr(posterior).sum(axis=1)


def _angle_posterior(estimator: Any, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if hasattr(estimator, "pose_posterior"):
        return estimator.pose_posterior(images)
    return np.zeros(0), np.zeros((len(images), 0))


def _shown_rows(truth: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    entropy, chosen = entropy_nats(posterior), list[np.ndarray]()
    for k in np.unique(truth):
        rows = np.flatnonzero(truth == k)
        picked = [rows[:FIRST_PER_CLASS]]
        if posterior.shape[1]:
            by_entropy = rows[np.argsort(entropy[rows], kind="stable")]
            picked += [by_entropy[:EXTREMES_PER_CLASS], by_entropy[-EXTREMES_PER_CLASS:]]
        chosen += picked
    return np.unique(np.concatenate(chosen))


def _reconstructed(estimator: Any, images: np.ndarray) -> np.ndarray:
    if hasattr(estimator, "reconstruct"):
        return estimator.reconstruct(images)
    return estimator.decode(estimator.transform(images), estimator.predict(images), estimator.pose(images))
