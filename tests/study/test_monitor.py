"""What is watched during training, with an estimator whose answers are known."""

import numpy as np
import pytest

from ssrvae.study.monitor import TrainingMonitor, style_traversals


class FakeVAE:
    """Classifies images by their first pixel; draws a class as a constant image brightened by its style."""

    n_style = 2
    classes_ = np.arange(3)

    def __init__(self, epochs):
        self.epochs = epochs
        self.history_ = []

    def train(self, monitor, stop_after=None):
        for epoch in range(1, (stop_after or self.epochs) + 1):
            self.history_.append({"epoch": epoch, "loss": 10.0 / epoch})
            monitor.on_epoch(self, epoch)

    def predict(self, images):
        return images[:, 0].astype(int)

    def transform(self, images):
        return images[:, :2]

    def decode(self, style, label):
        brightness = 0.2 * np.asarray(label) + 0.1 * style[:, 0] + 0.01 * style[:, 1]
        return np.broadcast_to(brightness[:, None, None], (len(style), 4, 4))


def monitor_of(n=1500):
    images = np.zeros((n, 16), dtype=np.float32)
    images[:, 0] = np.arange(n) % 3
    truth = images[:, 0].astype(int)
    images[::2, 0] = 0
    return TrainingMonitor(images, truth, np.random.default_rng(0)), images, truth


def test_twenty_snapshots_are_spread_over_a_long_training_the_last_epoch_included(capsys):
    monitor, _, _ = monitor_of()
    estimator = FakeVAE(epochs=100)
    estimator.train(monitor)
    shots = monitor.finish(estimator)
    assert len(shots["epoch"]) == 20
    assert (shots["epoch"][0], shots["epoch"][-1]) == (1, 100)
    assert np.diff(shots["epoch"]).max() <= 6
    assert len(capsys.readouterr().out.splitlines()) == 100


def test_a_training_that_stops_early_has_its_last_epoch():
    monitor, _, _ = monitor_of()
    estimator = FakeVAE(epochs=100)
    estimator.train(monitor, stop_after=13)
    assert monitor.finish(estimator)["epoch"][-1] == 13


def test_a_short_training_has_a_snapshot_every_epoch():
    monitor, _, _ = monitor_of()
    estimator = FakeVAE(epochs=3)
    estimator.train(monitor)
    assert monitor.finish(estimator)["epoch"].tolist() == [1, 2, 3]


def test_accuracy_is_that_of_a_fixed_thousand_test_images():
    monitor, images, truth = monitor_of()
    chosen = np.random.default_rng(0).permutation(1500)[:1000]
    estimator = FakeVAE(epochs=2)
    estimator.train(monitor)
    expected = np.mean(images[chosen, 0] == truth[chosen])
    assert monitor.accuracy == {1: expected, 2: expected}
    assert 0.4 < expected < 0.9


def test_snapshots_have_the_shapes_that_figures_read():
    monitor, _, _ = monitor_of()
    estimator = FakeVAE(epochs=2)
    estimator.train(monitor)
    shots = monitor.finish(estimator)
    assert shots["traversal"].shape == (2, 3, 2, 7, 4, 4)
    assert shots["traversal"].dtype == np.uint8
    assert shots["style"].shape == (2, 400, 2)
    assert shots["predicted"].shape == (2, 400)
    assert shots["truth"].shape == (400,)


def test_a_traversal_moves_one_style_variable_from_minus_two_to_two_in_each_class():
    drawn = style_traversals(FakeVAE(epochs=1))
    first = 0.4 + 0.1 * np.linspace(-2, 2, 7)
    second = 0.4 + 0.01 * np.linspace(-2, 2, 7)
    np.testing.assert_array_equal(drawn[2, 0, :, 0, 0], np.round(255 * first))
    np.testing.assert_array_equal(drawn[2, 1, :, 0, 0], np.round(255 * second))


def test_a_method_without_epochs_has_no_snapshots():
    monitor, _, _ = monitor_of()
    assert monitor.finish(object()) == {}


@pytest.mark.parametrize("decoder", ["warped", "harmonic"])
def test_watching_a_training_changes_nothing_in_it(decoder):
    from ssrvae import SSVAEClassifier

    rng = np.random.default_rng(0)
    images = rng.random((40, 64), dtype=np.float32)
    labels = np.where(np.arange(40) < 8, np.arange(40) % 3, -1)
    settings = {"epochs": 2, "hidden": [8], "batch_size": 8, "labelled_batch_size": 8, "decoder": decoder}
    alone = SSVAEClassifier(random_state=0, **settings).fit(images, labels)
    monitor = TrainingMonitor(images, labels, np.random.default_rng(0))
    watched = SSVAEClassifier(random_state=0, **settings).fit(images, labels, on_epoch=monitor.on_epoch)
    np.testing.assert_array_equal(alone.predict_proba(images), watched.predict_proba(images))
    assert len(monitor.finish(watched)["epoch"]) == 2
