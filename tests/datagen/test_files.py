"""Files that appear whole or not at all."""

import os
from pathlib import Path

import pytest

from datagen.files import write_whole


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def fail(part: Path) -> None:
        part.write_text("half")
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        write_whole(path, fail)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"table.csv": "old"}


@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o027, 0o640), (0o022, 0o644)])
def test_a_file_has_the_mode_that_the_umask_allows(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "a.txt", lambda part: part.write_text("a"))
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == mode


def test_a_writer_sees_the_suffix_that_it_may_go_by(tmp_path):
    seen = []
    write_whole(tmp_path / "new" / "picture.png", lambda part: seen.append(part.suffix))
    assert seen == [".png"]
