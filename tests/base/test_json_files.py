"""JSON as it is written and read back."""

import os
from pathlib import Path

import pytest

from datagen.errors import InputError
from ssrvae.base.files import read_json, write_json


def test_a_name_of_bytes_that_are_no_text_is_read_back(tmp_path: Path):
    value = {"path": os.fsdecode(b"50\xb5m.png"), "unit": "µm"}
    write_json(value, tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == value
    assert "50\\udcb5m.png" in (tmp_path / "a.json").read_text(encoding="utf-8")


def test_what_is_no_number_becomes_null(tmp_path: Path):
    write_json({"a": [float("nan"), 1.5]}, tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == {"a": [None, 1.5]}


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000])
def test_what_is_no_mapping_is_refused_in_one_line(tmp_path: Path, text: str):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json: cannot be read .*; make it anew") as caught:
        read_json(tmp_path / "a.json")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told_without_its_number(tmp_path: Path):
    with pytest.raises(InputError, match=r"a\.json: cannot be read \(No such file or directory\)"):
        read_json(tmp_path / "a.json")
