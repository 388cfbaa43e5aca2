"""A fit that was broken off and started again equals one that was not, to the last digit."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import torch

from datagen.dataset import save_dataset
from datagen.errors import InputError
from ssrvae.models.vae.checkpoint import Checkpoint
from ssrvae.study.jobs.data import make_dataset
from ssrvae.study.jobs.fit import run
from ssrvae.study.monitor import TrainingMonitor
from ssrvae.study.run_folder import RunFolder

RANGES = {"rotation_deg": 30, "shift": 0.05}
DATA = {
    "kind": "cards",
    "image_size": 16,
    "labelled": {"per_class": 4, "rotation_deg": 4},
    "unlabelled": {"per_class": 8, **RANGES},
    "test": {"per_class": 5},
}
PARAMS = {"epochs": 5, "batch_size": 8, "hidden": [8], "labelled_every": 3, "kl_weight_start": 2.0, "kl_ramp_epochs": 4}
METHOD = {"estimator": "ssrvae.SSVAEClassifier", "params": PARAMS}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "seed0.npz"
    save_dataset(make_dataset({"root_seed": 0, "data": DATA}, 0), path)
    return path


def fit(data, out, method):
    identity = {"dataset": "base", "method": "m", "seed": 0}
    return run(data, out, identity, {"root_seed": 0, "data": DATA, "method": method}, "raise")


def break_off(monkeypatch, after_epoch):
    """Let the computer go down when an epoch's state has been seen, and not yet kept."""
    watch = TrainingMonitor.on_epoch

    def on_epoch(self, estimator, epoch):
        watch(self, estimator, epoch)
        if epoch == after_epoch:
            raise KeyboardInterrupt

    monkeypatch.setattr(TrainingMonitor, "on_epoch", on_epoch)


@pytest.mark.parametrize("decoder", ["warped", "coordinate"])
def test_a_fit_that_was_broken_off_twice_ends_at_the_same_numbers(data, tmp_path, monkeypatch, decoder):
    method = {**METHOD, "params": {**PARAMS, "decoder": decoder, "likelihood_pixels": 100}}
    whole, broken = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "broken")
    fit(data, whole.path, method)
    for after_epoch in (3, 5):
        with monkeypatch.context() as patch:
            break_off(patch, after_epoch)
            with pytest.raises(KeyboardInterrupt):
                fit(data, broken.path, {**method, "checkpoint_every": 2})
        assert len(torch.load(broken.checkpoint, weights_only=True)["history"]) == after_epoch - 1
        assert not broken.metrics.exists()
    fit(data, broken.path, {**method, "checkpoint_every": 2})
    assert not broken.checkpoint.exists()
    assert_same_runs(whole, broken)


