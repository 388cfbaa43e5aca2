"""The benchmark's pure parts: rows and ratios, slopes, counts of operations, and what limits a computation."""

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.apart import Measured
from benchmarks.limits import operations_table
from benchmarks.lines import TINY, lines
from benchmarks.operations import LARGE_BYTES, Operations, Rates, coordinate_decoder_gflop, count, limited_by
from benchmarks.slopes import fitted_slope, slopes_table
from benchmarks.table import Job, Line, ratio, row

OURS, STEP, LABELLED = Job("ours:fit", 2), Job("peer:step", 2), Job("peer:labelled", 2)
LINE = Line("fit", OURS, {STEP: 100, LABELLED: 10}, "a note")


def measured(*seconds, peak_mb=1.0, facts=None):
    return Measured(seconds, peak_mb, facts or {})


def test_a_row_sums_the_peers_jobs_as_often_as_they_would_be_done():
    found = {OURS: measured(5, 4, 9, peak_mb=10), STEP: measured(2, 3, 1, peak_mb=40), LABELLED: measured(0.5)}
    made = row(LINE, found)
    assert made["ours_s"] == 5
    assert made["peer_s"] == 100 * 2 + 10 * 0.5
    assert made["ratio"] == 205 / 5
    assert made["memory_ratio"] == 4
    assert made["extrapolated"] is True
    assert made["note"] == "a note"


def test_a_row_that_was_measured_whole_is_not_extrapolated():
    line = Line("step", OURS, {STEP: 1}, items=30)
    made = row(line, {OURS: measured(3.0, facts={"accuracy": 0.91}), STEP: measured(6.0)})
    assert made["extrapolated"] is False
    assert made["note"] == "accuracy 0.910; 10 a second, peer 5"


def test_a_row_of_jobs_tells_what_each_took():
    made = row(Line("own", OURS), {OURS: measured(6.0, facts={"jobs": 30, "nothing_s": 2.04})})
    assert made["note"] == "30 jobs, 0.20 s each; nothing left to do: 2.0 s"
    assert made["ratio"] is None


@pytest.mark.parametrize(("failing", "left"), [(OURS, "peer_s"), (LABELLED, "ours_s")])
def test_a_failed_job_is_named_and_leaves_the_other_side(failing, left):
    found = {OURS: measured(5), STEP: measured(2), LABELLED: measured(1)} | {failing: "no such thing"}
    made = row(LINE, found)
    assert made["ratio"] is None
    assert made[left] is not None
    assert {"ours_s": made["ours_s"], "peer_s": made["peer_s"]}[{"peer_s": "ours_s", "ours_s": "peer_s"}[left]] is None
    assert "failed: no such thing" in made["note"]


def test_a_ratio_needs_both_sides():
    assert ratio(6, 3) == 2
    assert ratio(None, 3) is ratio(6, None) is ratio(6, 0) is None


def test_every_line_names_a_work_that_exists():
    from pathlib import Path

    root = Path(__file__).parents[2]
    jobs = [job for line in lines(TINY, 2) for job in (line.ours, *line.peer)]
    assert len(jobs) > 20
    for job in jobs:
        module, function = job.work.split(":")
        assert f"def {function}(" in (root / f"{module.replace('.', '/')}.py").read_text()


@pytest.mark.parametrize("exponent", [0.0, 1.0, 1.7])
def test_the_slope_of_a_power_law_is_its_exponent(exponent):
    sizes = [10, 30, 100, 1000]
    assert fitted_slope(sizes, [3 * size**exponent for size in sizes]) == pytest.approx(exponent)


def test_a_slope_needs_two_sizes():
    assert np.isnan(fitted_slope([10, 10], [1, 2]))


def test_growth_hidden_under_a_fixed_cost_is_found_at_the_last_sizes():
    sizes = np.array([1, 10, 100, 1000])
    seconds = {"quadratic": 10_000 + sizes**2, "linear": 10 + sizes}
    table = pd.concat(
        pd.DataFrame({"axis": "images", "work": work, "threads": 1, "size": sizes, "seconds": cost, "peak_mb": 3.0})
        for work, cost in seconds.items()
    )
    found = slopes_table(table).set_index("work")
    assert found["slope"].max() < 1.15
    assert found["is_superlinear"].to_dict() == {"quadratic": True, "linear": False}
    assert found["memory_slope"].abs().max() == pytest.approx(0, abs=1e-9)


def test_the_products_of_a_coordinate_decoders_step_are_those_that_torch_counts():
    from ssrvae.models.geometry import upright
    from ssrvae.models.vae.decoders.coordinate import CoordinateDecoder

    decoder = CoordinateDecoder(8, 6, (16, 12))
    latents = torch.randn(5, 6, requires_grad=True)
    pose = upright((5,), like=latents)._replace(angle_rad=torch.randn(5, requires_grad=True))
    done = count(lambda: decoder(latents, pose).sum().backward())
    turning = 5 * 64 * 2 * 2 * 2 * 3 / 1e9  # a 2 x 2 matrix a row turns the grid, not the grid's fault
    expected = coordinate_decoder_gflop(5, 64, (16, 12), n_latents=6)
    assert expected <= done.gflop <= expected + turning
    tanh, cosines = 5 * 64 * (16 + 16 + 12), 5 * 2 * 2
    assert done.gtanh == pytest.approx((tanh + cosines) / 1e9)


def test_the_papers_step_takes_117_gflop():
    assert coordinate_decoder_gflop(4 * 64, 48 * 48, (128, 128)) == pytest.approx(117.3, abs=0.1)


def test_bytes_are_counted_of_tensors_too_large_for_the_cache_alone():
    large, small = torch.zeros(LARGE_BYTES // 4), torch.zeros(1000)
    assert count(lambda: large + 1).gbyte == pytest.approx(2 * LARGE_BYTES / 1e9)
    assert count(lambda: large.view(-1, 2)).gbyte == 0
    assert count(lambda: small + 1).gbyte == 0


@pytest.mark.parametrize(
    ("done", "seconds", "name"),
    [
        (Operations(100, 0, 1), 1.5, "arithmetic"),
        (Operations(1, 0, 20), 1.5, "memory"),
        (Operations(0, 1, 0), 1.5, "arithmetic"),
        (Operations(1, 0, 1), 1.5, "overhead"),
    ],
)
def test_what_limits_a_computation(done, seconds, name):
    assert limited_by(done, Rates(100, 1, 20), seconds) == name


def test_operations_are_listed_once_a_job_with_the_rate_of_their_precision():
    facts = {"gflop": 10.0, "gtanh": 0.0, "gbyte": 0.0}
    low = Job("works:bfloat16_step", 2)
    one_core = OURS._replace(threads=1)
    listed = [Line("a", OURS, {STEP: 1}), Line("b", low, {STEP: 1}), Line("c", LABELLED), Line("d", one_core)]
    found = {OURS: measured(1.0, facts=facts), STEP: measured(2.0, facts=facts), low: measured(1.0, facts=facts)}
    found |= {one_core: measured(1.0, facts=facts)}
    rates = {"gflop": 20.0, "bfloat16_gflop": 40.0, "gtanh": 1.0, "gbyte": 1.0}
    table = operations_table(listed, found | {LABELLED: measured(1.0)}, rates, threads=2)
    assert table[["work", "side", "gflop_per_s", "machine_gflop_per_s"]].to_numpy().tolist() == [
        ["a", "ours", 10, 20],
        ["a", "peer", 5, 20],
        ["b", "ours", 10, 40],
    ]
