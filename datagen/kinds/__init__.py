"""Kinds of data sets. Every module of this package is one: its name is the kind's, its `KIND` a DataKind."""

from functools import cache
from importlib import import_module

from datagen.data_kind import DataKind
from datagen.discovery import module_names
from datagen.errors import InputError
from datagen.external import Archive


@cache
def kind_names() -> tuple[str, ...]:
    """List the kinds, without importing them."""
    return tuple(module.rpartition(".")[2] for module in module_names(__name__, __file__))


def kind_module(name: str) -> str:
    """Name the module of a kind; raises InputError for a kind that does not exist."""
    if name not in kind_names():
        raise InputError(f"data.kind: {name!r} is not allowed; expected one of {', '.join(kind_names())}")
    return f"{__name__}.{name}"


def data_kind(name: str) -> DataKind:
    """Give a kind by its name, importing its module alone; InputError as kind_module."""
    return import_module(kind_module(name)).KIND


def archives() -> dict[str, Archive]:
    """Give every archive that a kind may fetch, by its file name."""
    fetched = [kind.fetched for kind in map(data_kind, kind_names()) if kind.fetched]
    return {archive.filename: archive for each in fetched for archive in each.archives}
