"""What a fitted model reads in the test images of its data set, class, pose and style, beside the truth."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datagen.corruption import add_noise
from datagen.dataset import Dataset, load_dataset
from datagen.errors import InputError
from datagen.factors import FACTOR_NAMES
from ssrvae.scores.pose_accuracy import polar_angle_deg
from ssrvae.study.jobs.model_arrays import write_arrays
from ssrvae.study.run_folder import RunFolder

FIRST_PER_CLASS = 4
NOISE_SD = 2.0
"""Of noisy copies, in grey values: most are still read as their class, but many angles are ambiguous."""
NOISY_PER_CLASS = 100
_NOISE_SEED = 0


@dataclass(frozen=True)
class Readings:
    """What a model read in n test images, and the m of them that figures show.

    class_names [K]; predicted, truth [n], numbers of the classes; found_angle_deg, true_angle_deg [n] degrees
    counter-clockwise, not wrapped; found_shift_px, true_shift_px [n, 2] pixels, x right, y up; style [n, s], in prior
    standard deviations; true_scale [n].

    shown [m], rows of the n, ascending; image, reconstruction [m, side, side] grey values; angles_rad [a] radians and
    angle_posterior [m, a], probabilities (a is 0 for a model without them). noisy_image [m, side, side]: `image` under
    noise of standard deviation noise_sd; noisy_predicted [m] and noisy_angle_posterior [m, a]: what the model reads in
    it; known_noise_posterior [m, a]: that of the angle given noise_sd (`ssrvae.study.jobs.known_noise`).

    Shown are the first 4 images of each class and, where the model gives posteriors of the angle, the `most_ambiguous`
    under noise among the first 100.
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
    noise_sd: np.ndarray
    noisy_image: np.ndarray
    noisy_predicted: np.ndarray
    noisy_angle_posterior: np.ndarray
    known_noise_posterior: np.ndarray


def write_readings(run: RunFolder, data: Path, out: Path) -> None:
    """Write the readings of a run's test images to one .npz; that of a failed run holds its `reason` alone.

    Raises InputError, naming the file, for a model that reads no poses and for data without the factors of its images.
    """

    def read(estimator: Any) -> Readings:
        if not (hasattr(estimator, "pose") and hasattr(estimator, "transform")):
            name = type(estimator).__name__
            raise InputError(f"{run.model}: a {name} reads no poses; it needs `pose` and `transform`")
        dataset = load_dataset(data, require=("test",))
        if not set(FACTOR_NAMES) <= set(dataset.factors):
            raise InputError(f"{data}: has no factors, the true poses of its images; readings are compared with them")
        return read_images(estimator, dataset.part("test"))

    write_arrays(run, out, read)


def read_images(estimator: Any, test: Dataset) -> Readings:
    """Read the images of a data set with factors by an estimator with `predict`, `transform` and `pose`.

    Posteriors of the angle come from its `pose_posterior`, reconstructions from its `reconstruct`, else `decode`.
    """
    from ssrvae.study.jobs.known_noise import known_noise_posterior  # SciPy: figures read without it

    images, side, factors = test.images.reshape(len(test.images), -1), test.images.shape[-1], test.factors
    pose = estimator.pose(images)
    tried = _first_of_each(test.truth, NOISY_PER_CLASS)
    noisy = add_noise(test.images[tried], NOISE_SD, np.random.default_rng(_NOISE_SEED))
    noisy_predicted = np.asarray(estimator.predict(noisy.reshape(len(noisy), -1)))
    angles_rad, noisy_posterior = _angle_posterior(estimator, noisy.reshape(len(noisy), -1))
    told_noise, shown = np.zeros((len(noisy), 0)), _first_of_each(test.truth, FIRST_PER_CLASS)
    if angles_rad.size:
        told_noise = known_noise_posterior(estimator, test.images[tried], noisy, NOISE_SD, angles_rad)
        shown = np.union1d(shown, tried[most_ambiguous(test.truth[tried], noisy_predicted, told_noise)])
    among_tried = np.searchsorted(tried, shown)
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
        angle_posterior=_angle_posterior(estimator, images[shown])[1],
        noise_sd=np.array(NOISE_SD),
        noisy_image=noisy[among_tried],
        noisy_predicted=noisy_predicted[among_tried],
        noisy_angle_posterior=noisy_posterior[among_tried],
        known_noise_posterior=told_noise[among_tried],
    )


def entropy_nats(posterior: np.ndarray) -> np.ndarray:
    """Give the entropies [n], in nats, of distributions [n, a]."""
    from scipy.special import entr

    return entr(posterior).sum(axis=1)


def most_ambiguous(truth: np.ndarray, predicted: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    """Choose of each class the row whose posterior has the highest entropy, among those read rightly if there are any.

    truth, predicted: [n] numbers of the classes; posterior: [n, a]. Returns rows [classes].
    """
    order = np.lexsort([-entropy_nats(posterior), predicted != truth])
    return np.array([order[truth[order] == k][0] for k in np.unique(truth)])


def _first_of_each(truth: np.ndarray, most: int) -> np.ndarray:
    return np.sort(np.concatenate([np.flatnonzero(truth == k)[:most] for k in np.unique(truth)]))


def _angle_posterior(estimator: Any, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if hasattr(estimator, "pose_posterior"):
        return estimator.pose_posterior(images)
    return np.zeros(0), np.zeros((len(images), 0))


def _reconstructed(estimator: Any, images: np.ndarray) -> np.ndarray:
    if hasattr(estimator, "reconstruct"):
        return estimator.reconstruct(images)
    return estimator.decode(estimator.transform(images), estimator.predict(images), estimator.pose(images))
