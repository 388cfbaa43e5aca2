"""Random streams by name: adding a role, a class or a method never moves the numbers of another."""

import hashlib
import json
from typing import Any

import numpy as np

from datagen.values import is_whole, require


def seed_sequence(root: int | np.random.SeedSequence, *names: str | int) -> np.random.SeedSequence:
    """Derive the stream of `names` below a root seed (>= 0) or below another stream.

    Names are compared as text (1 and "1" are one name), their order and boundaries count. Raises InputError
    for a root that is not a whole number >= 0.
    """
    parent = root if isinstance(root, np.random.SeedSequence) else _root_sequence(root)
    digest = hashlib.sha256(json.dumps([str(name) for name in names]).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.SeedSequence(parent.entropy, spawn_key=(*parent.spawn_key, *words))


def generator(root: int | np.random.SeedSequence, *names: str | int) -> np.random.Generator:
    """Make the random generator of the stream `seed_sequence(root, *names)`."""
    return np.random.default_rng(seed_sequence(root, *names))


def stream_record(seeds: int | np.random.SeedSequence) -> dict[str, Any]:
    """Describe a stream, or the one of a root seed, for the header of what was drawn from it."""
    stream = seeds if isinstance(seeds, np.random.SeedSequence) else np.random.SeedSequence(seeds)
    return {"entropy": stream.entropy, "stream": list(stream.spawn_key)}


def _root_sequence(root: int) -> np.random.SeedSequence:
    require(is_whole(root) and root >= 0, "seed", root, "a whole number >= 0")
    return np.random.SeedSequence(int(root))
