"""The folder of one run, results/runs/<dataset>/<method>/seed<k>/: its files, written whole and read back."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datagen.errors import InputError
from ssrvae.base.files import write_csv, write_json, write_parquet, write_whole
from ssrvae.study.estimator_paths import import_estimator

if TYPE_CHECKING:
    import pandas as pd

OK, DIVERGED, ERROR = "ok", "diverged", "error"


@dataclass(frozen=True)
class RunFolder:
    """Names the files of a run."""

    path: Path

    @property
    def metrics(self) -> Path:
        """Status, scores, cost and provenance."""
        return self.path / "metrics.json"

    @property
    def predictions(self) -> Path:
        """One row a test image: index, true, predicted, and p_<class> where the method gives probabilities."""
        return self.path / "predictions.parquet"

    @property
    def history(self) -> Path:
        """One row an epoch; a header alone for a method without epochs."""
        return self.path / "history.csv"

    @property
    def snapshots(self) -> Path:
        """States of a VAE during training; without arrays for other methods."""
        return self.path / "snapshots.npz"

    @property
    def model(self) -> Path:
        """The fitted estimator; an empty file for a failed run."""
        return self.path / "model"

    @property
    def checkpoint(self) -> Path:
        """State of a training that was broken off; absent from a finished run."""
        return self.path / "checkpoint"

    def read_metrics(self) -> dict[str, Any]:
        """Read metrics.json; raises InputError when it is missing or damaged."""
        try:
            return json.loads(self.metrics.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.metrics}: is no readable run ({error}); run the fit again") from error

    def write_metrics(self, metrics: dict[str, Any]) -> None:
        """Write metrics.json; what is not a number (NaN) becomes null."""
        write_json(metrics, self.metrics)

    def write_predictions(self, table: "pd.DataFrame") -> None:
        """Write predictions.parquet."""
        write_parquet(table, self.predictions)

    def write_history(self, table: "pd.DataFrame") -> None:
        """Write history.csv."""
        write_csv(table, self.history)

    def save_model(self, estimator: Any | None) -> None:
        """Save an estimator by its own `save`, which needs no pickle, else by joblib; None leaves an empty file."""
        if estimator is None:
            write_whole(self.model, Path.touch)
        elif hasattr(estimator, "save"):
            write_whole(self.model, estimator.save)
        else:
            import joblib

            write_whole(self.model, lambda path: joblib.dump(estimator, path, compress=1))

    def load_model(self, estimator_path: str) -> Any:
        """Load the fitted estimator whose class is named by its import path; raises InputError for a damaged file.

        A joblib file is a pickle: load only runs that you made.
        """
        estimator_class = import_estimator(estimator_path)
        if hasattr(estimator_class, "save"):
            return estimator_class.load(self.model)
        import joblib

        try:
            return joblib.load(self.model)
        except Exception as error:
            raise InputError(f"{self.model}: is no readable model ({error}); run the fit again") from error
