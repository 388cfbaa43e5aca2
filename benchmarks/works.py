"""What is measured of this project: each work prepares, then returns what `measure` found.

Steps are forward pass, backward pass and Adam on one batch of 64 images of 48 x 48 pixels in 4 classes.
"""

from collections.abc import Callable

import numpy as np
import torch

from benchmarks.apart import Measured, measure, peak_since, start_peak
from benchmarks.data import BATCH, N_CLASSES, RANGES, SIZE, batch, cards, grid_recipe
from benchmarks.operations import Operations, count
from datagen.cards.card_images import generate_images
from datagen.cards.templates import load_templates
from ssrvae import MarginalPoseClassifier, SSVAEClassifier
from ssrvae.base.allocator import keep_freed_memory
from ssrvae.models.geometry import scattered_pixels
from ssrvae.models.marginal.training import STEPS_PER_EPOCH
from ssrvae.models.vae.angle_priors.normal import NormalAngle
from ssrvae.models.vae.decoders.coordinate import CoordinateDecoder
from ssrvae.models.vae.decoders.drawn import DrawnDecoder
from ssrvae.models.vae.decoders.warped import WarpedDecoder
from ssrvae.models.vae.latents import NormalLatent
from ssrvae.models.vae.likelihoods import BernoulliLikelihood
from ssrvae.models.vae.model import ImageModel, Latents
from ssrvae.models.vae.objectives import marginal_loss
from ssrvae.study.jobs.stress import score_cells, stress_cells

HIDDEN, N_STYLE, RATE = (128, 128), 2, 5e-4
SOME_PIXELS = 256
STEPS = 20
"""Steps of an epoch where a step is measured as an epoch's share."""


def ssvae_step(repeats: int) -> Measured:
    """The ss-VAE, whose decoder draws all pixels at once."""
    return _elbo_step(WarpedDecoder(SIZE, N_STYLE + N_CLASSES, HIDDEN), None, None, repeats)


def coordinate_step(repeats: int) -> Measured:
    """The ss-rVAE with the paper's decoder, float32, all pixels."""
    return _coordinate_step("float32", None, repeats)


def coordinate_bfloat16_step(repeats: int) -> Measured:
    """The same, its decoder's layers in bfloat16."""
    return _coordinate_step("bfloat16", None, repeats)


def coordinate_some_pixels_step(repeats: int) -> Measured:
    """The same in float32, the likelihood estimated from 256 random pixels."""
    return _coordinate_step("float32", SOME_PIXELS, repeats)


def ssrvae_step(repeats: int) -> Measured:
    """The ss-rVAE at its defaults: one batch without labels and one with, from the epochs of a fit."""
    images, labels = _few_cards(STEPS * BATCH)

    def fit(epochs: int) -> SSVAEClassifier:
        return SSVAEClassifier(epochs=epochs, random_state=0).fit(images, labels)

    return _steps_of_epochs(fit, 1, repeats, STEPS)


def marginal_step(repeats: int) -> Measured:
    """The marginal-pose model: a batch without labels, one with, and dreams, from the epochs of a fit."""
    images, labels = _few_cards(STEPS_PER_EPOCH * BATCH)

    def fit(epochs: int) -> MarginalPoseClassifier:
        return MarginalPoseClassifier(epochs=epochs, labelled_epochs=1, random_state=0).fit(images, labels)

    return _steps_of_epochs(fit, 1, repeats, STEPS_PER_EPOCH)


def ssrvae_fit(per_class: int = 3000) -> Measured:
    """The ss-rVAE at its defaults on the paper's data at rotation 60, and its accuracy."""
    dataset = cards(200, per_class, 1000)
    return _fit(SSVAEClassifier(random_state=0), *dataset.training_set(), *dataset.test_set())


def marginal_alone_fit(per_class: int = 200) -> Measured:
    """The marginal-pose model on the 800 labelled images alone, and its accuracy at rotation 60."""
    dataset = cards(per_class, 1, 1000)
    labelled = dataset.part("labelled")
    images = labelled.images.reshape(len(labelled.images), -1)
    return _fit(MarginalPoseClassifier(random_state=0), images, labelled.labels, *dataset.test_set())


