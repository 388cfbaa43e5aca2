"""Costs: recorded, and used to foretell a plan's time."""

import json

import pytest

from ssrvae.study import costs
from ssrvae.study.config import check_config
from ssrvae.study.costs import RecordedCosts, TimeLeft, planned_jobs, summarise, write_cost
from ssrvae.study.plan import make_plan

HEADER = "dataset,method,seed,stage,seconds,peak_mb\n"


@pytest.fixture
def plan(study, tmp_path, monkeypatch):
    monkeypatch.setattr(costs, "SHIPPED_COSTS", tmp_path / "shipped.csv")
    return make_plan(check_config(study | {"results": str(tmp_path)}))


def test_a_job_is_expected_to_take_as_long_as_before(tmp_path):
    (tmp_path / "cost.csv").write_text(HEADER + "a,tree,0,fit,10,1\na,tree,1,fit,20,1\nb,tree,0,fit,40,1\n")
    recorded = RecordedCosts([tmp_path / "cost.csv"])
    assert recorded.estimate(("fit", "a", "tree")) == 15
    assert recorded.estimate(("fit", "new", "tree")) == (15 + 40) / 2
    assert recorded.estimate(("fit", "new", "forest")) == (15 + 40) / 2
    assert recorded.estimate(("stress", "a", "tree")) is None


def test_a_results_folders_own_costs_count_more_than_the_shipped_ones(tmp_path):
    (tmp_path / "shipped.csv").write_text(HEADER + "a,tree,0,fit,10,1\nb,tree,0,fit,5,1\n")
    (tmp_path / "own.csv").write_text(HEADER + "a,tree,0,fit,99,1\n")
    recorded = RecordedCosts([tmp_path / "shipped.csv", tmp_path / "own.csv", tmp_path / "absent.csv"])
    assert recorded.estimate(("fit", "a", "tree")) == 99
    assert recorded.estimate(("fit", "b", "tree")) == 5


def test_a_summary_counts_jobs_and_foretells_what_is_left(plan, tmp_path):
    (tmp_path / "shipped.csv").write_text(
        HEADER + "rotation_15,,0,data,10,1\nrotation_15,tree,0,fit,100,1\nnoise,tree,0,stress,30,1\n"
    )
    text = summarise(plan, lambda result: True)
    assert "2 data sets, 4 runs, 1 stress grids; 7 of 7 jobs left, about 8 min on one core" in text
    assert "0 of 7 jobs left, about 0 s" in summarise(plan, lambda result: False)
    only_grid = summarise(plan, lambda result: "/stress/" in result)
    assert "1 of 7 jobs left, about 30 s on one core" in only_grid


def test_without_records_the_length_is_unknown(plan):
    assert "7 of 7 jobs left, of unknown length" in summarise(plan, lambda result: True)


def test_every_job_has_its_own_result(plan):
    results = [result for _, result in planned_jobs(plan)]
    assert len(set(results)) == len(results) == 7


def test_a_job_writes_what_it_cost(tmp_path):
    write_cost(tmp_path / "costs" / "seed0.json")
    cost = json.loads((tmp_path / "costs" / "seed0.json").read_text())
    assert cost["seconds"] > 0
    assert 10 < cost["peak_mb"] < 100_000


def test_the_time_left_is_the_work_left_at_the_speed_so_far(tmp_path):
    table = tmp_path / "cost.csv"
    table.write_text("dataset,method,seed,stage,seconds,peak_mb\na,tree,0,fit,100,1\n")
    now = [0.0]
    left = TimeLeft(RecordedCosts([table]), clock=lambda: now[0])
    job = ("fit", "a", "tree")
    left.start([job] * 40, cores=2)
    assert left.seconds([]) == 40 * 100 / 2
    for _ in range(20):
        left.end(job)
    now[0] = 20 * 100 / 2
    assert left.seconds([]) == pytest.approx(20 * 100 / 2)
    now[0] = 4 * 20 * 100 / 2
    assert left.seconds([]) == pytest.approx(4 * 20 * 100 / 2, rel=0.05)
    assert left.seconds([(job, now[0] - 50), (job, 0.0)]) < left.seconds([(job, now[0] - 50)]) < left.seconds([])
