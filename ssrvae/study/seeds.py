"""The random streams of a study, each derived from the root seed by the name of its role.

No stream depends on the method, so all methods of one replicate seed see the same images, and adding a method, a data
set or a grid moves no other number.
"""

import numpy as np

from datagen.seeds import generator, seed_sequence


def data_stream(root_seed: int, seed: int) -> np.random.SeedSequence:
    """Give the stream of a replicate's images; data sets share it, so a wider range stretches the same images."""
    return seed_sequence(root_seed, "data", seed)


def fit_seed(root_seed: int, seed: int) -> int:
    """Give the random_state of a replicate's fits, below 2^31."""
    return int(seed_sequence(root_seed, "fit", seed).generate_state(1)[0]) % 2**31


def monitor_rng(root_seed: int, seed: int) -> np.random.Generator:
    """Give the generator that picks the test images watched during training."""
    return generator(root_seed, "monitor", seed)
