"""The command line: fit, classify and library for people with micrographs; a subcommand for each rule of the workflow.

Heavy packages are imported inside the commands, so that help is instant and the number of threads is set before NumPy
and torch start theirs.
"""

import argparse
import errno
import logging
import os
import sys
from collections.abc import Sequence

from ssrvae.cli import library_commands, study_commands

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
COMMANDS = library_commands.COMMANDS | study_commands.COMMANDS
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand. Returns 0, 1 for a regression, or 2 after printing `error: <message>` for bad input."""
    arguments = _parser().parse_args(argv)
    for variable in _THREAD_VARIABLES:
        os.environ[variable] = str(arguments.threads)
    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # damaged files are told of in a line of our own
    from ssrvae.base.errors import InputError

    try:
        return arguments.command(arguments)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        where = f" for {error.filename}" if error.filename else ""
        print(f"error: no room left on the disk{where}; free some, or choose another results folder", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssrvae", description="Semi-supervised learning of images with strong rotational disorder."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(name, help=command.text, description=command.text)
        subparser.add_argument("--threads", type=int, default=1, help="threads that numerical libraries may use")
        subparser.set_defaults(command=command.run)
        command.add_arguments(subparser)
    return parser