def generate(repeats: int, n_images: int) -> Measured:
    """Cards of the unlabelled part's ranges, factors included."""
    templates, rng = load_templates(None, SIZE), np.random.default_rng(0)

    def run() -> None:
        generate_images(templates, RANGES, n_images // N_CLASSES, SIZE, rng)

    return measure(run, repeats)


def stress_grid(cells_per_axis: int, per_class: int) -> Measured:
    """Fig. 4a's grid: every cell's images made, classified by the ss-rVAE and scored."""
    keep_freed_memory()
    classifier = SSVAEClassifier(epochs=1, random_state=0).fit(*_few_cards(BATCH))

    def run() -> None:
        cells = stress_cells(grid_recipe(cells_per_axis, per_class), 0)
        for _ in score_cells(classifier, cells, ("a", "b", "c", "d"), False):
            pass

    return measure(run, 1, warm_up=False)


def machine(repeats: int) -> Measured:
    """What the machine can do: matrix products in float32 and bfloat16, sigmoid in cache, copying through memory."""
    values, out = torch.randn(2304, 128), torch.empty(2304, 128)
    source, target = torch.ones(2**27), torch.zeros(2**27)
    applying = measure(_times(100, lambda: torch.sigmoid(values, out=out)), repeats)
    copying = measure(lambda: target.copy_(source), repeats)
    rates = {
        "gflop": _gflop_per_s(torch.float32, repeats),
        "bfloat16_gflop": _gflop_per_s(torch.bfloat16, repeats),
        "gtanh": 100 * values.numel() / 1e9 / applying.typical_s,
        "gbyte": 2 * source.nbytes / 1e9 / copying.typical_s,
    }
    return copying._replace(facts=rates)


def _gflop_per_s(dtype: torch.dtype, repeats: int) -> float:
    """Products of matrices as the coordinate decoder has them: all pixels of an image by a layer."""
    pixels, layer = torch.randn(SIZE**2, HIDDEN[0]).to(dtype), torch.randn(HIDDEN[0], HIDDEN[1]).to(dtype)
    measured = measure(_times(100, lambda: pixels @ layer), repeats)
    return 100 * 2 * SIZE**2 * HIDDEN[0] * HIDDEN[1] / 1e9 / measured.typical_s


def _coordinate_step(precision: str, n_pixels: int | None, repeats: int) -> Measured:
    decoder = CoordinateDecoder(SIZE, N_STYLE + N_CLASSES, HIDDEN, precision)
    return _elbo_step(decoder, NormalAngle(1.0), n_pixels, repeats)


def _elbo_step(decoder: DrawnDecoder, angle: NormalAngle | None, n_pixels: int | None, repeats: int) -> Measured:
    """A step of the paper's bound on a batch without labels; with an angle, shifts as well."""
    keep_freed_memory()  # as the command line's jobs do
    shift = NormalLatent("shift", 2, 0.2) if angle else None
    latents = Latents(NormalLatent("style", N_STYLE), angle, shift)
    model = ImageModel(SIZE**2, N_CLASSES, latents, decoder, BernoulliLikelihood(), HIDDEN)
    images, adam = torch.from_numpy(batch()), torch.optim.Adam(model.parameters(), RATE)

    def step() -> None:
        model.pixels = scattered_pixels(SIZE, n_pixels) if n_pixels else None
        adam.zero_grad()
        marginal_loss(model, images).backward()
        adam.step()

    return _counted(measure(step, repeats), step)


def _steps_of_epochs(fit: Callable[[int], SSVAEClassifier], skipped: int, repeats: int, steps: int) -> Measured:
    """Read a step's seconds off the epochs of a fit but the first, which warms up; count the second epoch."""
    keep_freed_memory()
    before_mb = start_peak()
    fitted = fit(skipped + repeats)
    peak_mb = peak_since(before_mb)
    seconds = tuple(record["seconds"] / steps for record in fitted.history_[skipped:])
    more, fewer = count(lambda: fit(skipped + 1)), count(lambda: fit(skipped))
    done = Operations(*((a - b) / steps for a, b in zip(more, fewer, strict=True)))
    return Measured(seconds, peak_mb, done._asdict())


def _fit(
    estimator: SSVAEClassifier | MarginalPoseClassifier,
    images: np.ndarray,
    labels: np.ndarray,
    test: np.ndarray,
    truth: np.ndarray,
) -> Measured:
    keep_freed_memory()
    measured = measure(lambda: estimator.fit(images, labels), 1, warm_up=False)
    return measured._replace(facts={"accuracy": float(np.mean(estimator.predict(test) == truth))})


def _few_cards(unlabelled: int) -> tuple[np.ndarray, np.ndarray]:
    return cards(BATCH // N_CLASSES, unlabelled // N_CLASSES, 1).training_set()


def _counted(measured: Measured, run: Callable[[], object]) -> Measured:
    return measured._replace(facts=count(run)._asdict())


def _times(n: int, run: Callable[[], object]) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(n):
            run()

    return repeated
