"""From a config's `data` stanza to a data set: generated from templates, or read from the user's own file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from datagen.cards import cards_spec, generate_cards
from datagen.dataset import Dataset, load_dataset
from datagen.templates import load_templates
from ssrvae.seeds import data_stream


def make_dataset(recipe: Mapping[str, Any], seed: int) -> Dataset:
    """Make the data set of a recipe (root_seed, data) and a replicate seed; a file's images are the same for each seed.

    Raises InputError for templates or a file that cannot be used.
    """
    data = recipe["data"]
    if data["kind"] == "file":
        return load_dataset(data["path"], require=("labelled", "test"))
    return generate_cards(cards_spec(data), data_stream(recipe["root_seed"], seed))


def check_source(data: Mapping[str, Any]) -> None:
    """Open the font, templates or file that a `data` stanza names; raises InputError for what cannot be used."""
    if data["kind"] == "file":
        load_dataset(data["path"], require=("labelled", "test"))
        return
    spec = cards_spec(data)
    load_templates(spec.templates, spec.image_size)


def source_paths(data: Mapping[str, Any]) -> Iterator[Path]:
    """List the user's files that a `data` stanza reads: an edited one is read again."""
    path = data.get("path") if data["kind"] == "file" else data.get("templates", {}).get("path")
    if path is None:
        return
    yield from sorted(Path(path).glob("*.png")) if Path(path).is_dir() else [Path(path)]
