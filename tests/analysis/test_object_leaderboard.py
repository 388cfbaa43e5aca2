"""Ranks and leads on sets of objects, against hand-computed ones; nothing that failed is hidden."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datagen.errors import InputError
from ssrvae.analysis.object_leaderboard import accuracy_ranks, leads, object_leaderboard, own_models, write_leaderboard
from ssrvae.analysis.tables import collected_plan
from ssrvae.cli import main
from ssrvae.study.result_files import ResultFiles

OWN = ["exemplar", "marginal"]
SCORES = {
    ("cells", "exemplar"): [0.7, 0.8, 0.9],
    ("cells", "marginal"): [0.65, 0.65, 0.65],
    ("cells", "cnn"): [0.5, 0.5, 0.8],
    ("cells", "moments"): [0.4, 0.4, 0.4],
    ("animals", "exemplar"): [0.5, 0.5, 0.5],
    ("animals", "marginal"): [np.nan] * 3,
    ("animals", "cnn"): [0.4, 0.6, np.nan],
    ("animals", "moments"): [0.6, 0.6, 0.6],
}
FEW_IMAGES = {part: {"per_class": 5} for part in ("labelled", "unlabelled", "test")}
STUDY = {
    "study": "tiny",
    "seeds": [0, 1, 2],
    "datasets": {name: {"data": {"kind": "digits", **FEW_IMAGES}} for name in ("cells", "animals")},
    "methods": {
        "exemplar": {"estimator": "ssrvae.ExemplarClassifier"},
        "marginal": {"estimator": "ssrvae.MarginalPoseClassifier"},
        "cnn": {"estimator": "ssrvae.AugmentedClassifier", "use": "labelled"},
        "moments": {"estimator": "ssrvae.MomentsClassifier"},
    },
}


def rows() -> pd.DataFrame:
    found = [
        {"dataset": dataset, "method": method, "seed": seed, "metric": "balanced_accuracy", "value": value, "n": 1000}
        for (dataset, method), values in SCORES.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(found).assign(seconds=2.0, tested_half=None)


def confusion() -> pd.DataFrame:
    classes = pd.DataFrame({"true": ["a", "b"], "predicted": ["a", "b"], "n": [500, 500], "fraction": [0.5, 0.5]})
    return rows()[["dataset", "method", "seed"]].merge(classes, how="cross")


def test_the_projects_models_are_told_from_its_baselines():
    assert own_models(STUDY["methods"]) == OWN


def test_methods_are_ranked_on_each_data_set_and_one_that_failed_is_a_row_of_the_last_rank():
    table = accuracy_ranks(rows(), confusion()).set_index(["dataset", "method"])
    ranks = table["rank"].unstack()
    assert ranks.loc["cells"].to_dict() == {"exemplar": 1, "marginal": 2, "cnn": 3, "moments": 4}
    assert ranks.loc["animals"].to_dict() == {
        "moments": 1,
        "exemplar": 2.5,
        "cnn": 2.5,
        "marginal": 4,
    }
    failed = table.loc[("animals", "marginal")]
    assert np.isnan(failed["accuracy"])
    assert failed["missing"] == 3


def test_the_lead_is_of_the_best_own_model_over_the_best_other_method_of_each_data_set():
    table = leads(rows(), OWN).set_index("dataset")
    cells, animals = table.loc["cells"], table.loc["animals"]
    assert (cells["own"], cells["other"], cells["seeds"]) == ("exemplar", "cnn", 3)
    # Differences .2, .3, .1: Student's t of 2 degrees of freedom, 4.303 * .1 / sqrt(3).
    assert (cells["lead"], cells["low"], cells["high"]) == pytest.approx((0.2, 0.2 - 0.24841, 0.2 + 0.24841), abs=1e-4)
    assert (animals["own"], animals["other"], animals["lead"]) == ("exemplar", "moments", pytest.approx(-0.1))
    assert np.isnan(animals["low"])  # alike in every seed


def test_the_markdown_shows_ranks_failures_and_leads_that_are_post_hoc():
    lines = object_leaderboard(rows(), confusion(), OWN).splitlines()
    assert lines[0] == "| method | cells | animals | mean rank | seconds a fit |"
    methods = {line.split(" | ")[0]: line for line in lines[2:6]}
    assert next(iter(methods)) == "| exemplars"
    assert methods["| exemplars"].endswith("| 1.8 | 2 |")
    assert "failed (3) | 3.0 |" in methods["| marginal pose"]
    assert "1 failed" in methods["| CNN, augmented"]
    assert "post hoc" in lines[7]
    assert lines[9].startswith("| cells | exemplars 0.800 [")
    assert lines[9].endswith("| +0.200 [-0.048, +0.448] |")
    assert lines[10].endswith("| -0.100 in every seed |")


def written(folder: Path, study: dict) -> ResultFiles:
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / "manifest.json").write_text(json.dumps({"config": study}))
    rows().drop(columns="tested_half").to_csv(folder / "tables" / "accuracy.csv", index=False)
    confusion().to_csv(folder / "tables" / "confusion.csv", index=False)
    return ResultFiles(collected_plan(folder), folder)


def test_a_study_is_ranked_from_the_command_line(tmp_path, capsys):
    written(tmp_path, STUDY)
    assert main(["leaderboard", "--results", str(tmp_path)]) == 0
    told = (tmp_path / "tables" / "leaderboard.md").read_text()
    assert told == object_leaderboard(rows(), confusion(), OWN)
    assert capsys.readouterr().out == told + "\n"
    assert len(pd.read_csv(tmp_path / "tables" / "leaderboard.csv")) == len(SCORES)
    assert pd.read_csv(tmp_path / "tables" / "leads.csv")["dataset"].tolist() == ["cells", "animals"]


def test_a_study_without_sets_has_nothing_to_rank(study, tmp_path):
    with pytest.raises(InputError, match="study tiny has no `datasets`"):
        write_leaderboard(written(tmp_path, study), tmp_path)
