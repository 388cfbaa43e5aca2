"""Decoders and priors of the angle: adding one is adding one file, or passing an object."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

from datagen.errors import InputError
from ssrvae import VAE, SSVAEClassifier, load
from ssrvae.models.vae import variational_estimator
from ssrvae.models.vae.angle_priors import ANGLE_PRIORS
from ssrvae.models.vae.angle_priors.normal import NormalAngle
from ssrvae.models.vae.decoders import DECODERS
from ssrvae.models.vae.decoders.drawn import DrawnDecoder
from ssrvae.models.vae.decoders.warped import WarpedDecoder

ROOT = Path(__file__).parents[3]
SMALL = {"hidden": (4,), "epochs": 1, "batch_size": 8, "random_state": 0}
FLAT_DECODER = '''
"""The same grey everywhere."""

from torch import nn

from ssrvae.models.vae.decoders.drawn import DrawnDecoder


class FlatDecoder(DrawnDecoder):
    config_name = "flat"

    def __init__(self, size, n_latents, hidden):
        super().__init__()
        self.size, self.grey = size, nn.Linear(n_latents, 1)

    def forward(self, latents, pose=None, pixels=None):
        return self.grey(latents).expand(*latents.shape[:-1], self.size**2 if pixels is None else len(pixels))
'''
NARROW_PRIOR = '''
"""An angle near 0."""

from ssrvae.models.vae.angle_priors.normal import NormalAngle


class NarrowAngle(NormalAngle):
    config_name = "narrow"

    def __init__(self, scale):
        super().__init__(0.1 * scale)
'''
FIT_BY_NAME = """
import numpy as np
import ssrvae
from datagen.errors import InputError

images = np.random.default_rng(0).random((12, 16), dtype=np.float32)
chosen = dict(decoder="flat", angle_prior="narrow", angle_prior_scale=1.0, hidden=(4,), epochs=1, random_state=0)
model = ssrvae.SSVAEClassifier(**chosen).fit(images, np.tile([0, 1, -1], 4))
model.save("model.npz")
assert (ssrvae.load("model.npz").predict_proba(images) == model.predict_proba(images)).all()
assert np.ptp(model.reconstruct(images)[0]) == 0
assert model.model_.latents.angle.prior_sd == 0.1
try:
    model.set_params(decoder_precision="bfloat16").fit(images, np.tile([0, 1, -1], 4))
except InputError as error:
    print(ssrvae.__file__, error)
"""


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((12, 16), dtype=np.float32)


LABELS = np.tile([0, 1, -1], 4)


def test_a_decoder_and_a_prior_are_one_file_each(tmp_path):
    shutil.copytree(ROOT / "ssrvae", tmp_path / "ssrvae", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "ssrvae/models/vae/decoders/flat.py").write_text(FLAT_DECODER)
    (tmp_path / "ssrvae/models/vae/angle_priors/narrow.py").write_text(NARROW_PRIOR)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-c", FIT_BY_NAME], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stdout
    assert "decoder_precision bfloat16 needs decoder coordinate, got flat" in done.stdout


def test_names_are_those_of_the_files():
    for found, folder in ((DECODERS, "decoders"), (ANGLE_PRIORS, "angle_priors")):
        assert len(found) > 1
        assert all(cls.__module__ == f"ssrvae.models.vae.{folder}.{name}" for name, cls in found.items())


class Soft(WarpedDecoder):
    """A user's decoder."""


class OnlyDrawn(nn.Module):
    """A network, but no decoder."""

    def __init__(self, size, n_latents, hidden):
        super().__init__()


def test_a_decoder_that_is_passed_fits_as_the_one_of_the_name(images):
    named = SSVAEClassifier(**SMALL).fit(images, LABELS)
    passed = SSVAEClassifier(**SMALL, decoder=WarpedDecoder).fit(images, LABELS)
    np.testing.assert_array_equal(passed.reconstruct(images), named.reconstruct(images))
    assert clone(passed).get_params()["decoder"] is WarpedDecoder


def test_a_prior_that_is_passed_fits_as_the_one_of_the_name(images):
    named = SSVAEClassifier(**SMALL, angle_prior="normal", angle_prior_scale=0.5).fit(images, LABELS)
    passed = SSVAEClassifier(**SMALL, angle_prior=NormalAngle(0.5)).fit(images, LABELS)
    np.testing.assert_array_equal(passed.pose(images).angle_rad, named.pose(images).angle_rad)
    assert clone(passed).angle_prior.prior_sd == 0.5


