"""Generators of the CPU and of GPUs are as they were after our own random numbers; the GPUs here are pretended."""

import pytest
import torch

from ssrvae import VAE
from ssrvae.models.random_streams import random_stream, set_stream_state, stream_state
from ssrvae.models.vae.checkpoint import Checkpoint

GPU = torch.device("cuda", 1)


@pytest.fixture
def gpus(monkeypatch):
    """Two GPUs, whose generators are the CPU's kind: given by number, the current one is the first."""
    generators = [torch.Generator().manual_seed(seed) for seed in (5, 6)]
    chosen = [0]

    class Chosen:
        def __init__(self, index):
            self.index = index

        def __enter__(self):
            self.before, chosen[0] = chosen[0], self.index

        def __exit__(self, *_):
            chosen[0] = self.before

    pretended = {
        "current_device": lambda: chosen[0],
        "device": Chosen,
        "get_rng_state": lambda index: generators[index].get_state(),
        "set_rng_state": lambda state, index: generators[index].set_state(state),
        "manual_seed": lambda seed: generators[chosen[0]].manual_seed(seed),
        "manual_seed_all": lambda seed: [generator.manual_seed(seed) for generator in generators],
    }
    for name, function in pretended.items():
        monkeypatch.setattr(torch.cuda, name, function)
    monkeypatch.setattr(torch.cuda, "_is_in_bad_fork", lambda: False)
    return generators


def draw(generator):
    return torch.rand(2, generator=generator).tolist()


def test_a_gpu_draws_from_the_seed_within_and_goes_on_as_before_after(gpus):
    states = [generator.get_state() for generator in gpus]
    drawn = []
    for _ in range(2):
        with random_stream(GPU, seed=3):
            drawn.append([draw(gpus[1]), draw(None)])
    assert drawn[0] == drawn[1]
    assert drawn[0][0] == draw(torch.Generator().manual_seed(3))
    for state, generator in zip(states, gpus, strict=True):
        assert torch.equal(generator.get_state(), state)


def test_the_current_gpu_is_meant_where_no_number_is_given(gpus):
    with random_stream(torch.device("cuda"), seed=3):
        assert draw(gpus[0]) == draw(torch.Generator().manual_seed(3))


@pytest.mark.parametrize("seed", [None, 3])
def test_on_the_cpu_no_gpu_is_touched_at_all(monkeypatch, seed):
    def refuse(*_):
        raise AssertionError("a GPU was touched")

    for name in ("current_device", "get_rng_state", "set_rng_state", "manual_seed", "manual_seed_all"):
        monkeypatch.setattr(torch.cuda, name, refuse)
    before = torch.get_rng_state()
    with random_stream(torch.device("cpu"), seed):
        torch.rand(1)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_cpu_draws_what_torch_draws_from_a_seed():
    with random_stream(torch.device("cpu"), seed=3):
        found = torch.rand(3)
    assert found.tolist() == torch.rand(3, generator=torch.Generator().manual_seed(3)).tolist()


def test_a_state_that_was_read_is_gone_on_from(gpus):
    state = stream_state(GPU)
    assert state.keys() == {"cpu", "cuda"}
    expected = [draw(None), draw(gpus[1])]
    set_stream_state(state, GPU)
    assert [draw(None), draw(gpus[1])] == expected


def test_a_checkpoint_keeps_the_state_of_the_gpu_and_is_of_no_use_to_the_cpu(gpus, tmp_path):
    checkpoint = Checkpoint(tmp_path / "state", 1, "a fit")
    checkpoint.save([{"epoch": 1}], GPU)
    expected = [draw(None), draw(gpus[1])]
    assert checkpoint.restore(GPU) == [{"epoch": 1}]
    assert [draw(None), draw(gpus[1])] == expected
    assert checkpoint.restore(torch.device("cpu")) == []


def test_fitting_sampling_and_watching_leave_a_users_gpus_alone(gpus, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    states = [generator.get_state() for generator in gpus]
    images = torch.rand(6, 16, generator=torch.Generator().manual_seed(0)).numpy()
    seen = []
    model = VAE(hidden=(4,), epochs=1, random_state=0).fit(images, on_epoch=lambda *_: seen.append(torch.rand(1)))
    model.sample(2)
    assert len(seen) == 1
    for state, generator in zip(states, gpus, strict=True):
        assert torch.equal(generator.get_state(), state)
