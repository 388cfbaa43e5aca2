"""Files of a repository: a server on this machine stands in for the public one."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from datagen.external import MissingArchive, checked, fetch, fetch_or_stand_in
from datagen.kinds import archives
from datagen.repository_archive import Compiled, RepositoryArchive

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {"Data/one smear.jpg": b"first", "Data/two.jpg": b"second"}
PARTS = {"train.json": b'["b", "a"]', "test.json": b'["c"]'}


def joined(parts: list[bytes]) -> bytes:
    return json.dumps(sorted(word for part in parts for word in json.loads(part))).encode()


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob " + str(len(content)).encode() + b"\0" + content).hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder laid out as a host of raw files, and the address that serves it."""
    folder = tmp_path / "host" / "lab" / "cells" / COMMIT
    for name, content in (FILES | PARTS).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *arguments: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(tmp_path / "host")))
    Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def archive(home: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RepositoryArchive:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("datagen.repository_archive.RETRIES", 0)
    rows = [
        f"{name},{len(content)},{blob(content)},images/{number}.jpg"
        for number, (name, content) in enumerate(FILES.items())
    ]
    (tmp_path / "list.csv").write_text("\n".join(["path,bytes,blob,name", *rows, ""]))
    made = hashlib.sha256(b'["a", "b", "c"]').hexdigest()
    compiled = Compiled("words.json", tuple(PARTS), joined, made)
    return RepositoryArchive("cells", "lab/cells", COMMIT, tmp_path / "list.csv", "two cells", (compiled,), home[1])


def test_the_check_is_git_s_own():
    assert blob(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"  # the empty file's id in every repository


def test_files_are_downloaded_checked_and_kept_in_one_file(archive: RepositoryArchive, tmp_path: Path):
    folder = tmp_path / "external"
    path = fetch(archive, folder)
    assert path == folder / "cells-0123456.zip"
    assert list(folder.iterdir()) == [path]
    with zipfile.ZipFile(path) as packed:
        held = {name: packed.read(name) for name in packed.namelist()}
    assert held == {"images/0.jpg": b"first", "images/1.jpg": b"second", "words.json": b'["a", "b", "c"]'}
    with archive.unpacked(path) as unpacked:
        assert (unpacked / "images" / "1.jpg").read_bytes() == b"second"


def test_a_copy_under_either_name_gives_the_same_bytes(archive: RepositoryArchive, home, tmp_path: Path):
    downloaded = fetch(archive, tmp_path / "external").read_bytes()
    copy = tmp_path / "copy"
    with archive.unpacked(tmp_path / "external" / archive.filename) as unpacked:
        (copy / "images").mkdir(parents=True)
        for name in ("images/0.jpg", "images/1.jpg", "words.json"):
            (copy / name).write_bytes((unpacked / name).read_bytes())
    for source in (copy, home[0]):
        assert fetch(archive, tmp_path / "again", source).read_bytes() == downloaded


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("Data/two.jpg", b"sEcond", "git blob id"),
        ("Data/two.jpg", b"longer than that", "has 16 bytes, not 6"),
        ("test.json", b'["d"]', "words.json is not made of the published files"),
        ("test.json", b"[", "words.json cannot be made of them"),
    ],
)
def test_another_file_than_the_published_one_is_refused_by_name(archive, home, tmp_path: Path, name, content, told):
    (home[0] / name).write_bytes(content)
    with pytest.raises(MissingArchive, match=told):
        fetch(archive, tmp_path / "external")
    assert list((tmp_path / "external").iterdir()) == []


def test_a_file_that_cannot_be_had_leaves_a_stand_in_and_one_line(archive, home, tmp_path: Path):
    (home[0] / "Data" / "two.jpg").unlink()
    reason = fetch_or_stand_in(archive, tmp_path)
    for told in ("Data/two.jpg", "404", "--from FOLDER", f"https://github.com/lab/cells/tree/{COMMIT}"):
        assert told in reason
    assert "\n" not in reason
    assert (tmp_path / archive.filename).stat().st_size == 0
    with pytest.raises(MissingArchive, match="is missing"):
        checked(archive, tmp_path)


def test_an_archive_that_is_damaged_on_the_disk_is_refused(archive: RepositoryArchive, tmp_path: Path):
    path = fetch(archive, tmp_path / "external")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"second", b"sEcond"))
    with pytest.raises(MissingArchive):
        checked(archive, tmp_path / "external")
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MissingArchive, match="is no whole zip file"):
        checked(archive, tmp_path / "external")


def test_every_manifest_lists_whole_ids_and_names_once():
    found = [each for each in archives().values() if isinstance(each, RepositoryArchive)]
    assert {"nanoshapes", "chula_rbc"} <= {each.name for each in found}
    for archive in found:
        assert len(bytes.fromhex(archive.commit)) == 20
        assert archive.files
        assert all(len(bytes.fromhex(each.blob)) == 20 and each.size >= 0 for each in archive.files)
        assert len({each.name for each in archive.members}) == len(archive.members)
        assert all(len(bytes.fromhex(each.sha256)) == 32 for each in archive.compiled)
