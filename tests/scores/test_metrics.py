"""Scores against hand-computed cases and their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from datagen.errors import InputError
from ssrvae.scores import metrics

TRUE = np.array([0, 0, 0, 1, 1, 2])
PREDICTED = np.array([0, 0, 1, 1, 1, 0])
NAMES = ("clubs", "spades", "hearts")


def test_accuracy_is_the_share_of_hits():
    assert metrics.accuracy(TRUE, PREDICTED) == pytest.approx(4 / 6)


def test_recalls_are_the_diagonal_of_the_confusion():
    fractions = metrics.confusion_fractions(TRUE, PREDICTED, 3)
    np.testing.assert_allclose(fractions, [[2 / 3, 1 / 3, 0], [0, 1, 0], [1, 0, 0]])
    np.testing.assert_allclose(metrics.recall_per_class(TRUE, PREDICTED, 3), np.diag(fractions))


def test_balanced_accuracy_is_scikit_learns_and_leaves_out_absent_classes():
    expected = balanced_accuracy_score(TRUE, PREDICTED)
    assert metrics.balanced_accuracy(TRUE, PREDICTED, 3) == pytest.approx(expected)
    assert metrics.balanced_accuracy(TRUE, PREDICTED, 4) == pytest.approx(expected)


def test_a_class_without_images_has_no_fractions():
    assert np.isnan(metrics.confusion_fractions(TRUE, PREDICTED, 4)[3]).all()


def test_confusion_rows_name_the_classes_and_count_the_true_images():
    table = metrics.confusion_table(TRUE, PREDICTED, NAMES)
    assert list(table.columns) == ["true", "predicted", "fraction", "n"]
    assert len(table) == 9
    row = table.query("true == 'clubs' and predicted == 'spades'").iloc[0]
    assert (row["fraction"], row["n"]) == (pytest.approx(1 / 3), 3)


def test_log_loss_of_uniform_probabilities_is_log_of_the_number_of_classes():
    assert metrics.log_loss(TRUE, np.full((6, 4), 0.25)) == pytest.approx(np.log(4))


@pytest.mark.filterwarnings("error")
def test_log_loss_takes_single_precision_probabilities_without_complaint():
    logits = np.random.default_rng(0).normal(size=(500, 4))
    exact = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    true = np.arange(500) % 4
    expected = -np.log(exact[np.arange(500), true]).mean()
    single = (exact * (1 + 1e-6)).astype(np.float32)
    assert metrics.log_loss(true, single) == pytest.approx(expected, rel=1e-6)


def test_all_scores_come_together_with_a_recall_a_class():
    scores = metrics.classification_metrics(TRUE, PREDICTED, np.eye(3)[PREDICTED], NAMES)
    recalls = [f"recall_{name}" for name in NAMES]
    assert list(scores) == ["accuracy", "balanced_accuracy", "log_loss", "ece", *recalls]
    assert scores["recall_hearts"] == 0


def test_a_method_without_probabilities_has_no_calibration():
    scores = metrics.classification_metrics(TRUE, PREDICTED, None, NAMES)
    assert np.isnan(scores["log_loss"])
    assert np.isnan(scores["ece"])


@pytest.mark.parametrize(
    ("true", "predicted", "message"),
    [
        ([], [], "true classes: got no images"),
        ([-1, 0], [0, 0], r"true classes: got values -1\.\.0; allowed are 0\.\.2"),
        ([0, 0], [0, 3], r"predicted classes: got values 0\.\.3"),
    ],
)
def test_classes_out_of_range_are_refused(true, predicted, message):
    with pytest.raises(InputError, match=message):
        metrics.classification_metrics(true, predicted, None, NAMES)
