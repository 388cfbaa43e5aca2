"""A small data set of three classes, whole and quick."""

import numpy as np
import pytest

from datagen.cards.card_images import CardsSpec, generate_cards
from datagen.dataset import Dataset
from datagen.factors import FactorRanges
from datagen.splits import PartSpec

GLYPHS = {"clubs": "\u2663", "hearts": "\u2665", "diamonds": "\u2666"}


def small_spec(glyphs: dict[str, str] = GLYPHS, labelled: int = 4, rotation_deg: float = 60.0) -> CardsSpec:
    moved = FactorRanges(rotation_deg, 15.0, (1.0, 1.3), 0.1)
    return CardsSpec(
        labelled=PartSpec(labelled, FactorRanges(4.0, 15.0, (1.0, 1.3))),
        unlabelled=PartSpec(9, moved),
        test=PartSpec(5, moved),
        templates={"font": "DejaVu Sans", "glyphs": glyphs},
        image_size=24,
    )


@pytest.fixture
def make_spec():
    return small_spec


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return generate_cards(small_spec(), 0)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240611)
