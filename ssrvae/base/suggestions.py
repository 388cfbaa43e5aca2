"""How an error message names what is allowed."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(name: str, allowed: Iterable[str]) -> str:
    """Word what is allowed instead of an unknown name, the nearest first: "did you mean a? allowed: a, b"."""
    names = sorted(allowed)
    close = get_close_matches(name, names, n=1)
    return (f"did you mean {close[0]}? " if close else "") + f"allowed: {', '.join(names) or 'none'}"
