"""The error of every bad input: a config value, a file or an array that the user can put right."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """Input that cannot be used; the message names it, its value and what is allowed."""


@contextmanager
def naming(source: str | Path) -> Iterator[None]:
    """Put what the user gave, such as a file's name, before what an InputError says."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{source}: {error}") from error
