"""Fetching by package name: a local index stands in for PyPI, so that no network is needed."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from datagen.errors import InputError
from datagen.external import MissingArchive, checked, fetch, fetch_or_stand_in
from datagen.kinds import archives
from datagen.kinds.silhouettes import ANIMAL_MNIST
from datagen.package_archive import PackageArchive
from datagen.particles.nanogold import PYPARTY


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageArchive:
    """A small wheel in a folder that pip is told to find files in, and nowhere else."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    path = shelf / "pictures_of_suits-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pictures_of_suits-1.0.dist-info/METADATA", "Name: pictures-of-suits\nVersion: 1.0\n")
        archive.writestr("pictures_of_suits-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("pictures_of_suits-1.0.dist-info/RECORD", "")
    for name, value in {"CONFIG_FILE": "/dev/null", "NO_INDEX": "1", "FIND_LINKS": str(shelf)}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return PackageArchive("pictures-of-suits", "1.0", path.name, digest, "pictures")


def test_an_archive_is_fetched_once_and_nothing_else_is_left(wheel: PackageArchive, tmp_path: Path):
    folder = tmp_path / "external"
    path = fetch(wheel, folder)
    assert path == folder / wheel.filename
    assert list(folder.iterdir()) == [path]
    (tmp_path / "shelf" / wheel.filename).unlink()
    assert fetch(wheel, folder) == checked(wheel, folder) == path


def test_a_package_with_another_hash_is_refused_by_pip(wheel: PackageArchive, tmp_path: Path):
    other = PackageArchive(wheel.name, wheel.version, wheel.filename, "0" * 64, wheel.holds)
    with pytest.raises(MissingArchive, match="could not be downloaded"):
        fetch(other, tmp_path / "external")
    assert list((tmp_path / "external").iterdir()) == []


def test_without_a_network_one_line_tells_what_to_bring_and_where(wheel: PackageArchive, tmp_path: Path):
    (tmp_path / "shelf" / wheel.filename).unlink()
    folder = tmp_path / "external"
    reason = fetch_or_stand_in(wheel, folder)
    for told in (
        str(folder / wheel.filename),
        "holds pictures",
        "https://pypi.org/project/pictures-of-suits/1.0/#files",
    ):
        assert told in reason
    assert "\n" not in reason
    assert (folder / wheel.filename).stat().st_size == 0
    with pytest.raises(MissingArchive, match="is missing"):
        checked(wheel, folder)


def test_a_file_brought_by_hand_is_taken_and_a_wrong_one_is_not(wheel: PackageArchive, tmp_path: Path):
    folder = tmp_path / "external"
    folder.mkdir()
    (folder / wheel.filename).write_bytes((tmp_path / "shelf" / wheel.filename).read_bytes())
    assert fetch_or_stand_in(wheel, folder) == ""
    (folder / wheel.filename).write_bytes(b"half a file")
    with pytest.raises(InputError, match="has sha256"):
        fetch(wheel, folder)


def test_an_archive_is_made_of_a_copy_in_a_folder(wheel: PackageArchive, tmp_path: Path):
    folder = tmp_path / "external"
    assert fetch(wheel, folder, tmp_path / "shelf") == folder / wheel.filename
    with pytest.raises(MissingArchive, match=f"could not be made .there is no {tmp_path / 'elsewhere'}"):
        fetch(wheel, folder, tmp_path / "elsewhere")


def test_every_package_has_the_name_and_hash_that_a_package_index_gives():
    found = {name: each for name, each in archives().items() if isinstance(each, PackageArchive)}
    assert {PYPARTY.filename, ANIMAL_MNIST.filename} <= set(found)
    for filename, archive in found.items():
        assert filename.replace("_", "-").startswith(f"{archive.name}-{archive.version}")
        assert len(bytes.fromhex(archive.sha256)) == 32
