"""Files of our own that are missing or damaged: one line that says what to do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datagen.errors import InputError
from datagen.micrographs.micrograph_files import DAMAGE


@contextmanager
def damage_told(file: Path, remedy: str) -> Iterator[None]:
    """Turn what reading a damaged file raises into an InputError: the file, the reason, the remedy."""
    from pyarrow import ArrowException

    try:
        yield
    except (*DAMAGE, ArrowException) as error:
        cause = error.__cause__ or error
        reason = getattr(cause, "strerror", None) or " ".join(str(cause).split()) or type(cause).__name__
        raise InputError(f"{file}: is missing or damaged ({reason}); {remedy}") from error


def check_keys(value: Mapping[str, Any], kinds: Mapping[str, type]) -> None:
    """Raise TypeError for a key that is missing or has a value of another kind."""
    for key, kind in kinds.items():
        if not isinstance(value.get(key), kind):
            raise TypeError(f"key {key!r} is {value.get(key)!r}")
