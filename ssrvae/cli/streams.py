"""The standard streams as a command needs them: open, and able to print any file's name."""

import io
import os
import sys


def prepare_streams() -> None:
    """Open the streams that the shell closed (`>&-`), to nowhere, and let names that are no text be printed.

    A closed stream's number would go to the next file that is opened, and what is printed into that file.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 (it stays open)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
