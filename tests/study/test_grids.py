"""Values of grids, and how they are written in names."""

import numpy as np
import pytest

from datagen.errors import InputError
from ssrvae.study.config import check_config
from ssrvae.study.grids import grid_values, value_text
from ssrvae.study.plan import make_plan


@pytest.mark.parametrize("ends", [(0, 30, 16), (0, 180, 16), (0, 0.5, 11), (-3, 7, 5)])
def test_linspace_is_numpys(ends):
    np.testing.assert_allclose(grid_values({"linspace": ends}, "key"), np.linspace(*ends), rtol=1e-9, atol=1e-12)


def test_logspace_takes_exponents_of_10_as_numpys():
    np.testing.assert_allclose(grid_values({"logspace": (-2, 1, 21)}, "key"), np.logspace(-2, 1, 21), rtol=1e-9)


def test_a_list_stays_as_it_is():
    assert grid_values([4, 0.5, "DejaVu Sans", [1.0, 1.3]], "key") == [4, 0.5, "DejaVu Sans", [1.0, 1.3]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (60, "60"),
        (60.0, "60"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "1e-07"),
        (1e9, "1e09"),
        (-5, "-5"),
        ([1.0, 1.3], "1-1.3"),
        ("DejaVu Sans", "DejaVu-Sans"),
        ("../a b", "a-b"),
        (True, "true"),
    ],
)
def test_a_value_is_written_the_same_however_it_was_computed(value, text):
    assert value_text(value) == text


@pytest.mark.parametrize("spec", [[60, 60.0], [0.1 + 0.2, 0.3], {"linspace": [1, 1, 3]}])
def test_values_with_one_name_are_refused(spec):
    with pytest.raises(InputError, match=r"stress\.a: .* twice"):
        grid_values(spec, "stress.a")


@pytest.mark.parametrize("spec", [[0.0, float("nan")], [0.0, float("inf")], {"logspace": [0, 400, 3]}])
def test_values_that_are_not_finite_are_refused(spec):
    with pytest.raises(InputError, match="not finite"):
        grid_values(spec, "stress.a")


def test_a_grid_too_fine_to_be_meant_is_refused_at_once():
    with pytest.raises(InputError, match=r"stress\.a: .* asks for 1000000000 values; at most 10000"):
        grid_values({"linspace": [0, 1, 1_000_000_000]}, "stress.a")


@pytest.mark.parametrize("section", ["sweeps", "stress"])
def test_keys_that_make_too_many_combinations_are_refused_at_once(study, section):
    fine = {"linspace": [0, 1, 5000]}
    if section == "sweeps":
        study["sweeps"]["rotation"]["vary"] = {"unlabelled.shift": fine, "test.shift": fine}
    else:
        study["stress"]["noise"]["axes"] = {"noise_sigma": fine, "shift": fine}
    with pytest.raises(InputError, match=rf"{section}\.\w+\.\w+: .* make 25000000 combinations; at most 10000"):
        make_plan(check_config(study))


def test_a_grid_of_more_cells_than_fit_into_a_command_is_refused(study):
    fine = {"linspace": [0, 1, 45]}
    study["stress"]["noise"]["axes"] = {"contamination_intensity": fine, "contamination_density": fine}
    with pytest.raises(
        InputError, match=r"stress\.noise: has 2025 cells, at most about 1\d{3} fit into a job's command"
    ):
        make_plan(check_config(study))
