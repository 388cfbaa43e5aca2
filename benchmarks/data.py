"""The images that ours and the peer's works share: the paper's card suits."""

from typing import Any

import numpy as np

from datagen.cards.card_images import cards_spec, generate_cards, generate_images
from datagen.cards.templates import Templates, load_templates
from datagen.dataset import Dataset
from datagen.factors import FactorRanges

SIZE, BATCH, N_CLASSES = 48, 64, 4
RANGES = FactorRanges(rotation_deg=60, shear_deg=15, scale=(1.0, 1.3), shift=0.1)
LABELLED = {"rotation_deg": 4, "shear_deg": 15, "scale": [1.0, 1.3], "shift": 0.0}
UNLABELLED = {"rotation_deg": 60, "shear_deg": 15, "scale": [1.0, 1.3], "shift": 0.1}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def batch() -> np.ndarray:
    """One batch of images [64, 2304], all classes, at rotation 60."""
    return suits(BATCH // N_CLASSES).reshape(BATCH, -1)


def suits(per_class: int) -> np.ndarray:
    """Images [n, 48, 48] at rotation 60, so many a class."""
    return generate_images(load_templates(None, SIZE), RANGES, per_class, SIZE, np.random.default_rng(0))[0]


def cards(
    labelled: int, unlabelled: int, test: int, side_px: int = SIZE, n_classes: int = N_CLASSES, draw: int = 0
) -> Dataset:
    """The paper's data at rotation 60, with so many images a class, of a side, of suits or of so many letters."""
    return generate_cards(cards_spec(_stanza(labelled, unlabelled, test, side_px, n_classes)), draw)


def templates(side_px: int, n_classes: int) -> Templates:
    """The suits, or as many letters as there are classes."""
    return load_templates(_glyphs(n_classes), side_px)


def grid_recipe(n_cells_per_axis: int, per_class: int) -> dict[str, Any]:
    """A stress grid of shear and rotation, Fig. 4a's with 16 cells an axis, as `stress_cells` takes it."""
    shears, rotations = np.linspace(0, 30, n_cells_per_axis), np.linspace(0, 180, n_cells_per_axis)
    cells = [{"shear_deg": float(shear), "rotation_deg": float(rotation)} for shear in shears for rotation in rotations]
    data = _stanza(1, 1, 1, SIZE, N_CLASSES)
    return {"root_seed": 0, "data": data, "cells": cells, "per_class": per_class, "options": {}, "confusion": False}


def _stanza(labelled: int, unlabelled: int, test: int, side_px: int, n_classes: int) -> dict[str, Any]:
    return {
        "kind": "cards",
        "image_size": side_px,
        "templates": _glyphs(n_classes),
        "labelled": {"per_class": labelled, **LABELLED},
        "unlabelled": {"per_class": unlabelled, **UNLABELLED},
        "test": {"per_class": test},
    }


def _glyphs(n_classes: int) -> dict[str, Any] | None:
    if n_classes == N_CLASSES:
        return None
    return {"font": "DejaVu Sans", "glyphs": {letter: letter for letter in LETTERS[:n_classes]}}
