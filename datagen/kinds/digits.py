"""Handwritten digits that come with scikit-learn, without 9, which is a turned 6."""

import numpy as np

from datagen.image_sets.turned_images import LabelledImages, turned_images_kind

ENLARGED = 3  # 8 x 8 pixels are too coarse to be turned
DIGITS = tuple("012345678")


def read_digits() -> LabelledImages:
    """Read the digits 0 to 8, enlarged to 24 x 24 (scikit-learn's load_digits: E. Alpaydin, C. Kaynak, UCI, 1998)."""
    from skimage.transform import resize
    from sklearn.datasets import load_digits

    images, truth = load_digits(return_X_y=True)
    kept = truth < len(DIGITS)
    grey = images[kept].reshape(-1, 8, 8) / 16
    side = 8 * ENLARGED
    enlarged = np.stack([resize(image, (side, side), order=1) for image in grey])
    return LabelledImages(np.clip(enlarged, 0, 1).astype(np.float32), truth[kept].astype(np.int64), DIGITS)


KIND = turned_images_kind("digits", "handwritten digits, turned", DIGITS, lambda external: read_digits())
