"""Estimators by their import path: checked without importing them, built from a config stanza."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from datagen.errors import InputError
from ssrvae.base.suggestions import suggest


def check_estimator_paths(methods: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise InputError, naming the config key, for an estimator whose module or class does not exist.

    Modules are found and read, not imported: importing torch and scikit-learn takes seconds.
    """
    for method, stanza in methods.items():
        for where, path in _paths_in(stanza, f"methods.{method}"):
            module, _, name = path.rpartition(".")
            names = _names_in(module, f"{where}.estimator: {path!r}")
            if names and name not in names:
                public = [known for known in names if not known.startswith("_") and known[0].isupper()]
                raise InputError(f"{where}.estimator: {path!r}: no class {name!r} in {module}; {suggest(name, public)}")


def check_parameters(method: str, stanza: Mapping[str, Any]) -> None:
    """Construct a method's estimators, as a fit will; raises InputError, naming the config key, where that fails."""
    try:
        build_estimator(stanza, random_state=0)
    except Exception as error:
        raise InputError(f"methods.{method}: {' '.join(str(error).split())}") from error


def build_estimator(stanza: Mapping[str, Any], random_state: int) -> Any:
    """Import and construct the estimator of a config stanza, estimators inside its params first.

    `random_state` goes to every estimator that has such a parameter and is not given one. Raises InputError for
    an import path, or a parameter, that does not exist, and for a value that one of our estimators' rules forbids.
    """
    cls = import_estimator(stanza["estimator"])
    params = {key: _built(value, random_state) for key, value in stanza.get("params", {}).items()}
    accepted = inspect.signature(cls).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in accepted.values())
    for key in params:
        if key not in accepted and not takes_any:
            raise InputError(f"estimator {stanza['estimator']}: unknown parameter {key!r}; {suggest(key, accepted)}")
    if "random_state" in accepted or (takes_any and "random_state" in cls().get_params()):
        params.setdefault("random_state", random_state)
    built = cls(**params)
    if hasattr(built, "check_parameters"):
        built.check_parameters()
    return built


def import_estimator(path: str) -> Any:
    """Import a class by its path package.module.Class; raises InputError when that fails."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise InputError(f"estimator {path!r} cannot be imported: {error}") from error


def named_estimators(stanza: Mapping[str, Any]) -> list[str]:
    """List the import paths of a config stanza's estimators, those inside its params included."""
    return [path for _, path in _paths_in(stanza, "")]


def module_file(name: str) -> Path | None:
    """Find the file of a module without importing it or its packages; None when there is none."""
    spec = _module_spec(name)
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def declaring_file(module: str) -> Path:
    """Find the file that declares a module's names, its stub where it has one; raises InputError for no module."""
    file = module_file(module)
    if file is None:
        raise InputError(f"no module {module!r} is installed")
    stub = file.with_suffix(".pyi")
    return stub if stub.exists() else file


def _paths_in(stanza: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    yield where, stanza["estimator"]
    for key, value in stanza.get("params", {}).items():
        for inner in _stanzas_in(value):
            yield from _paths_in(inner, f"{where}.params.{key}")


def _stanzas_in(value: Any) -> Iterator[Mapping[str, Any]]:
    if _is_stanza(value):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _stanzas_in(item)


def _built(value: Any, random_state: int) -> Any:
    """Build the estimators in a parameter's value, also inside lists such as the steps of a Pipeline."""
    if _is_stanza(value):
        return build_estimator(value, random_state)
    return [_built(item, random_state) for item in value] if isinstance(value, list) else value


def _is_stanza(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= {"estimator", "params"}:
        return False
    return isinstance(value.get("estimator"), str) and isinstance(value.get("params", {}), Mapping)


@cache
def _module_spec(name: str) -> ModuleSpec | None:
    parent = name.rpartition(".")[0]
    if not parent:  # an editable install is found by a finder of its own
        return (find_spec(name) if name else None) or PathFinder.find_spec(name, [str(Path.cwd())])
    package = _module_spec(parent)
    if package is None or package.submodule_search_locations is None:
        return None
    return PathFinder.find_spec(name, list(package.submodule_search_locations))


def _names_in(module: str, what: str) -> set[str]:
    """List the names that a module's source binds; none when they cannot be told from its source."""
    if _module_spec(module) is None:
        raise InputError(f"{what}: no module {module!r} is installed; give package.module.Class")
    return _bound_names(declaring_file(module)) if module_file(module) else set()


@cache
def _bound_names(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names.add(name)
            case ast.ImportFrom(names=imported) if any(alias.name == "*" for alias in imported):
                return set()
            case ast.ImportFrom(names=imported) | ast.Import(names=imported):
                names.update(alias.asname or alias.name for alias in imported)
            case ast.Assign(targets=targets):
                names.update(target.id for target in targets if isinstance(target, ast.Name))
    return names
