"""Parts found by name: each is one class in one file of a package, so adding one is adding a file."""

from collections.abc import Iterator
from importlib import import_module

from datagen.discovery import module_names


def classes_by_name(package: str) -> dict[str, type]:
    """Import a package's modules and give the classes that they define with a `config_name`, by it.

    Raises RuntimeError when two have the same name.
    """
    found: dict[str, type] = {}
    for cls in _classes_in(package):
        if found.setdefault(cls.__dict__["config_name"], cls) is not cls:
            raise RuntimeError(f"{package}: two classes are named {cls.__dict__['config_name']!r}")
    return found


def _classes_in(package: str) -> Iterator[type]:
    for name in module_names(package, str(import_module(package).__file__)):
        for value in vars(import_module(name)).values():
            if isinstance(value, type) and value.__module__ == name and "config_name" in vars(value):
                yield value
