"""Run-length masks as COCO files hold them (pycocotools): columns first, background first, plain or packed as text."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from datagen.errors import InputError


def decode(run_lengths: Mapping[str, Any]) -> np.ndarray:
    """Give the mask [height, width] bool of {"size": [height, width], "counts": list or text}.

    Raises InputError when the counts do not add up to the size.
    """
    height, width = (int(side) for side in run_lengths["size"])
    counts = run_lengths["counts"]
    lengths = np.array(_unpacked(counts) if isinstance(counts, str) else counts, dtype=np.int64)
    if (lengths < 0).any() or lengths.sum() != height * width:
        raise InputError(f"run lengths add up to {lengths.sum()}; expected {height} x {width} pixels")
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(width, height).T


def _unpacked(text: str) -> list[int]:
    """Read packed counts: groups of 5 bits, the lowest first, with a sixth for "more follow".

    From the fourth on they are differences to the last but one.
    """
    lengths: list[int] = []
    place = 0
    while place < len(text):
        value, shift, more = 0, 0, True
        while more:
            if place >= len(text):
                raise InputError("run lengths end in the middle of a number")
            bits = ord(text[place]) - 48
            value |= (bits & 31) << shift
            more, place, shift = bool(bits & 32), place + 1, shift + 5
        if bits & 16:
            value -= 1 << shift
        lengths.append(value + lengths[-2] if len(lengths) > 2 else value)
    return lengths
