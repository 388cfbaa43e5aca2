"""Rates, ramps and temperatures against their ends and their shape."""

from dataclasses import replace

import numpy as np
import pytest

from ssrvae.models.vae.schedule import WARM_UP_SHARE, Schedule

PLAIN = Schedule(
    epochs=10,
    batch_size=8,
    learning_rate=1e-3,
    learning_rate_schedule="one_cycle",
    gradient_clip=1.0,
    classifier_weight_decay=0.0,
    kl_weight=2.0,
    kl_weight_start=1.0,
    kl_ramp_epochs=4,
    class_temperature=21.0,
    annealed_share=0.5,
)


def test_the_rate_rises_once_and_falls_to_nothing():
    rates = np.array([PLAIN.rate_at(share) for share in np.linspace(0, 1, 101)])
    peak = rates.argmax()
    assert peak == round(100 * WARM_UP_SHARE)
    assert rates[peak] == pytest.approx(1.0)
    assert (np.diff(rates[: peak + 1]) > 0).all()
    assert (np.diff(rates[peak:]) < 0).all()
    assert rates[0] > 0
    assert rates[-1] == pytest.approx(0.0, abs=1e-12)


def test_a_constant_rate_stays():
    constant = replace(PLAIN, learning_rate_schedule="constant")
    assert {constant.rate_at(share) for share in (0.0, 0.3, 0.99)} == {1.0}


def test_the_kl_weight_ramps_linearly_and_stays():
    assert [PLAIN.kl_weight_at(epoch) for epoch in (0, 1, 2, 4, 9)] == [1.0, 1.25, 1.5, 2.0, 2.0]


def test_without_a_ramp_the_kl_weight_is_the_final_one():
    assert replace(PLAIN, kl_ramp_epochs=0).kl_weight_at(0) == 2.0


def test_the_class_temperature_falls_linearly_to_one():
    assert [PLAIN.temperature_at(share) for share in (0.0, 0.25, 0.5, 1.0)] == [21.0, 11.0, 1.0, 1.0]
