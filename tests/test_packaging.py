"""Requirements written in three places agree."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_conda_environment_pins_what_the_project_pins():
    import yaml

    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    from_pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert len(from_pip) > 10
    assert sorted(from_pip) == sorted(PROJECT["dependencies"])
    assert f"python{PROJECT['requires-python']},<3.15" in environment["dependencies"]


def test_the_lock_pins_every_requirement_to_a_version_that_it_allows():
    lines = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
    pins = {_canonical(Requirement(line).name): Requirement(line) for line in lines}
    assert all(re.fullmatch(r"==[0-9][0-9a-z.]*", str(pin.specifier)) for pin in pins.values())
    needed = [Requirement(text) for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]
    assert len(needed) > 20
    for requirement in needed:
        version = str(pins[_canonical(requirement.name)].specifier).removeprefix("==")
        assert requirement.specifier.contains(version), requirement


def test_the_lock_names_no_place_to_download_from():
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"://|--(extra-)?index-url|--find-links|\+cpu", text)


def test_only_the_lock_pins_a_version():
    assert len(PROJECT["dependencies"]) > 10
    assert [text for text in PROJECT["dependencies"] if "==" in text] == []


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_public_name_is_found_and_a_wrong_one_is_not():
    import ssrvae

    assert len(ssrvae.__all__) > 5
    for name in ssrvae.__all__:
        assert getattr(ssrvae, name).__name__ == name
    with pytest.raises(AttributeError, match="VAEE"):
        ssrvae.VAEE  # noqa: B018


def test_importing_the_package_imports_neither_numpy_nor_torch():
    code = "import ssrvae, sys; print({'numpy', 'torch', 'sklearn'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "set()"
