"""Fitted estimators as one `.npz` file: a JSON header and the weights, never a pickle."""

import copy
import io
import json
import zipfile
from pathlib import Path
from typing import Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

import ssrvae
from ssrvae.base.errors import InputError
from ssrvae.base.files import write_whole

FORMAT = "ssrvae-estimator-1"
WEIGHT = "weight/"


class StoredEstimator(BaseEstimator):
    """Base of the estimators, that are saved and loaded without pickles.

    `model_` is the fitted network, which `_build` makes anew from the parameters.
    """

    model_: torch.nn.Module
    classes_: np.ndarray
    history_: list[dict[str, float]]
    n_features_in_: int

    def save(self, path: str | Path) -> None:
        """Write parameters, weights and history to one file, without pickles."""
        check_is_fitted(self)
        save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read an estimator written by `save`. Raises InputError for a corrupt file or one of another class."""
        estimator = load(path)
        if not isinstance(estimator, cls):
            raise InputError(f"{path} holds a {type(estimator).__name__}, not a {cls.__name__}")
        return estimator

    def _build(self, n_pixels: int, n_classes: int) -> torch.nn.Module:
        raise NotImplementedError


def save(estimator: StoredEstimator, path: str | Path) -> None:
    """Write a fitted estimator; the file appears whole or not at all."""
    header = {
        "format": FORMAT,
        "class": type(estimator).__name__,
        "params": _plain(estimator.get_params(deep=False)),
        "n_features_in": estimator.n_features_in_,
        "history": estimator.history_,
    }
    arrays = {WEIGHT + name: value.cpu().numpy() for name, value in estimator.model_.state_dict().items()}
    if hasattr(estimator, "classes_"):
        arrays["classes"] = np.asarray(estimator.classes_.tolist())
    buffer = io.BytesIO()
    np.savez(buffer, header=np.array(json.dumps(header)), **arrays)
    write_whole(Path(path), lambda part: part.write_bytes(buffer.getvalue()))


def load(path: str | Path) -> StoredEstimator:
    """Read an estimator written by `save`; one of device "cuda" becomes one of "cpu" on a machine that offers no cuda.

    Raises InputError when the file is missing, is not such a file, or is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            header = json.loads(str(file["header"]))
            arrays = {name: file[name] for name in file.files if name != "header"}
        if header["format"] != FORMAT:
            raise InputError(f"{path}: format {header['format']!r}, this version reads {FORMAT!r}")
        return _rebuild(header, arrays)
    except InputError:
        raise
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is no readable model file ({error}); fit and save the model again") from error


def export_classifier(classifier: torch.nn.Module, n_pixels: int, path: str | Path) -> None:
    """Write a network that gives logits as ONNX: float32 `images` [n, pixels] to `probabilities` [n, classes]."""
    network = torch.nn.Sequential(copy.deepcopy(classifier).cpu(), torch.nn.Softmax(dim=-1)).eval()

    def export(part: Path) -> None:
        torch.onnx.export(
            network,
            (torch.zeros(2, n_pixels),),
            part,
            input_names=["images"],
            output_names=["probabilities"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            external_data=False,
            verbose=False,
        )

    write_whole(Path(path), export)


def _rebuild(header: dict, arrays: dict[str, np.ndarray]) -> StoredEstimator:
    estimator_class = getattr(ssrvae, header["class"])
    params = header["params"]
    if params.get("device") == "cuda" and not torch.cuda.is_available():
        params["device"] = "cpu"
    estimator = estimator_class(**params)
    estimator.n_features_in_ = header["n_features_in"]
    estimator.history_ = header["history"]
    if "classes" in arrays:
        estimator.classes_ = arrays["classes"]
    estimator.model_ = estimator._build(estimator.n_features_in_, len(arrays.get("classes", ())))
    weights = {name[len(WEIGHT) :]: torch.from_numpy(v) for name, v in arrays.items() if name.startswith(WEIGHT)}
    estimator.model_.load_state_dict(weights)
    return estimator


def _plain(params: dict) -> dict:
    """Make parameters JSON: a random generator object cannot be kept, its seed can."""
    seed = params.get("random_state")
    kept = seed if isinstance(seed, int | np.integer) else None
    return {**params, "random_state": None if kept is None else int(kept)}
