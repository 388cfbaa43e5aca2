"""Fitted estimators as one `.npz` file: a JSON header, arrays and the networks' weights, never a pickle."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import nn

import ssrvae
from datagen.errors import InputError
from ssrvae.base.files import write_whole
from ssrvae.models.parameters import check_value
from ssrvae.models.whole_fit import WholeFitEstimator, fitted_attributes

FORMAT = "ssrvae-estimator-2"
_DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, RuntimeError, zipfile.BadZipFile)
"""What reading a file that is no model file, or a damaged one, can raise."""


class StoredEstimator(WholeFitEstimator):
    """Base of the estimators that are saved and loaded without pickles.

    Fitted attributes are networks, arrays, or plain values that JSON can hold.
    """

    classes_: np.ndarray
    history_: list[dict[str, float]]
    n_features_in_: int

    def build_networks(self, n_pixels: int, n_classes: int) -> dict[str, nn.Module]:
        """Build the networks, not yet fitted, for images of so many pixels: by the attributes that hold them."""
        raise NotImplementedError

    def save(self, path: str | Path) -> None:
        """Write parameters, and all that was fitted, to one file without pickles, which appears whole or not at all.

        A parameter that is an object of your own is left out; `load` asks for it.
        """
        check_is_fitted(self)
        fitted = fitted_attributes(self)
        networks = {name: value for name, value in fitted.items() if isinstance(value, nn.Module)}
        arrays = {name: value for name, value in fitted.items() if isinstance(value, np.ndarray)}
        params, objects = _plain(self.get_params(deep=False))
        header = {
            "format": FORMAT,
            "class": type(self).__name__,
            "params": params,
            "objects": objects,
            "fitted": {name: value for name, value in fitted.items() if name not in {*networks, *arrays}},
        }
        parts: dict[str, Any] = {name: _without_objects(value) for name, value in arrays.items()}
        for name, network in networks.items():
            parts |= {f"{name}/{key}": weights.cpu().numpy() for key, weights in network.state_dict().items()}
        buffer = io.BytesIO()
        np.savez(buffer, header=np.array(json.dumps(header)), **parts)
        write_whole(Path(path), lambda part: part.write_bytes(buffer.getvalue()))

    @classmethod
    def load(cls, path: str | Path, **objects: Any) -> Self:
        """Read an estimator written by `save`; one of device "cuda" becomes one of "cpu" on a machine without cuda.

        objects: parameters that were objects of your own, as `decoder=`. Raises InputError when the file is missing,
        damaged, of another format or class, or lacks an object.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                header = json.loads(str(file["header"]))
                if header["format"] != FORMAT:
                    raise InputError(
                        f"{path}: format {header['format']!r}, this version reads {FORMAT!r}; fit and save it again"
                    )
                arrays = {name: file[name] for name in file.files if name != "header"}
            estimator = cls._named(header["class"], path)(**_given(header, objects, path))
            for name in objects.keys() & estimator.rules.keys():
                check_value(name, objects[name], estimator.rules[name])
            estimator.restore(header["fitted"], arrays)
            return estimator
        except InputError:
            raise
        except _DAMAGE as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{path} is no readable model file ({reason}); fit and save the model again") from error

    def restore(self, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Take on what an estimator of these parameters has learnt: plain values, arrays, weights by network/name.

        Raises ValueError for parameters that no fit can have had, among others.
        """
        try:
            self.check_parameters()
        except InputError as error:  # damage to a file, not what a user gave
            raise ValueError(str(error)) from error
        self.__dict__ |= plain
        self.__dict__ |= {name: value for name, value in arrays.items() if "/" not in name}
        networks = self.build_networks(self.n_features_in_, len(getattr(self, "classes_", ())))
        for name, network in networks.items():
            weights = {
                key.removeprefix(f"{name}/"): torch.from_numpy(value)
                for key, value in arrays.items()
                if key.startswith(f"{name}/")
            }
            network.load_state_dict(weights)
            setattr(self, name, network)

    @classmethod
    def _named(cls, name: str, path: str | Path) -> type[Self]:
        found = cls if name == cls.__name__ else getattr(ssrvae, name, None)
        if not (isinstance(found, type) and issubclass(found, cls)):
            raise InputError(f"{path} holds a {name}, not a {cls.__name__}; load it by {name}.load(path)")
        return found


load = StoredEstimator.load


def _given(header: Mapping[str, Any], objects: Mapping[str, Any], path: str | Path) -> dict[str, Any]:
    """Join the parameters in a file and those that it could not hold."""
    missing = [name for name in header["objects"] if name not in objects]
    if missing:
        asked = ", ".join(f"{name}=..." for name in missing)
        raise InputError(f"{path} was fitted with objects of its user's own; give them: load(path, {asked})")
    unasked = [name for name in objects if name not in header["objects"]]
    if unasked:
        held = "holds the parameter" if unasked[0] in header["params"] else "is of a model without a parameter"
        raise InputError(f"{path} {held} {unasked[0]}; load(path) takes no {unasked[0]}")
    params = header["params"] | dict(objects)
    if params.get("device") == "cuda" and not torch.cuda.is_available():
        params["device"] = "cpu"
    return params


def _plain(params: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Make parameters JSON, and list those that cannot be. Of a random generator nothing is kept: it has moved on."""
    plain, objects = {}, []
    for name, value in params.items():
        is_seed = name != "random_state" or isinstance(value, int | np.integer)
        try:
            plain[name] = json.loads(json.dumps(value if is_seed else None, default=_without_numpy))
        except TypeError:
            objects.append(name)
    return plain, objects


def _without_numpy(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{value!r} is no JSON")


def _without_objects(array: np.ndarray) -> np.ndarray:
    """Turn an array of texts as objects into one of texts, which needs no pickle."""
    return np.asarray(array.tolist()) if array.dtype == object else array
