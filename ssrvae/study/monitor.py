"""Watch a training from outside: test accuracy after each epoch, and pictures of the model at some of them.

Nothing seen here reaches the training. The watched images are test images: the numbers are for figures, never for
choosing an epoch.
"""

from typing import Any

import numpy as np

N_SNAPSHOTS = 20
N_ACCURACY_IMAGES = 1000
N_STYLE_IMAGES = 400
TRAVERSAL_STEPS = np.linspace(-2.0, 2.0, 7)


class TrainingMonitor:
    """Collects what `on_epoch` sees.

    images [n, pixels] and truth [n] are the test images; accuracy is taken on a fixed random 1000 of them, style on
    the first 400 of these. `accuracy` is by epoch; `history` is a copy of the estimator's history_, kept for a
    training that fails.
    """

    def __init__(self, images: np.ndarray, truth: np.ndarray, rng: np.random.Generator) -> None:
        chosen = rng.permutation(len(images))[:N_ACCURACY_IMAGES]
        self._images, self._truth = images[chosen], truth[chosen]
        self._predicted = np.empty(0, dtype=np.int64)
        self._snapshots: list[dict[str, np.ndarray]] = []
        self.accuracy: dict[int, float] = {}
        self.history: list[dict[str, float]] = []

    def on_epoch(self, estimator: Any, epoch: int) -> None:
        """Record the state after an epoch, counted from 1, and write one line to the log."""
        self._predicted = np.asarray(estimator.predict(self._images))
        self.accuracy[epoch] = float(np.mean(self._predicted == self._truth))
        self.history = list(estimator.history_)
        if epoch in _snapshot_epochs(estimator.epochs):
            self._take(estimator, epoch)
        print(
            f"epoch {epoch}, loss {self.history[-1]['loss']:.4g}, test accuracy {self.accuracy[epoch]:.3f}", flush=True
        )

    def state_dict(self) -> dict[str, Any]:
        """Give what was seen so far, for a checkpoint of the training."""
        import torch

        shots = [{name: torch.from_numpy(np.array(part)) for name, part in shot.items()} for shot in self._snapshots]
        predicted = torch.from_numpy(self._predicted)
        return {"accuracy": self.accuracy, "history": self.history, "predicted": predicted, "snapshots": shots}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.accuracy, self.history = state["accuracy"], state["history"]
        self._predicted = state["predicted"].numpy()
        self._snapshots = [{name: part.numpy() for name, part in shot.items()} for shot in state["snapshots"]]

    def finish(self, estimator: Any) -> dict[str, np.ndarray]:
        """Return the snapshots, the last epoch's included also when the training ended early.

        epoch [e]; accuracy [e]; traversal [e, classes, style variables, 7, side, side] uint8; style [e, m, style
        variables]; predicted [e, m]; truth [m]. Without an epoch there is no array.
        """
        if not self.accuracy:
            return {}
        last_epoch = max(self.accuracy)
        if not self._snapshots or self._snapshots[-1]["epoch"] != last_epoch:
            self._take(estimator, last_epoch)
        stacked = {key: np.stack([shot[key] for shot in self._snapshots]) for key in self._snapshots[0]}
        return stacked | {"truth": self._truth[:N_STYLE_IMAGES]}

    def _take(self, estimator: Any, epoch: int) -> None:
        self._snapshots.append(
            {
                "epoch": np.array(epoch),
                "accuracy": np.array(self.accuracy[epoch]),
                "traversal": style_traversals(estimator),
                "style": np.asarray(estimator.transform(self._images[:N_STYLE_IMAGES]), dtype=np.float32),
                "predicted": self._predicted[:N_STYLE_IMAGES],
            }
        )


def _snapshot_epochs(epochs: int) -> set[int]:
    """Spread the snapshots evenly over a training of so many epochs, the last among them."""
    return set(np.linspace(1, epochs, min(epochs, N_SNAPSHOTS)).round().astype(int).tolist())


def style_traversals(estimator: Any) -> np.ndarray:
    """Draw each class along each style variable from -2 to 2, the others 0, upright.

    Returns [classes, style variables, 7 steps, side, side] uint8.
    """
    n_classes, n_style, n_steps = len(estimator.classes_), estimator.n_style, len(TRAVERSAL_STEPS)
    style = np.zeros((n_classes, n_style, n_steps, n_style), dtype=np.float32)
    for variable in range(n_style):
        style[:, variable, :, variable] = TRAVERSAL_STEPS
    labels = np.repeat(estimator.classes_, n_style * n_steps)
    images = estimator.decode(style.reshape(-1, n_style), labels)
    pixels = np.round(np.clip(images, 0.0, 1.0) * 255).astype(np.uint8)
    return pixels.reshape(n_classes, n_style, n_steps, *pixels.shape[1:])
