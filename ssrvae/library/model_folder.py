"""The folder of a fitted model: the model, the names of its classes, the settings it was fitted with."""

import hashlib
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import ssrvae
from datagen.errors import InputError
from ssrvae.base.files import read_json, write_json
from ssrvae.base.yaml_files import read_yaml
from ssrvae.library.damage import check_keys, damage_told
from ssrvae.library.object_models import ObjectModel
from ssrvae.library.settings import Settings, check_settings, write_settings
from ssrvae.library.sources import MICROGRAPHS, PATCHES

FIT_AGAIN = "run ssrvae fit again"


class FittedModel(NamedTuple):
    """A model, the names of its classes in its order, the kind of source it was fitted to, and how."""

    estimator: ObjectModel
    class_names: list[str]
    kind: str
    settings: Settings


@dataclass(frozen=True)
class ModelFolder:
    """Names the files of a model: model.npz, classes.json, settings.yaml, report.json and overlays/*.png."""

    path: Path

    @property
    def model(self) -> Path:
        """The fitted estimator; written last, it makes the folder whole."""
        return self.path / "model.npz"

    @property
    def classes(self) -> Path:
        """Names of the classes, in the order of the estimator's, and the kind of source it was fitted to."""
        return self.path / "classes.json"

    @property
    def settings(self) -> Path:
        """The settings that were used, all of them."""
        return self.path / "settings.yaml"

    @property
    def report(self) -> Path:
        """What the model was fitted to."""
        return self.path / "report.json"

    @property
    def overlays(self) -> Path:
        """One picture a micrograph to check the segmentation by."""
        return self.path / "overlays"

    def write(self, fitted: FittedModel) -> None:
        """Write the model, its settings and its classes; where that fails, an older model keeps its own."""
        staged = self.model.with_name("model.new.npz")
        try:
            fitted.estimator.save(staged)
            described = {"kind": fitted.kind, "classes": fitted.class_names, "model": _digest(staged)}
            write_settings(fitted.settings, self.settings)
            write_json(described, self.classes)
            os.replace(staged, self.model)
        finally:
            staged.unlink(missing_ok=True)

    def read(self) -> FittedModel:
        """Read what `write` wrote; raises InputError for a folder without a model, or a damaged one."""
        if not self.model.is_file():
            make = f"ssrvae fit DATA --labels FILE --out {self.path}"
            raise InputError(f"{self.path}: holds no model; make one by: {make}")
        described = self._described()
        if described["model"] != _digest(self.model):
            raise InputError(f"{self.classes}: tells of another model than {self.model.name}; {FIT_AGAIN}")
        estimator = ssrvae.load(self.model)
        if len(described["classes"]) != len(estimator.classes_):
            n_classes, names = len(estimator.classes_), ", ".join(map(str, described["classes"]))
            raise InputError(f"{self.classes}: names {names}, the model has {n_classes} classes; {FIT_AGAIN}")
        return FittedModel(estimator, described["classes"], described["kind"], self._read_settings())

    def _described(self) -> dict[str, Any]:
        with damage_told(self.classes, FIT_AGAIN):
            described = read_json(self.classes)
            check_keys(described, {"kind": str, "classes": list, "model": str})
            if described["kind"] not in (MICROGRAPHS, PATCHES):
                raise ValueError(f"key 'kind' is {described['kind']!r}")
        return described

    def _read_settings(self) -> Settings:
        """Read the settings. A fit writes all of them: where some are missing, defaults are not meant."""
        given = read_yaml(self.settings)
        for field in fields(Settings):
            if not isinstance(given, dict) or field.name not in given:
                raise InputError(f"{self.settings}: is damaged, it lacks {field.name!r}; {FIT_AGAIN}")
        return check_settings(given, str(self.settings))

    def digest(self) -> str:
        """Hash the model and its classes to 16 hexadecimal digits."""
        return hashlib.sha256(self.model.read_bytes() + self.classes.read_bytes()).hexdigest()[:16]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
