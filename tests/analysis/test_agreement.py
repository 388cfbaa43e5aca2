"""Agreement with the paper: limiting cases, and the table against the digitised panels themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from datagen.errors import InputError
from ssrvae.analysis.agreement import (
    DATASET,
    METHOD,
    PANELS,
    REFERENCE,
    agreement_table,
    compare,
    paper_panel,
    point_confusions,
    shared_cells,
)
from ssrvae.base.files import write_csv
from ssrvae.study.config import load_config
from ssrvae.study.plan import make_plan
from ssrvae.study.result_files import ResultFiles

ROOT = Path(__file__).parents[2]
FIGURES = ("fig4a", "fig4b", "fig4e", "fig4f", "training")


def files_of(folder: Path, *seeds: int, **stanzas: object) -> ResultFiles:
    """Name the files of the smoke study, which has every grid that is compared, with these seeds and stanzas."""
    config = load_config(ROOT / "config" / "smoke.yaml") | {"seeds": list(seeds or [0])} | stanzas
    return ResultFiles(make_plan(config), folder)


@pytest.fixture
def paper_as_ours(tmp_path) -> Path:
    """Results that repeat the paper's numbers exactly."""
    (tmp_path / "tables").mkdir()
    run = {"method": METHOD, "seed": 0}
    grids = [
        paper_panel(figure, REFERENCE).assign(grid=panel.grid, metric="accuracy", **run)
        for figure, panel in PANELS.items()
    ]
    stress = pd.concat(grids).rename(columns={"accuracy": "value"})
    stress.to_csv(tmp_path / "tables" / "stress.csv", index=False)
    curve = pd.read_csv(REFERENCE / "paper" / "training_curve.csv").assign(dataset=DATASET, **run)
    curve.to_csv(tmp_path / "tables" / "history.csv", index=False)
    points = tmp_path / "stress" / "confusion" / METHOD
    points.mkdir(parents=True)
    confusion = pd.read_csv(REFERENCE / "paper" / "fig4b_confusion.csv")
    confusion.assign(shear_deg=15.0, rotation_deg=60.0).to_csv(points / "seed0.confusion.csv", index=False)
    return tmp_path


def statistic(table: pd.DataFrame, name: str) -> pd.Series:
    return table[table["statistic"] == name].set_index("figure")["value"]


def test_identical_panels_agree_perfectly(paper_as_ours):
    table = agreement_table(files_of(paper_as_ours), REFERENCE)
    assert sorted(table["figure"].unique()) == sorted(FIGURES)
    assert statistic(table, "spearman").to_numpy() == pytest.approx(np.ones(5))
    assert (statistic(table, "mean_absolute_difference") == 0).all()
    assert statistic(table, "cells").to_dict() == {
        "fig4a": 256, "fig4b": 16, "fig4e": 21, "fig4f": 121, "training": 100
    }  # fmt: skip


def test_the_papers_own_numbers_meet_its_claims(paper_as_ours):
    claims = agreement_table(files_of(paper_as_ours), REFERENCE).set_index("statistic")["value"]
    assert claims["accuracy_over_clean_at_sigma_0.3"] > 0.97
    assert 0.69 < claims["accuracy_at_sigma_1.0"] < 0.72
    assert claims["least_accuracy_over_clean_below_density_0.1_at_intensity_1"] > 0.9
    assert claims["final_accuracy_difference"] == 0


def test_a_reversed_panel_has_spearman_minus_one_and_a_constant_one_none():
    rising = np.linspace(0, 1, 9)
    assert compare(rising[::-1], rising)["spearman"] == pytest.approx(-1)
    assert np.isnan(compare(np.ones(9), rising)["spearman"])


def test_comparison_is_scipys_and_the_plain_mean():
    rng = np.random.default_rng(0)
    ours, paper = rng.random((2, 50))
    result = compare(ours, paper)
    assert result["spearman"] == pytest.approx(spearmanr(ours, paper).statistic)
    assert result["mean_absolute_difference"] == pytest.approx(sum(abs(ours - paper)) / 50)
    assert result["largest_absolute_difference"] == max(abs(ours - paper))


