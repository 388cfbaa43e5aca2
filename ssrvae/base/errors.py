"""What can go wrong, by name."""

from datagen.errors import InputError

__all__ = ["INTERRUPTED", "DivergenceError", "InputError"]

INTERRUPTED = "stopped"
"""The last line of a command that Ctrl-C stopped."""


class DivergenceError(RuntimeError):
    """A training whose loss is no longer a number or has left every sensible range; the message says when and why."""
