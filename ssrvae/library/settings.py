"""How objects are found, cut out and learnt: settings.yaml, checked, with every default filled in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from datagen.errors import InputError
from datagen.micrographs.patches import Cutting, cutting
from datagen.micrographs.segmentation import Segmentation, segmentation
from ssrvae.base.files import write_text
from ssrvae.base.schemas import check_against
from ssrvae.base.yaml_files import read_yaml
from ssrvae.library.object_models import AUTO, DEFAULTS, make_model

SCHEMA_PATH = Path(__file__).parent / "settings.schema.json"

_Section = TypeVar("_Section")


@dataclass(frozen=True)
class Settings:
    """turn_labelled: labelled objects of micrographs are turned upright by their second moments before the fit;
    model: one of `object_models.MODELS`, or "auto"; parameters: of that model, none where it is "auto".
    """

    segmentation: Segmentation
    cutting: Cutting
    turn_labelled: bool
    model: str
    parameters: dict[str, Any]


def read_settings(path: Path | None) -> Settings:
    """Read a settings file, or give the defaults; raises InputError naming the file, the key and what is allowed."""
    if path is None:
        return check_settings({}, "settings")
    given = read_yaml(path)
    return check_settings({} if given is None else given, str(path))


def check_settings(given: Any, name: str) -> Settings:
    """Check settings as they stand in a file; `name` is what errors call them."""
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    checked = check_against(schema, given, name)
    return Settings(
        _section(segmentation, checked["segmentation"], f"{name}: segmentation"),
        _section(cutting, checked["cutting"], f"{name}: cutting"),
        checked["turn_labelled"],
        checked["model"],
        _section(partial(_parameters, checked["model"]), checked["parameters"], f"{name}: parameters"),
    )


def write_settings(settings: Settings, path: Path) -> None:
    """Write settings so that `read_settings` gives the same."""
    import yaml

    text = yaml.safe_dump(asdict(settings), sort_keys=False)
    write_text(text, path)


def _parameters(model: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check parameters by the model's own rules."""
    if model == AUTO:
        if given:
            raise InputError(f"{', '.join(given)}: given, but model is {AUTO!r}; name the model that they are of")
        return {}
    parameters = DEFAULTS | dict(given)
    make_model(model, parameters)
    return parameters


def _section(read: Callable[[Mapping[str, Any]], _Section], given: Mapping[str, Any], name: str) -> _Section:
    try:
        return read(given)
    except InputError as error:
        raise InputError(f"{name}: {str(error).removeprefix(name.rpartition(' ')[2] + ': ')}") from error
