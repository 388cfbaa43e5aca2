"""Agglomerates of one to four touching spheres: where their centres lie, in several contact geometries."""

from collections.abc import Callable

import numpy as np

Geometry = Callable[[np.ndarray, np.random.Generator], np.ndarray]

# A chain's smallest and largest turn from one contact to the next; less looks straight, more closes the chain.
BEND_DEG = (30.0, 85.0)


def agglomerate(radii: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, str]:
    """Draw an agglomerate of spheres of these radii [n], n = 1..4, in one of its geometries, turned at random.

    Returns the centres [n, 2] (x, y) about their mean, and the geometry's name. Consecutive spheres touch: their
    distance is the sum of their radii.
    """
    names = GEOMETRIES[len(radii)]
    name = names[rng.integers(len(names))]
    centres = _SHAPES[name](radii, rng)
    angle = rng.uniform(0, 2 * np.pi)
    turned = centres @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return turned - turned.mean(axis=0), name


def _chain(radii: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _walk(radii, np.zeros(max(len(radii) - 2, 0)))


def _bent(radii: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn at each inner sphere, left and right by turns: two large ones to one side would close the chain."""
    turns = np.radians(rng.uniform(*BEND_DEG, size=len(radii) - 2)) * rng.choice([-1, 1])
    turns[1::2] *= -1
    return _walk(radii, turns)


def _triangle(radii: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    centres = _chain(radii[:2], rng)
    return np.vstack([centres, _touching_both(centres, radii[:2], radii[2], side=1)])


def _rhombus(radii: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    centres = _chain(radii[:2], rng)
    tips = [_touching_both(centres, radii[:2], radii[2 + tip], side) for tip, side in enumerate((1, -1))]
    return np.vstack([centres, *tips])


def _square(radii: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put the first three at a right angle; the fourth touches the first and the third."""
    corner = _walk(radii[:3], np.array([np.pi / 2]))
    return np.vstack([corner, _touching_both(corner[[0, 2]], radii[[0, 2]], radii[3], side=1)])


def _walk(radii: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Place spheres in a row, each touching the one before, the heading changed by `turns` at the inner ones."""
    heading = np.concatenate([[0.0], np.cumsum(turns)])[: len(radii) - 1]
    steps = (radii[:-1] + radii[1:])[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    return np.vstack([np.zeros((1, 2)), np.cumsum(steps, axis=0)])


def _touching_both(pair: np.ndarray, radii: np.ndarray, radius: float, side: int) -> np.ndarray:
    """Find the centre of a sphere that touches both of a pair, to the left (side 1) or right (-1) of their line."""
    line = pair[1] - pair[0]
    distance = np.hypot(*line)
    first, second = radii + radius
    along = (distance**2 + first**2 - second**2) / (2 * distance)
    across = side * np.sqrt(max(first**2 - along**2, 0.0))
    return pair[0] + (along * line + across * np.array([-line[1], line[0]])) / distance


_SHAPES: dict[str, Geometry] = {
    "single": _chain,
    "pair": _chain,
    "chain": _chain,
    "bent": _bent,
    "triangle": _triangle,
    "rhombus": _rhombus,
    "square": _square,
}
GEOMETRIES = {
    1: ("single",),
    2: ("pair",),
    3: ("chain", "bent", "triangle"),
    4: ("chain", "bent", "rhombus", "square"),
}
