"""What a model reads in objects."""

from typing import TYPE_CHECKING

import numpy as np

from datagen.errors import InputError
from ssrvae.library.object_models import ObjectModel

if TYPE_CHECKING:
    from ssrvae.models.image_readings import ImageReadings


def read_objects(model: ObjectModel, images: np.ndarray) -> "ImageReadings":
    """Read objects [n, side, side]; raises InputError for another side than the model's."""
    check_side(model, images)
    return model.readings(images)


def check_side(model: ObjectModel, images: np.ndarray) -> None:
    """Raise InputError unless the images are as wide as those that the model was fitted to."""
    if images.shape[-1] != model.side_px:
        raise InputError(
            f"objects are {images.shape[-1]} px wide, but the model was fitted to {model.side_px} px; "
            f"resample them to that, or fit a model to such objects"
        )
