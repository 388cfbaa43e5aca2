"""One rule of unlabelled images for every classifier: -1, as a number or as a text, in fits and in scores."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.semi_supervised import LabelSpreading

from datagen.errors import InputError
from ssrvae import (
    AreaClassifier,
    labelled_scorer,
)
from ssrvae.models.marginal import training as marginal_training
from tests.models.quick_estimators import ESTIMATORS

CLASSIFIERS = {name: estimator for name, estimator in ESTIMATORS.items() if name != "vae"}
SIDE = 8
LABELS = np.tile([0, 1, 1, -1, -1, -1], 8)
TRUTH = np.tile([0, 1, 1], 16)
WORDS = np.array(["disk", "rod", -1])  # of which NumPy makes three texts


@pytest.fixture(scope="module")
def images():
    """Squares of 4 px, and bars of 12 px of class 1, on a dark background: [n, pixels]."""
    drawn = 0.04 * np.random.default_rng(0).random((len(TRUTH), SIDE, SIDE), dtype=np.float32)
    drawn[TRUTH == 0, 3:5, 3:5] = 0.9
    drawn[TRUTH == 1, 1:7, 3:5] = 0.9
    return drawn.reshape(len(drawn), -1)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    monkeypatch.setattr(marginal_training, "STEPS_PER_EPOCH", 1)


OTHER_LABELS = {
    "texts": WORDS[LABELS],
    "a list of texts and -1": [-1 if label < 0 else str(WORDS[label]) for label in LABELS],
    "objects, texts and -1": np.array([-1 if label < 0 else str(WORDS[label]) for label in LABELS], dtype=object),
    "texts of real numbers": np.array([-1.0 if label < 0 else str(WORDS[label]) for label in LABELS], dtype=object)
    .astype(str)
    .tolist(),
    "a column of pandas": pd.Series([-1 if label < 0 else str(WORDS[label]) for label in LABELS], index=LABELS),
}


@pytest.mark.parametrize("kind", OTHER_LABELS)
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_minus_one_marks_unlabelled_images_among_texts_as_among_numbers(name, kind, images):
    numbered = clone(CLASSIFIERS[name]).fit(images, LABELS)
    named = clone(CLASSIFIERS[name]).fit(images, OTHER_LABELS[kind])
    assert named.classes_.tolist() == ["disk", "rod"]
    np.testing.assert_array_equal(named.predict_proba(images), numbered.predict_proba(images))
    assert named.score(images, OTHER_LABELS[kind]) == numbered.score(images, LABELS)


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("labels", [[0, "rod", -1], [None, "rod", -1]], ids=["number and text", "None and text"])
def test_classes_of_several_types_are_refused(name, labels, images):
    with pytest.raises(InputError, match="y mixes types of label; give classes all as integers or all as texts"):
        clone(CLASSIFIERS[name]).fit(images, np.array(labels * 16, dtype=object))


@pytest.mark.parametrize("labels", [LABELS, torch.tensor(LABELS)], ids=["array", "tensor"])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_score_leaves_out_unlabelled_images(name, labels, images):
    model = clone(CLASSIFIERS[name]).fit(images, labels)
    known = LABELS >= 0
    expected = (model.predict(images) == LABELS)[known].mean()
    assert model.score(images, labels) == pytest.approx(expected)
    assert model.score(images, labels, np.where(TRUTH == 0, 1.0, 0.0)) == pytest.approx(
        (model.predict(images) == 0)[known & (TRUTH == 0)].mean()
    )
    assert labelled_scorer()(model, images, labels) == pytest.approx(expected)


def test_a_score_of_no_label_is_refused(images):
    model = AreaClassifier().fit(images, LABELS)
    for score in (model.score, lambda *of: labelled_scorer("balanced_accuracy")(model, *of)):
        with pytest.raises(InputError, match="y holds no label: every entry is -1"):
            score(images[:3], [-1, -1, -1])


@pytest.mark.parametrize("labels", [LABELS, WORDS[LABELS]], ids=["numbers", "texts"])
def test_a_search_with_unlabelled_images_finds_the_best_parameter(labels, images):
    search = GridSearchCV(AreaClassifier(), {"level": [0.95, 0.5]}, cv=3, error_score="raise")  # .95 sees no object
    assert search.fit(images, labels).best_params_ == {"level": 0.5}
    assert search.cv_results_["mean_test_score"][1] == 1
    assert search.cv_results_["mean_test_score"][0] == pytest.approx(1 / 3)


@pytest.mark.filterwarnings("ignore:X has feature names")
def test_any_score_can_be_that_of_labelled_images_of_any_estimator(images):
    scorer = pickle.loads(pickle.dumps(labelled_scorer("balanced_accuracy")))
    for model in (LabelSpreading(), AreaClassifier(level=0.95)):
        found = cross_val_score(model, images, LABELS, scoring=scorer, cv=3, error_score="raise")
        assert len(found) == 3
        fitted, known = clone(model).fit(images, LABELS), LABELS >= 0
        expected = balanced_accuracy_score(LABELS[known], fitted.predict(images[known]))
        assert scorer(fitted, images.tolist(), LABELS.tolist()) == pytest.approx(expected)
        assert scorer(fitted, pd.DataFrame(images), pd.Series(LABELS, index=LABELS)) == pytest.approx(expected)
    assert found.tolist() == [0.5] * 3  # the one that sees no object