def test_the_state_of_another_recipe_is_not_used(data, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        break_off(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            fit(data, tmp_path / "broken", {**METHOD, "checkpoint_every": 1})
    other = {**METHOD, "params": {**PARAMS, "kl_weight": 1.5}}
    fit(data, tmp_path / "whole", other)
    fit(data, tmp_path / "broken", {**other, "checkpoint_every": 1})
    assert_same_runs(RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "broken"))


def test_the_state_of_other_images_is_not_used_though_their_recipe_is_the_same(data, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        break_off(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            fit(data, tmp_path / "broken", {**METHOD, "checkpoint_every": 1})
    edited = tmp_path / "edited.npz"
    save_dataset(make_dataset({"root_seed": 1, "data": DATA}, 0), edited)
    fit(edited, tmp_path / "whole", METHOD)
    fit(edited, tmp_path / "broken", {**METHOD, "checkpoint_every": 1})
    assert_same_runs(RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "broken"))


def older_form(path):
    kept = torch.load(path, weights_only=True)
    del kept["format"]
    torch.save(kept | {"random": kept["random"]["cpu"]}, path)


SPOILT = {
    "older form": older_form,
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:900]),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("no state"),
    "another object": lambda path: torch.save([1], path),
    "a pickle of code": lambda path: path.write_bytes(pickle.dumps(print)),
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_state_that_cannot_be_used_counts_as_none_and_is_told(spoil, tmp_path, caplog):
    checkpoint, device, part = Checkpoint(tmp_path / "state.pt", 1, "me"), torch.device("cpu"), torch.nn.Linear(1, 1)
    checkpoint.save([{"epoch": 1.0}], device, model=part)
    assert checkpoint.restore(device, model=part) == [{"epoch": 1.0}]
    assert caplog.messages == []
    SPOILT[spoil](checkpoint.path)
    assert checkpoint.restore(device, model=part) == []
    (told,) = caplog.messages
    assert told.startswith(f"{checkpoint.path} cannot be gone on from, so the training begins anew: ")
    assert "\n" not in told


def two_layers(width, last_width=1):
    return torch.nn.Sequential(torch.nn.Linear(1, width), torch.nn.Linear(width, last_width))


OTHER_PARTS = {
    "a wider network": {"model": two_layers(3), "other": two_layers(1)},
    "a network of which a part is alike": {"model": two_layers(2, last_width=2), "other": two_layers(1)},
    "a second network of other shapes": {"model": two_layers(2), "other": two_layers(2)},
    "a network of other layers": {"model": torch.nn.Linear(1, 2), "other": two_layers(1)},
    "a part that was not kept": {"model": two_layers(2), "other": two_layers(1), "third": two_layers(1)},
}


@pytest.mark.parametrize("kind", OTHER_PARTS)
def test_the_state_of_networks_of_other_shapes_sets_nothing_and_is_told(kind, tmp_path, caplog):
    checkpoint, device = Checkpoint(tmp_path / "state.pt", 1, "me"), torch.device("cpu")
    checkpoint.save([{"epoch": 1.0}], device, model=two_layers(2), other=two_layers(1))
    parts = OTHER_PARTS[kind]
    before = {name: deepcopy(part.state_dict()) for name, part in parts.items()}
    torch.manual_seed(5)
    random = torch.get_rng_state()
    assert checkpoint.restore(device, **parts) == []
    for name, part in parts.items():
        torch.testing.assert_close(part.state_dict(), before[name], rtol=0, atol=0)
    assert torch.equal(torch.get_rng_state(), random)
    assert "the training begins anew" in caplog.text


def test_a_fit_that_finds_the_state_of_another_network_begins_anew(data, tmp_path, monkeypatch):
    whole, broken = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "broken")
    with monkeypatch.context() as patch:
        break_off(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            fit(data, broken.path, {**METHOD, "checkpoint_every": 1})
    kept = torch.load(broken.checkpoint, weights_only=True)
    kept["states"]["model"]["decoder.draw.0.weight"] = torch.zeros(3, 3)  # as if the code had changed since
    torch.save(kept, broken.checkpoint)
    fit(data, broken.path, {**METHOD, "checkpoint_every": 1})
    fit(data, whole.path, METHOD)
    assert_same_runs(whole, broken)


def test_a_method_that_cannot_go_on_is_told(data, tmp_path):
    method = {"estimator": "sklearn.tree.DecisionTreeClassifier", "use": "labelled", "checkpoint_every": 1}
    with pytest.raises(InputError, match="DecisionTreeClassifier cannot go on from a checkpoint"):
        fit(data, tmp_path, method)


def assert_same_runs(one, other):
    for name in ("history", "predictions"):
        read = {"history": pd.read_csv, "predictions": pd.read_parquet}[name]
        tables = [read(getattr(folder, name)).drop(columns="seconds", errors="ignore") for folder in (one, other)]
        pd.testing.assert_frame_equal(*tables, check_exact=True)
    for name in ("snapshots", "model"):
        arrays = [np.load(getattr(folder, name)) for folder in (one, other)]
        assert arrays[0].files == arrays[1].files
        for key in set(arrays[0].files) - {"header"}:
            np.testing.assert_array_equal(arrays[0][key], arrays[1][key], err_msg=key)
