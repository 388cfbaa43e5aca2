"""Which model is taken, and what is told of labels that were left out."""

import numpy as np
import pytest

from ssrvae.library import learning
from ssrvae.library.learning import Training, learn
from ssrvae.library.left_out_scores import left_out_scores, told_of_few
from ssrvae.library.settings import check_settings
from ssrvae.models.left_out import LeftOut

NAMES = ["disc", "rod", "star"]


def test_recalls_and_confusion_are_counted_and_a_lone_label_counts_nowhere():
    true, found = np.array([0, 0, 0, 0, 1, 1, 2]), np.array([0, 0, 0, 1, 1, 1, 0])
    told = left_out_scores(LeftOut(np.eye(3)[found], "each in turn"), true, NAMES).told()
    assert told["how"] == "each in turn"
    assert told["accuracy"]["value"] == pytest.approx(5 / 6, abs=1e-4)
    assert told["balanced_accuracy"]["value"] == pytest.approx((3 / 4 + 1) / 2)
    assert told["balanced_accuracy"]["low"] < 0.875 < told["balanced_accuracy"]["high"] <= 1
    assert {name: recall["value"] for name, recall in told["recall"].items()} == {"disc": 0.75, "rod": 1.0}
    assert told["confusion"] == {"disc": {"disc": 3, "rod": 1, "star": 0}, "rod": {"disc": 0, "rod": 2, "star": 0}}


def test_classes_with_few_labels_are_told():
    told = told_of_few(np.repeat([0, 1, 2], [5, 4, 1]), NAMES)
    assert [line.partition(":")[0] for line in told] == ["class 'rod'", "class 'star'"]
    assert "1 of its objects is labelled, too few" in told[1]


class Known:
    """Stands in for a model that knows a share of the labels when they are left out."""

    n_epochs = 1

    def __init__(self, name: str, share: float):
        self.name, self.share, self.fits = name, share, []

    def fit(self, images, codes, on_epoch=None):
        on_epoch(self, 1)
        self.fits.append(len(images))
        return self

    def left_out(self, images, codes):
        known = codes[codes >= 0]
        right = np.arange(len(known)) % 10 < 10 * self.share
        return LeftOut(np.eye(3)[np.where(right, known, (known + 1) % 3)], self.name)


@pytest.mark.parametrize(
    ("shares", "taken"), [((0.9, 0.5), "exemplar"), ((0.4, 0.8), "marginal"), ((1, 1), "exemplar")]
)
def test_auto_takes_the_model_that_knows_the_labels_best(monkeypatch, shares, taken):
    models = {name: Known(name, share) for name, share in zip(("exemplar", "marginal"), shares, strict=True)}
    monkeypatch.setattr(learning, "make_model", lambda name, _: models[name])
    training = Training(np.zeros((40, 8, 8)), np.where(np.arange(40) < 30, np.arange(40) // 10, -1), NAMES)
    learnt = learn(training, check_settings({"model": "auto"}, "settings"))
    assert learnt.settings.model == learnt.model.name == taken
    assert learnt.compared == pytest.approx(dict(zip(models, shares, strict=True)))
    assert {name: model.fits for name, model in models.items() if name != taken} == {
        name: [30] for name in models if name != taken
    }
    assert models[taken].fits == [30, 40]
    assert learnt.scores.how == taken


def test_one_label_a_class_has_no_scores(monkeypatch):
    monkeypatch.setattr(learning, "make_model", lambda *_: Known("exemplar", 1))
    training = Training(np.zeros((4, 8, 8)), np.array([0, 1, 2, -1]), NAMES)
    assert learn(training, check_settings({}, "settings")).scores is None
