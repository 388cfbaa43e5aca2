"""Simulated micrographs of gold nanoparticles, with every agglomerate's place, particles and geometry known.

Spheres on a flat background, as bright as they are thick, blurred by the point spread; electron counts (Poisson), the
detector's noise and a slope of the light come on top.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from datagen.errors import InputError
from datagen.particles.agglomerates import agglomerate
from datagen.values import is_real, is_whole, require

# The paper's agglomerates of 1, 2, 3 and 4 particles (Digital Discovery 2024, 3, 1213).
PAPER_COUNTS = (304, 93, 49, 31)
MAX_TRIALS = 2000
# Spheres settle into one another's outline where they touch: the centres' distance in sums of radii.
CONTACT = 0.88


@dataclass(frozen=True)
class Scene:
    """What is simulated; the defaults look like the real micrograph that datagen.particles.nanogold fetches.

    counts: agglomerates of 1, 2, 3 and 4 particles; height, width in px; radius_px, radius_spread: mean and relative
    standard deviation of the particles' radii; gap_px: the least distance between agglomerates; nm_per_pixel;
    blur_px: sigma of the point spread; brightness, brightness_spread: of a particle's middle above the background,
    mean and relative standard deviation; background; slope: difference of light from edge to edge;
    electrons: counts at grey value 1; noise: sigma of the detector's. Raises InputError for values that make no sense.
    """

    counts: tuple[int, int, int, int] = PAPER_COUNTS
    height: int = 480
    width: int = 640
    radius_px: float = 5.4
    radius_spread: float = 0.12
    gap_px: float = 3.0
    nm_per_pixel: float = 2.78
    blur_px: float = 1.5
    brightness: float = 0.6
    brightness_spread: float = 0.12
    background: float = 0.2
    slope: float = 0.1
    electrons: float = 400.0
    noise: float = 0.02

    def __post_init__(self) -> None:
        counts = self.counts
        whole = len(counts) == 4 and all(is_whole(count) and count >= 0 for count in counts) and sum(counts) > 0
        require(whole, "counts", counts, "four whole numbers >= 0, not all 0")
        for name in ("height", "width"):
            side = getattr(self, name)
            require(is_whole(side) and side >= 32, name, side, "a whole number >= 32")
        for name in ("radius_px", "electrons", "nm_per_pixel", "brightness"):
            value = getattr(self, name)
            require(is_real(value) and value > 0, name, value, "a number > 0")
        for name in ("radius_spread", "brightness_spread", "gap_px", "blur_px", "background", "slope", "noise"):
            value = getattr(self, name)
            require(is_real(value) and value >= 0, name, value, "a number >= 0")


class SimulatedMicrograph(NamedTuple):
    """A micrograph and its truth.

    pixels [height, width] float32 in [0, 1]; objects [height, width] int32, 0 for background, agglomerate 1..n as
    drawn before the blur; for each of these, [n]: particles (1..4), geometry (its name), rows, columns (centroid of the
    particles' discs in px); nm_per_pixel.
    """

    pixels: np.ndarray
    objects: np.ndarray
    particles: np.ndarray
    geometry: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    nm_per_pixel: float


class _Placed(NamedTuple):
    """An agglomerate in the micrograph: centres [n, 2] (x, y) px, radii [n], its geometry."""

    centres: np.ndarray
    radii: np.ndarray
    geometry: str


def simulate(scene: Scene, rng: np.random.Generator) -> SimulatedMicrograph:
    """Simulate a micrograph whose agglomerates lie whole in it, at random places; InputError if they do not fit."""
    placed = _place(scene, rng)
    thickness, objects = _draw(placed, scene, rng)
    middles = np.array([np.average(each.centres, axis=0, weights=each.radii**2) for each in placed])
    return SimulatedMicrograph(
        pixels=_record(thickness, scene, rng),
        objects=objects,
        particles=np.array([len(each.radii) for each in placed]),
        geometry=np.array([each.geometry for each in placed]),
        rows=middles[:, 1],
        columns=middles[:, 0],
        nm_per_pixel=scene.nm_per_pixel,
    )


def _place(scene: Scene, rng: np.random.Generator) -> list[_Placed]:
    """Place one agglomerate after the other, the largest first, where it keeps its distance; in reading order."""
    placed: list[_Placed] = []
    taken = np.empty((0, 3))  # x, y and radius of every sphere so far
    for particles in (4, 3, 2, 1):
        for _ in range(scene.counts[particles - 1]):
            each = _find_room(particles, taken, scene, rng)
            placed.append(each)
            taken = np.vstack([taken, np.column_stack([each.centres, each.radii])])
    return sorted(placed, key=lambda each: tuple(each.centres.mean(axis=0)[::-1]))


def _find_room(particles: int, taken: np.ndarray, scene: Scene, rng: np.random.Generator) -> _Placed:
    for _ in range(MAX_TRIALS):
        radii = scene.radius_px * np.clip(rng.normal(1, scene.radius_spread, particles), 0.5, 1.5)
        shape, geometry = agglomerate(radii, rng)
        centres = CONTACT * shape + rng.uniform(0, [scene.width - 1, scene.height - 1])
        if _has_room(centres, radii, taken, scene):
            return _Placed(centres, radii, geometry)
    raise InputError(
        f"counts: {list(scene.counts)} agglomerates do not fit into {scene.height} x {scene.width} px; "
        "enlarge height or width, or lower counts, radius_px or gap_px"
    )


def _has_room(centres: np.ndarray, radii: np.ndarray, taken: np.ndarray, scene: Scene) -> bool:
    low, high = (centres - radii[:, None]).min(axis=0), (centres + radii[:, None]).max(axis=0)
    if (low < 0).any() or (high > [scene.width - 1, scene.height - 1]).any():
        return False
    distances = np.hypot(*(centres[:, None] - taken[None, :, :2]).transpose(2, 0, 1))
    return bool((distances >= radii[:, None] + taken[:, 2] + scene.gap_px).all())


def _draw(placed: list[_Placed], scene: Scene, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw the spheres' thickness times their brightness [height, width], and the number of each agglomerate there."""
    row, column = np.mgrid[: scene.height, : scene.width]
    light = np.zeros((scene.height, scene.width), dtype=np.float32)
    objects = np.zeros((scene.height, scene.width), dtype=np.int32)
    for number, each in enumerate(placed, start=1):
        for (x, y), radius in zip(each.centres, each.radii, strict=True):
            window = _window(x, y, radius)
            outside = ((column[window] - x) ** 2 + (row[window] - y) ** 2) / radius**2
            brightness = scene.brightness * rng.normal(1, scene.brightness_spread)
            sphere = brightness * np.sqrt(np.clip(1 - outside, 0, None))
            light[window] = np.maximum(light[window], sphere)
            objects[window][outside <= 1] = number
    return light, objects


def _window(x: float, y: float, radius: float) -> tuple[slice, slice]:
    top, left = int(y - radius), int(x - radius)
    return slice(top, int(y + radius) + 2), slice(left, int(x + radius) + 2)


def _record(light: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.linspace(-0.5, 0.5, scene.height)[:, None], np.linspace(-0.5, 0.5, scene.width)
    slope = scene.slope * (np.cos(angle) * x + np.sin(angle) * y)
    signal = np.clip(gaussian_filter(light, scene.blur_px) + scene.background + slope, 0, None)
    counted = rng.poisson(signal * scene.electrons) / scene.electrons
    return np.clip(counted + rng.normal(0, scene.noise, signal.shape), 0, 1).astype(np.float32)
