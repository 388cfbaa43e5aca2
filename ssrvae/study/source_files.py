"""Which source files a stage depends on: those that its module imports, followed through both packages.

Snakemake sees neither an edit in an imported package nor the lazy import of an estimator named in the config, so rules
declare these files as inputs: an edited model trains again, an edited figure does not.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

from ssrvae.study.estimator_paths import declaring_file, module_file, named_estimators

_ROOT = Path(__file__).parents[2]
_LIBRARIES = ("site-packages", "dist-packages")
_DISCOVERY = "ssrvae.base.discovery"


def source_files(*modules: str) -> list[str]:
    """List the project's files that these modules import, directly or not, themselves included.

    Paths are relative to the project's root where they lie in it.
    """
    return list(_followed(frozenset(modules), Path.cwd()))


@cache
def _followed(modules: frozenset[str], working_folder: Path) -> tuple[str, ...]:
    """Follow imports once for all jobs that start from the same modules; what is ours depends on the folder."""
    found: dict[Path, None] = {}
    waiting = list(modules)
    while waiting:
        waiting += _parents(module := waiting.pop())
        file = _project_file(module)
        if file and file not in found:
            found[file] = None
            waiting += [*_imports(file, _package(module, file)), *_found_by_name(module, file)]
    return tuple(sorted(str(file.relative_to(_ROOT) if file.is_relative_to(_ROOT) else file) for file in found))


def method_source_files(stage_module: str, method: Mapping[str, Any], *others: str) -> list[str]:
    """List the files of a stage, of the estimators that a method's stanza names and of what both import by name."""
    modules = [stage_module, *others]
    for path in named_estimators(method):
        modules += _estimator_modules(path, Path.cwd())
    return source_files(*modules)


def _parents(module: str) -> list[str]:
    """List the packages below the top one that importing a module runs, where they hold more than a docstring."""
    names = module.split(".")
    packages = (".".join(names[:depth]) for depth in range(2, len(names)))
    return [package for package in packages if (file := _project_file(package)) and _holds_code(file)]


@cache
def _holds_code(file: Path) -> bool:
    return len(ast.parse(file.read_text(encoding="utf-8")).body) > 1


def _project_file(module: str) -> Path | None:
    file = module_file(module)
    if file is None or any(part in _LIBRARIES for part in file.parts) or not _is_ours(file):
        return None
    return file


@cache
def _estimator_modules(path: str, working_folder: Path) -> tuple[str, ...]:
    module, _, name = path.rpartition(".")
    return module, *_origins(module, name)


def _origins(module: str, name: str) -> list[str]:
    """List the modules that a module of ours declares to have a name from, in its source or in its stub."""
    file = _project_file(module)
    if not file:
        return []
    nodes = ast.walk(ast.parse(declaring_file(module).read_text(encoding="utf-8")))
    declared = (node for node in nodes if isinstance(node, ast.ImportFrom))
    having = (node for node in declared if name in {alias.name for alias in node.names})
    return [source for node in having if (source := _imported_from(node, _package(module, file)))]


def _is_ours(file: Path) -> bool:
    return file.is_relative_to(_ROOT) or file.is_relative_to(Path.cwd())


@cache
def _imports(file: Path, package: str) -> tuple[str, ...]:
    return tuple(_imported_modules(ast.parse(file.read_text(encoding="utf-8")), package))


def _imported_modules(tree: ast.AST, package: str) -> Iterator[str]:
    """Name what a source imports when it runs; `from package import name` may mean a module or something inside it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if source := _imported_from(node, package):
                yield source
                yield from _submodules(source, (alias.name for alias in node.names))
        elif not _is_for_type_checkers(node):
            yield from _imported_modules(node, package)


def _imported_from(node: ast.ImportFrom, package: str) -> str:
    """Name the module that `from ... import` reads in a module of a package; "" for one above all packages."""
    try:
        return resolve_name("." * node.level + (node.module or ""), package)
    except ImportError:
        return ""


def _package(module: str, file: Path) -> str:
    """Name the package that a module's relative imports start from."""
    return module if file.name == "__init__.py" else module.rpartition(".")[0]


def _found_by_name(module: str, file: Path) -> list[str]:
    """List the modules of a package that imports all of its own, to find classes by name (`ssrvae.base.discovery`)."""
    if file.name != "__init__.py" or _DISCOVERY not in _imports(file, module):
        return []
    return [f"{module}.{found.stem}" for found in sorted(file.parent.glob("*.py")) if found != file]


def _is_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _submodules(package: str, names: Iterable[str]) -> Iterator[str]:
    yield from (f"{package}.{name}" for name in names)
