"""The pixels of objects turned upright by their moments: pose is taken away before anything is learnt."""

from typing import Any

import numpy as np

from ssrvae.models.baselines.image_features import ImageFeatures
from ssrvae.models.baselines.normalised_pose import upright


class UprightPixels(ImageFeatures):
    """Transform images to the pixels of their objects, centred and turned upright (`normalised_pose.upright`)."""

    def _read(self, images: np.ndarray) -> np.ndarray:
        return upright(images).reshape(len(images), -1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
