"""Arrays in one .npz without pickles: the same bytes for the same arrays, the whole file or none."""

import errno
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from datagen.errors import InputError
from datagen.files import write_whole

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CORRUPT = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    MemoryError,
    NotImplementedError,
)


def write_npz(members: Mapping[str, np.ndarray], path: str | Path) -> None:
    """Write arrays by name, deflated at level 1, by way of a temporary file in the same folder.

    Raises InputError when the file cannot be written (no room, no permission): then nothing is left behind
    and an older file stays as it was.
    """
    path = Path(path)
    try:
        write_whole(path, lambda part: _write_members(members, part))
    except OSError as error:
        raise InputError(f"cannot write {path}: {_reason(error, path)}") from error


def read_npz(path: str | Path) -> dict[str, np.ndarray]:
    """Read every array of an .npz; InputError, naming the file, when it is missing, corrupt or pickled."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            return {entry.filename.removesuffix(".npy"): _read_member(archive, entry) for entry in entries}
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except CORRUPT as error:
        raise InputError(f"{path} is not a whole .npz of plain arrays ({error}); delete it and make it anew") from error


def _write_members(members: Mapping[str, np.ndarray], file: Path) -> None:
    # A member opened by name gets zipfile's fixed time, 1980: the bytes do not tell when they were written.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, values in members.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)


def _reason(error: OSError, path: Path) -> str:
    if error.errno in NO_ROOM:
        return f"no room left on the disk of {path.parent}; free some space or choose another results folder"
    return error.strerror or str(error)


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(entry) as member:
        values = np.lib.format.read_array(member, allow_pickle=False)
        # zipfile compares the checksum only at the very end of a member.
        if member.read(1):
            raise ValueError(f"{entry.filename} is longer than its array")
    return values
