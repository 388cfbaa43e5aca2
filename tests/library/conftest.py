"""A model and a library made once by the commands, from simulated micrographs of known truth."""

import contextlib
import csv
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from datagen.particles.simulated import Scene, SimulatedMicrograph, simulate
from ssrvae.cli import main

NAMES = {1: "single", 2: "double", 4: "fourfold"}
SCENE = Scene(counts=(18, 14, 0, 10), height=260, width=280, gap_px=5)
SETTINGS = {
    "segmentation": {"background": 25},
    "cutting": {"side_px": 36, "out_side_px": 24},
    "parameters": {"networks": 0},
}
MARGINAL = {
    "model": "marginal",
    "parameters": {"epochs": 2, "labelled_epochs": 1, "hidden": [16], "n_style": 2, "batch_size": 16},
}


class Workplace(NamedTuple):
    """A folder with micrographs/, labels.csv and settings.yaml, and the truth of micrographs/0.png and 1.png."""

    path: Path
    truth: list[SimulatedMicrograph]
    names: dict[int, str] = NAMES
    settings: dict[str, Any] = SETTINGS
    marginal: dict[str, Any] = MARGINAL


def write_table(path: Path, header: str, rows: list) -> Path:
    """Write a CSV file."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])
    return path


def write_micrograph(pixels: np.ndarray, path: Path) -> None:
    """Write grey values in [0, 1] as 8 bits, 2.78 nm a pixel."""
    dots_per_inch = 2.54e7 / 2.78
    Image.fromarray(np.round(255 * pixels).astype(np.uint8)).save(path, dpi=(dots_per_inch, dots_per_inch))


@pytest.fixture(scope="session")
def workplace(tmp_path_factory) -> Workplace:
    path = tmp_path_factory.mktemp("workplace")
    (path / "micrographs").mkdir()
    truth = [simulate(SCENE, np.random.default_rng(seed)) for seed in range(2)]
    for number, each in enumerate(truth):
        write_micrograph(each.pixels, path / "micrographs" / f"{number}.png")
    chosen = [row for n in NAMES for row in np.flatnonzero(truth[0].particles == n)[:8]]
    rows = [("0.png", *np.round([truth[0].rows[i], truth[0].columns[i]]), NAMES[truth[0].particles[i]]) for i in chosen]
    write_table(path / "labels.csv", "image,row,column,label", rows)
    (path / "settings.yaml").write_text(yaml.safe_dump(SETTINGS))
    return Workplace(path, truth)


@pytest.fixture(scope="session")
def manual() -> str:
    """Read docs/micrographs.md."""
    return (Path(__file__).parent.parent.parent / "docs" / "micrographs.md").read_text()


@pytest.fixture(scope="session")
def manual_commands(manual) -> list[list[str]]:
    """Give the manual's commands, without the program's name."""
    return [shlex.split(line) for line in re.findall(r"^ {4}ssrvae (.*)$", manual, re.M)]


@pytest.fixture(scope="session")
def model(workplace, manual_commands) -> Path:
    """Fit as the manual says."""
    with contextlib.chdir(workplace.path):
        assert main(manual_commands[0]) == 0
    return workplace.path / "model"


@pytest.fixture(scope="session")
def marginal_model(workplace) -> Path:
    """Fit the marginal-pose model to the same objects."""
    out, settings = workplace.path / "marginal_model", workplace.path / "marginal.yaml"
    settings.write_text(yaml.safe_dump(workplace.settings | workplace.marginal))
    given = ["--labels", workplace.path / "labels.csv", "--settings", settings, "--out", out]
    assert main(["fit", *map(str, [workplace.path / "micrographs", *given])]) == 0
    return out


@pytest.fixture(scope="session")
def library(workplace, model, manual_commands) -> Path:
    """Classify and draw as the manual says."""
    with contextlib.chdir(workplace.path):
        assert [main(command) for command in manual_commands[1:]] == [0, 0]
    return workplace.path / "library"


@pytest.fixture
def place(workplace, tmp_path) -> Path:
    """Give a copy of the workplace that a test may spoil."""
    shutil.copytree(workplace.path / "micrographs", tmp_path / "micrographs")
    for name in ("labels.csv", "settings.yaml"):
        shutil.copy(workplace.path / name, tmp_path)
    return tmp_path


@pytest.fixture
def fails(capsys):
    """Run a command that ends in one line of error, and give that line."""

    def run(*arguments) -> str:
        assert main([str(argument) for argument in arguments]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert lines[-1].startswith("error: ")
        assert sum(line.startswith("error: ") for line in lines) == 1
        return lines[-1]

    return run


@pytest.fixture(scope="session")
def made_up_objects() -> Callable[..., pd.DataFrame]:
    """Give a function that makes up a table of objects."""
    return made_up


def made_up(n: int, classes: list[str], sources: list[str], seed: int = 0) -> pd.DataFrame:
    """Make up a table of n objects, spread over the classes and sources in turn."""
    rng = np.random.default_rng(seed)
    square = [[10.0, 10.0, 20.0, 10.0, 20.0, 20.0, 10.0, 20.0]] * n
    given = {
        "source": [sources[i % len(sources)] for i in range(n)],
        "object": np.arange(n) + 1,
        "row": rng.uniform(0, 500, n),
        "column": rng.uniform(0, 500, n),
        "class": [classes[i % len(classes)] for i in range(n)],
        "probability": rng.uniform(0.5, 1, n),
        "stranger": rng.random(n) < 0.1,
        "familiarity": rng.normal(-200, 50, n),
        "angle_deg": rng.uniform(-180, 180, n),
        "shift_x_px": rng.normal(0, 1, n),
        "shift_y_px": rng.normal(0, 1, n),
    }
    given |= {f"style_{k + 1}": rng.normal(0, 1 + k, n) for k in range(3)}
    given |= {f"p_{name}": np.full(n, 1 / len(classes)) for name in classes}
    return pd.DataFrame(
        given | {"area_px": rng.integers(30, 300, n), "diameter_nm": np.nan, "on_border": False, "outline": square}
    )