def test_objects_are_asked_for_when_a_file_is_read(images, tmp_path):
    prior = NormalAngle(0.5)
    model = SSVAEClassifier(**SMALL, decoder=Soft, angle_prior=prior).fit(images, LABELS)
    model.save(tmp_path / "model.npz")
    with pytest.raises(InputError, match=r"give them: load\(path, angle_prior=\.\.\., decoder=\.\.\.\)"):
        load(tmp_path / "model.npz")
    read = load(tmp_path / "model.npz", decoder=Soft, angle_prior=prior)
    np.testing.assert_array_equal(read.reconstruct(images), model.reconstruct(images))
    with pytest.raises(InputError, match="holds the parameter epochs; load"):
        load(tmp_path / "model.npz", decoder=Soft, angle_prior=prior, epochs=3)
    with pytest.raises(InputError, match="of a model without a parameter epoch; load"):
        load(tmp_path / "model.npz", decoder=Soft, angle_prior=prior, epoch=3)


def test_a_decoder_of_ones_own_may_take_a_precision(images):
    asked = []

    class Precise(DrawnDecoder):
        def __init__(self, size, n_latents, hidden, precision):
            super().__init__()
            asked.append(precision)
            self.draw = nn.Linear(n_latents, size**2)

        def forward(self, latents, pose=None, pixels=None):
            drawn = self.draw(latents)
            return drawn if pixels is None else drawn[..., pixels]

    SSVAEClassifier(**SMALL, decoder=Precise, decoder_precision="bfloat16").fit(images, LABELS)
    assert asked == ["bfloat16"]


class NoLogits(DrawnDecoder):
    """A decoder that draws one number an image."""

    def __init__(self, size, n_latents, hidden):
        super().__init__()
        self.draw = nn.Linear(n_latents, 1)

    def forward(self, latents, pose=None, pixels=None):
        return self.draw(latents)


class Untimely(NoLogits):
    """A decoder that does not know of pixels, and fails at other latents."""

    def forward(self, latents):
        return latents @ latents.new_zeros(99, 1)


class Counts(WarpedDecoder):
    """A decoder that keeps, as batch normalisation does, something of all that it has drawn."""

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.register_buffer("drawn", torch.zeros(()))

    def forward(self, *asked):
        self.drawn += 1
        return super().forward(*asked)


class Blunt(NormalAngle):
    """A prior whose angles keep an axis too many."""

    def to_radians(self, value):
        return value


class Broken(NormalAngle):
    """A prior that fails with words of torch's own."""

    def mean(self, parameters):
        return parameters @ parameters.new_zeros(99, 1)


WRONG_PARTS = {
    "a network that is made already": (
        {"decoder": WarpedDecoder(4, 4, (4,))},
        "^decoder must be one of .*, got",
    ),
    "a function of other arguments": ({"decoder": lambda size: size}, "^decoder .* made nothing of .*: TypeError, "),
    "a class that is none of ours": ({"decoder": int}, "^decoder <class 'int'> made nothing of .*: TypeError, "),
    "a network that is no decoder": ({"decoder": OnlyDrawn}, "^decoder must make .* made OnlyDrawn$"),
    "logits of another shape": (
        {"decoder": NoLogits},
        r"^decoder NoLogits does not do .*: logits must be a tensor of shape \(3, 2, 16\), got \(3, 2, 1\)$",
    ),
    "a decoder of an upright image": ({"decoder": Untimely}, "^decoder Untimely does not do .*: TypeError, "),
    "a class of priors": ({"angle_prior": NormalAngle}, "^angle_prior must be one of .*, or an object with"),
    "angles of another shape": (
        {"angle_prior": Blunt()},
        r"^angle_prior Blunt does not do .*: to_radians must be a tensor of shape \(3, 2\), got \(3, 2, 1\)$",
    ),
    "words of torch's": ({"angle_prior": Broken()}, "^angle_prior Broken does not do .*: RuntimeError, "),
}


@pytest.mark.parametrize("kind", WRONG_PARTS)
def test_a_part_of_the_wrong_kind_is_told_in_one_line(kind, images):
    parts, message = WRONG_PARTS[kind]
    with pytest.raises(InputError, match=message) as told:
        SSVAEClassifier(**SMALL, **parts).fit(images, LABELS)
    assert "\n" not in str(told.value)


def test_a_part_of_the_wrong_kind_is_told_when_a_file_is_read(images, tmp_path):
    SSVAEClassifier(**SMALL, decoder=Soft).fit(images, LABELS).save(tmp_path / "model.npz")
    for wrong, message in ((3, "^decoder must be one of"), (NoLogits, "^decoder NoLogits does not do")):
        with pytest.raises(InputError, match=message):
            load(tmp_path / "model.npz", decoder=wrong)


def test_trying_parts_changes_nothing_in_them_and_no_random_number(monkeypatch):
    assert VAE(**SMALL, decoder=Counts).build_networks(16, 0)["model_"].decoder.drawn == 0
    model = VAE(**SMALL, invariances=("rotation",))
    torch.manual_seed(3)
    model.build_networks(16, 0)
    drawn_next = torch.rand(1)
    for trial in ("try_decoder", "try_angle_prior"):
        monkeypatch.setattr(variational_estimator, trial, lambda *_: None)
    torch.manual_seed(3)
    model.build_networks(16, 0)
    assert torch.rand(1) == drawn_next