def test_rounded_levels_are_the_same_cell_and_other_levels_are_not():
    paper = pd.DataFrame({"noise_sigma": [0.0, 0.01413, 1.0], "accuracy": [0.9, 0.8, 0.7]})
    ours = pd.DataFrame({"noise_sigma": [0.0, 10**-1.85, 1.05], "accuracy": [0.95, 0.8, 0.7]})
    both = shared_cells(ours, paper, ["noise_sigma"], "accuracy")
    assert both["noise_sigma"].tolist() == [0.0, 0.01413]
    assert both["difference"].to_numpy() == pytest.approx([0.05, 0.0])


def test_runs_that_all_failed_give_rows_without_values(paper_as_ours):
    stress = pd.read_csv(paper_as_ours / "tables" / "stress.csv")
    stress.assign(value=np.nan).to_csv(paper_as_ours / "tables" / "stress.csv", index=False)
    table = agreement_table(files_of(paper_as_ours), REFERENCE)
    assert statistic(table, "cells")[["fig4a", "fig4e", "fig4f"]].eq(0).all()
    assert statistic(table, "spearman")[["fig4a", "fig4e", "fig4f"]].isna().all()


def test_grids_that_were_not_run_give_rows_without_values(paper_as_ours):
    columns = ["grid", "method", "seed", "metric", "value", "n"]
    pd.DataFrame(columns=columns).to_csv(paper_as_ours / "tables" / "stress.csv", index=False)
    (paper_as_ours / "stress" / "confusion" / METHOD / "seed0.confusion.csv").unlink()
    cells = statistic(agreement_table(files_of(paper_as_ours, stress={}), REFERENCE), "cells")
    assert cells.to_dict() == {"fig4a": 0, "fig4b": 0, "fig4e": 0, "fig4f": 0, "training": 100}


def test_a_longer_training_is_compared_epoch_by_epoch(paper_as_ours):
    table = paper_as_ours / "tables" / "history.csv"
    history = pd.read_csv(table)
    beyond = history.tail(1).assign(epoch=history["epoch"].max() + 1, test_accuracy=0.0)
    pd.concat([history, beyond]).to_csv(table, index=False)
    agreement = agreement_table(files_of(paper_as_ours), REFERENCE)
    assert statistic(agreement, "cells")["training"] == 100
    assert statistic(agreement, "largest_absolute_difference")["training"] == 0


def test_a_study_without_trainings_agrees_in_no_epoch(paper_as_ours):
    table = paper_as_ours / "tables" / "history.csv"
    pd.read_csv(table).head(0).to_csv(table, index=False)
    assert statistic(agreement_table(files_of(paper_as_ours), REFERENCE), "cells")["training"] == 0


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(InputError, match=r"stress\.csv: no such table"):
        agreement_table(files_of(tmp_path), REFERENCE)


def test_a_seed_that_left_the_study_is_averaged_no_more(paper_as_ours):
    points = paper_as_ours / "stress" / "confusion" / METHOD
    table = pd.read_csv(points / "seed0.confusion.csv")
    table.assign(fraction=1 - table["fraction"]).to_csv(points / "seed1.confusion.csv", index=False)
    both, left = (agreement_table(files_of(paper_as_ours, *seeds), REFERENCE) for seeds in ((0, 1), (0,)))
    assert statistic(both, "mean_absolute_difference")["fig4b"] > 0
    assert statistic(left, "mean_absolute_difference")["fig4b"] == 0


@pytest.mark.parametrize("names", [["1", "2", "3", "4"], ["01", "1", "None", "NA"]])
def test_classes_whose_names_look_like_numbers_or_missing_values_keep_them(names, paper_as_ours):
    points = paper_as_ours / "stress" / "confusion" / METHOD / "seed0.confusion.csv"
    table = pd.read_csv(points)
    renamed = dict(zip(table["true"].unique(), names, strict=True))
    write_csv(table.assign(**{column: table[column].map(renamed) for column in ("true", "predicted")}), points)
    files = files_of(paper_as_ours)
    assert point_confusions(files)["true"].unique().tolist() == names
    # None of the paper's classes has such a name, so there is nothing to compare.
    assert statistic(agreement_table(files, REFERENCE), "cells")["fig4b"] == 0


def test_a_planned_confusion_that_is_missing_is_named(paper_as_ours):
    with pytest.raises(InputError, match=r"seed1\.confusion\.csv"):
        agreement_table(files_of(paper_as_ours, 0, 1), REFERENCE)
