"""Parts that are found where they lie: each is one module of a package, so adding one is adding a file."""

from pathlib import Path
from pkgutil import iter_modules


def module_names(package: str, init_file: str) -> list[str]:
    """List the modules of a package by their dotted names, in order, without importing them; packages in it are none.

    init_file: the package's `__file__`.
    """
    found = iter_modules([str(Path(init_file).parent)], f"{package}.")
    return sorted(module.name for module in found if not module.ispkg)
