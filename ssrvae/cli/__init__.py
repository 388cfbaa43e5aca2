"""The command line: fit, classify and library for people with micrographs; a subcommand for each rule of the workflow.

Heavy packages are imported inside the commands, so that help is instant and the number of threads is set before NumPy
and torch start theirs.
"""

import argparse
import logging
import os
import warnings
from collections.abc import Sequence

from ssrvae import __version__
from ssrvae.base.allocator import keep_freed_memory
from ssrvae.cli import library_commands, study_commands
from ssrvae.cli.failures import log_tracebacks, run_command
from ssrvae.cli.streams import prepare_streams

# What OpenMP, OpenBLAS, MKL, Accelerate and numexpr read once, when they are loaded.
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
COMMANDS = library_commands.COMMANDS | study_commands.COMMANDS


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand. Returns 0, 1 for a regression, 2 for bad input, or another code of `ssrvae.cli.failures`."""
    prepare_streams()
    return run_command(lambda: _run(argv))


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as told:  # help, the version or what is wrong with an argument
        return int(told.code or 0)
    if arguments.threads:
        os.environ |= dict.fromkeys(_THREAD_VARIABLES, str(arguments.threads))
    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # damaged files are told of in a line of our own
    warnings.filterwarnings("ignore", "Encountered (NaN|.*inf)", UserWarning)  # Pyro's, of what a DivergenceError tells
    log_tracebacks()
    keep_freed_memory()
    return arguments.command(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssrvae", description="Semi-supervised learning of images with strong rotational disorder."
    )
    parser.add_argument("--version", action="version", version=f"ssrvae {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(name, help=command.text, description=command.text)
        subparser.add_argument(
            "--threads",
            type=_threads,
            help="threads of numerical libraries; default: as OMP_NUM_THREADS and its like say, else all cores",
        )
        subparser.set_defaults(command=command.run)
        command.add_arguments(subparser)
    return parser


def _threads(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; expected a whole number >= 1")
    return int(text)
