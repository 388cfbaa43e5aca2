"""The house: few files at the door of `ssrvae`, and one meaning for each module's name."""

from collections import defaultdict
from pathlib import Path

from ssrvae.figures.registry import figures

ROOT = Path(__file__).parent.parent
SAME_MEANING = {
    "discovery": "parts that are found where they lie: modules, and classes in them",
    "estimator": "a model as an estimator of scikit-learn",
    "errors": "what can go wrong, of a package",
    "files": "writing whole files, and tables and JSON on top of it",
    "fit": "fit a method, as a job of a study and to a user's objects",
    "model": "a generative model as a Pyro program",
    "objectives": "what a training step minimises",
    "seeds": "random streams by name, and those of a study",
    "training": "the training loop of a model",
}
"""Names that several modules have, each with what it means in all of them."""


def _modules() -> list[Path]:
    return [file for package in ("ssrvae", "datagen") for file in (ROOT / package).rglob("*.py") if file.stem[0] != "_"]


def test_at_most_five_files_lie_directly_in_ssrvae():
    files = [path.name for path in (ROOT / "ssrvae").iterdir() if path.is_file()]
    assert len(files) <= 5, files


def test_no_two_modules_share_a_name_that_means_different_things():
    by_stem = defaultdict(list)
    for module in _modules():
        by_stem[module.stem].append(str(module.relative_to(ROOT)))
    assert len(by_stem) > 50
    shared = {stem: sorted(paths) for stem, paths in by_stem.items() if len(paths) > 1}
    assert not {stem: paths for stem, paths in shared.items() if stem not in SAME_MEANING}


def test_no_module_has_the_name_of_a_room():
    rooms = {path.name for package in ("ssrvae", "datagen") for path in (ROOT / package).rglob("*") if path.is_dir()}
    # A data kind is named as the config names it, which is what the room of its parts is named after.
    named = [module for module in _modules() if module.parent.name != "kinds"]
    assert not {str(module.relative_to(ROOT)) for module in named if module.stem in rooms}


def test_architecture_tells_of_every_figure_which_module_draws_it():
    told = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    modules = {figure.module.rpartition(".")[2] for figure in figures().values()}
    assert len(modules) > 5
    assert [module for module in sorted(modules) if f"`{module}`" not in told] == []
