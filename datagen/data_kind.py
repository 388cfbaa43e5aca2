"""What a kind of data set can do; the kinds themselves are the modules of `datagen.kinds`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from datagen.dataset import IMAGE_SIDE_PX, Dataset
from datagen.external import Archive
from datagen.factors import FactorRanges
from datagen.key_schemas import Schema, side

Data = Mapping[str, Any]
"""A `data` stanza of a config, which names its kind."""

IMAGE_SIZE = side("Side of the images in pixels.", at_least=8, default=IMAGE_SIDE_PX)


class Fetched(NamedTuple):
    """Real images that are fetched: every archive, the one a stanza needs or None, the classes of its stand-in."""

    archives: tuple[Archive, ...]
    needed: Callable[[Data], Archive | None]
    class_names: Callable[[Data], tuple[str, ...]]


class FreshImages(NamedTuple):
    """Test images that can be drawn anew: the ranges of a data set's own, and how to draw.

    draw(ranges, images a class, generator) gives images [n, side, side] and their true classes [n].
    """

    ranges: FactorRanges
    draw: Callable[[FactorRanges, int, np.random.Generator], tuple[np.ndarray, np.ndarray]]


def _nothing(data: Data) -> tuple:
    return ()


@dataclass(frozen=True)
class DataKind:
    """What a kind of data set can do.

    summary: what it is, in a few words; keys: its own `data` keys, beside `kind`; required: those it cannot do without.
    generate(data, seeds, replicate, external): the data set of a stream and a replicate's number, `external` being the
    folder of fetched archives. check(data): raises InputError for values that cannot be. files(data): the user's files
    that it reads; open_files(data): raises InputError for fonts or files that cannot be used. fresh_images(data): for
    kinds that stress grids can draw anew. table_columns(data, replicate): for kinds whose runs have a table of
    their own, named as the kind; its columns beside the scores.
    """

    summary: str
    keys: Mapping[str, Schema]
    required: tuple[str, ...]
    generate: Callable[[Data, np.random.SeedSequence, int, Path], Dataset]
    check: Callable[[Data], object] = _nothing
    files: Callable[[Data], Iterable[Path]] = _nothing
    open_files: Callable[[Data], object] = _nothing
    fetched: Fetched | None = None
    fresh_images: Callable[[Data], FreshImages] | None = None
    table_columns: Callable[[Data, int], Mapping[str, Any]] | None = None

    def swept_keys(self) -> list[str]:
        """List the dotted keys that a sweep may vary: all that hold one value or a range."""
        return list(_single_values(self.keys))


def _single_values(keys: Mapping[str, Schema], prefix: str = "") -> Iterator[str]:
    for name, schema in keys.items():
        if "properties" in schema:
            yield from _single_values(schema["properties"], f"{prefix}{name}.")
        elif schema.get("type") != "object" and schema.get("items", {}).get("type") != "string":
            yield f"{prefix}{name}"
