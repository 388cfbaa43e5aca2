"""What can go wrong beside bad input, which is `datagen.errors.InputError`."""

INTERRUPTED = "stopped"
"""The last line of a command that Ctrl-C stopped."""
STOPPED = 130
"""Its exit code: 128 + SIGINT, as shells have it."""


class DivergenceError(RuntimeError):
    """A training whose loss is no longer a number or has left every sensible range; the message says when and why."""
