"""Tensors of torch go through the same door as arrays, in every estimator."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from ssrvae.models.marginal import training as marginal_training
from tests.models.another_device import ELSEWHERE, AnotherDevice
from tests.models.quick_estimators import ESTIMATORS, TRANSFORMERS

READS = ("predict", "predict_proba", "transform", "pose", "reconstruct", "score_samples", "readings", "abstain")
IMAGES = np.random.default_rng(0).integers(0, 9, (12, 16)).astype(np.float32) / 8
LABELS = np.tile([0, 1, -1], 4)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    monkeypatch.setattr(marginal_training, "STEPS_PER_EPOCH", 1)


@pytest.fixture(params=ESTIMATORS | TRANSFORMERS)
def fitted(request):
    return clone((ESTIMATORS | TRANSFORMERS)[request.param]).fit(IMAGES, LABELS)


def reads(model):
    """What an estimator reads in images, by name."""
    found = {name: getattr(model, name) for name in READS if hasattr(model, name)}
    assert found
    return found


TENSORS = {
    "float32": lambda images: torch.tensor(images),
    "bfloat16": lambda images: torch.tensor(images, dtype=torch.bfloat16),  # eighths are exact in it
    "of a training": lambda images: torch.tensor(images, requires_grad=True),
    "elsewhere": lambda images: torch.tensor(images).to(ELSEWHERE),
}


@pytest.mark.filterwarnings("ignore:.*meta parameter")  # what the device is borrowed from
@pytest.mark.parametrize("kind", TENSORS)
def test_a_tensor_is_read_and_fitted_as_the_array_is(fitted, kind):
    with AnotherDevice():
        images, labels = TENSORS[kind](IMAGES), torch.tensor(LABELS)
        again = clone(fitted).fit(images, labels.to(images.device))
        for model in (fitted, again):
            for name, read in reads(model).items():
                np.testing.assert_equal(read(images), reads(fitted)[name](IMAGES), err_msg=name)


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        (np.where(IMAGES > 0.5, np.nan, IMAGES), "contains NaN"),
        (IMAGES[:, :9], "9 features, but .* is expecting 16"),
        (IMAGES[0], "Expected 2D array, got 1D array"),
        (IMAGES[:0], r"0 sample\(s\)"),
    ],
    ids=["NaN", "another size", "one image", "no image"],
)
def test_a_tensor_is_refused_where_the_array_is(fitted, spoilt, message):
    for read in reads(fitted).values():
        for given in (spoilt, torch.tensor(spoilt)):
            with pytest.raises(ValueError, match=message):
                read(given)
