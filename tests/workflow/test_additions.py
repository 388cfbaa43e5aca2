"""The recipes of ARCHITECTURE.md: a data kind, a stress factor, a baseline and a figure are one file each, and run."""

import json

import pandas as pd
import pytest

from tests.workflow.conftest import copied_project

STRIPES_METRICS = "results/runs/stripes/tree/seed0/metrics.json"
BASELINE_METRICS = "results/runs/cards/nearest_mean/seed0/metrics.json"
OFFSET_SCORES = "results/stress/offset/tree/seed0.csv"

STRIPES = '''
"""Stripes that lie or stand."""

import numpy as np

from datagen.contract import SPLITS, UNLABELLED
from datagen.data_kind import IMAGE_SIZE, DataKind
from datagen.dataset import Dataset
from datagen.key_schemas import key
from datagen.seeds import generator


def _generate(data, seeds, replicate, external):
    rng, side = generator(seeds, "stripes"), data["image_size"]
    split = np.repeat(SPLITS, 2 * data["per_class"])
    truth = np.tile([0, 1], len(split) // 2)
    lying = np.tile(np.arange(side) // data["stripe_px"] % 2, (side, 1)).T.astype(np.float32)
    images = np.where(truth[:, None, None] == 0, lying, lying.T) * rng.uniform(0.5, 1, (len(truth), 1, 1))
    labels = np.where(split == "labelled", truth, UNLABELLED)
    return Dataset(images.astype(np.float32), labels, truth, split, {}, ("lying", "standing"))


KIND = DataKind(
    summary="stripes that lie or stand",
    keys={
        "per_class": key("Number of images a class in each split.", type="integer", minimum=1),
        "stripe_px": key("Width of a stripe.", type="integer", minimum=1),
        "image_size": IMAGE_SIZE,
    },
    required=("per_class", "stripe_px"),
    generate=_generate,
)
'''
STRIPES_STUDY = """
study: stripes
data: {kind: stripes, per_class: 6, stripe_px: 2, image_size: 16}
sweeps: {width: {vary: {stripe_px: [2, 4]}}}
methods: {tree: {estimator: sklearn.tree.DecisionTreeClassifier, use: labelled}}
"""
STUDY = """
study: added
datasets:
  stripes: {data: {kind: stripes, per_class: 6, stripe_px: 2, image_size: 16}}
  cards:
    data: {kind: cards, image_size: 16, labelled: {per_class: 10}, unlabelled: {per_class: 4}, test: {per_class: 10}}
methods:
  nearest_mean: {estimator: nearest_mean.NearestMean, use: labelled}
  tree: {estimator: sklearn.tree.DecisionTreeClassifier, use: labelled}
stress: {offset: {dataset: cards, methods: [tree], axes: {grey_offset: [0.0, 0.9]}, per_class: 10}}
"""
GREY_OFFSET = '''
"""A grey value that is added to every pixel."""

from datagen.stress_factor import Axis, StressFactor
from datagen.values import is_real, require

FACTOR = StressFactor(
    axes=(
        Axis(
            name="grey_offset",
            title="Offset",
            unit="share of the grey range",
            description="Grey value that is added to every pixel.",
            check=lambda value: require(is_real(value) and abs(value) <= 1, "grey_offset", value, "-1..1"),
        ),
    ),
    corrupt=lambda images, cell, rng: images + cell["grey_offset"],
    order=3,
)
'''
NEAREST_MEAN = '''
"""The class whose mean image is nearest."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class NearestMean(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.means_ = np.stack([X[y == label].mean(axis=0) for label in self.classes_])
        return self

    def predict(self, X):
        return self.classes_[np.linalg.norm(X[:, None] - self.means_, axis=2).argmin(axis=1)]
'''
FIGURE = '''
"""Spread of accuracy."""

from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.registry import Figure


def draw_spread(study):
    accuracy = study.table("accuracy").query("metric == 'accuracy'")
    figure = new_figure(4, 3)
    figure.add_subplot().hist(accuracy["value"].dropna())
    return Still(figure, accuracy[["dataset", "method", "value"]])


FIGURES = (
    Figure(
        name="spread",
        draw=draw_spread,
        is_planned=lambda plan: len(plan.runs) > 1,
        inputs=lambda files: [files.table("accuracy")],
        caption="Spread of accuracy over all runs.",
    ),
)
'''


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    """A copy of the project with a data kind, a stress factor and a baseline of its own, that ran a study of them."""
    project = copied_project(tmp_path_factory.mktemp("added"))
    project.write("datagen/kinds/stripes.py", STRIPES)
    project.write("datagen/stress_factors/grey_offset.py", GREY_OFFSET)
    project.write("nearest_mean.py", NEAREST_MEAN)
    project.write("added.yaml", STUDY)
    targets = (STRIPES_METRICS, OFFSET_SCORES, BASELINE_METRICS)
    project.snakemake("--cores", "1", "--configfile", "added.yaml", "--", *targets)
    return project


def test_a_data_kind_is_one_file(added):
    assert json.loads((added.folder / STRIPES_METRICS).read_text())["accuracy"] == 1
    added.write("stripes.yaml", STRIPES_STUDY)
    assert "valid: 2 data sets" in added.ssrvae("validate", "stripes.yaml")
    added.write("cards.yaml", STRIPES_STUDY.replace("kind: stripes", "kind: cards"))
    assert "key 'per_class' belongs to kind stripes, not to kind cards" in added.ssrvae("validate", "cards.yaml")
    added.write("no_width.yaml", STRIPES_STUDY.replace("stripe_px: 2, ", ""))
    assert "data: key 'stripe_px' is missing" in added.ssrvae("validate", "no_width.yaml")


def test_a_stress_factor_is_one_file(added):
    rows = pd.read_csv(added.folder / OFFSET_SCORES).query("metric == 'accuracy'")
    assert rows["grey_offset"].tolist() == [0, 0.9]
    assert rows["value"].iloc[0] > rows["value"].iloc[1] == 0.25  # all pixels brighter than those of every card
    added.write("too_bright.yaml", STUDY.replace("[0.0, 0.9]", "[0.0, 1.9]"))
    assert "grey_offset: 1.9 is not allowed; expected -1..1" in added.ssrvae("validate", "too_bright.yaml")
    assert "Offset (share of the grey range)" in added.python(
        "from ssrvae.figures.drawing.style import AXIS_LABELS; print(AXIS_LABELS['grey_offset'])"
    )


def test_a_baseline_is_one_file(added):
    found = json.loads((added.folder / BASELINE_METRICS).read_text())
    assert found["estimator"] == "nearest_mean.NearestMean"
    assert found["accuracy"] > 0.5  # of four classes


def test_a_figure_is_one_file(finished):
    file = "ssrvae/figures/accuracy_spread.py"
    finished.write(file, FIGURE)
    try:
        assert finished.rerun_rules() == {"figure_spread"}
        assert "spread" in finished.ssrvae("figure").split()
        assert finished.ssrvae("figure", "spread", "--out", "by_hand/spread") == (
            "by_hand/spread.png, by_hand/spread.svg, by_hand/spread.csv\n"
        )
    finally:
        (finished.folder / file).unlink()
    drawn = {path.name: path for path in (finished.folder / "by_hand").iterdir()}
    assert set(drawn) == {"spread.png", "spread.svg", "spread.csv", "spread.rst"}
    assert drawn["spread.rst"].read_text() == "Spread of accuracy over all runs.\n"
