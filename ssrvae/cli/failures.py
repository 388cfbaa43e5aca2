"""What is printed where a command fails: one line, and where the traceback lies if nobody foresaw the failure."""

import errno
import logging
import os
import re
import stat
import sys
import tempfile
import traceback
from collections.abc import Callable

from datagen.errors import InputError
from ssrvae.base.errors import INTERRUPTED, STOPPED, DivergenceError

BAD_INPUT = 2
UNFORESEEN = 70  # EX_SOFTWARE of sysexits.h: 1 is a number that moved
IN_A_JOB = "SSRVAE_JOB"
"""The variable that the workflow sets for its jobs."""
_NOBODY_READS = 141  # 128 + SIGPIPE
_LOG = logging.getLogger(__name__)
_NO_MEMORY = re.compile("allocate memory|out of memory")  # torch's words, which has no error of its own for it
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def run_command(command: Callable[[], int]) -> int:
    """Run a command and return its exit code, or print one line on what went wrong and return that of the failure.

    The traceback of an unforeseen error goes to a file that the line names.
    """
    try:
        code = command()
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _write_no_more()
        return _NOBODY_READS
    except KeyboardInterrupt:
        return _tell(INTERRUPTED, STOPPED)
    except (InputError, DivergenceError) as error:
        return _tell(f"error: {error}", BAD_INPUT)
    except Exception as error:
        _LOG.info("The job failed.", exc_info=error)
        if line := _known(error):
            return _tell(f"error: {line}", BAD_INPUT)
        return _tell(f"error: unforeseen {_name(error)}; {_keep_traceback(error)}", UNFORESEEN)


def log_tracebacks() -> None:
    """Write tracebacks to stderr in a job of the workflow, whose stderr is the file of its log."""
    if IN_A_JOB in os.environ and _is_file(2):
        log = logging.getLogger("ssrvae")
        log.addHandler(logging.StreamHandler())
        log.setLevel(logging.INFO)


def _known(error: Exception) -> str:
    """Word what a user can mend: memory, a full disk, or a file that is named; "" for anything else."""
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _NO_MEMORY.search(str(error))):
        first_line, _, _ = str(error).partition("\n")
        return f"not enough memory ({first_line}); ask for fewer or smaller images, or a smaller model"
    if not isinstance(error, OSError):
        return ""
    if error.errno in _NO_ROOM:
        where = f" for {error.filename}" if error.filename else ""
        return f"no room left on the disk{where}; free some, or choose another folder"
    return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else ""


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _keep_traceback(error: Exception) -> str:
    if _LOG.isEnabledFor(logging.INFO):
        return "its traceback is above"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="ssrvae-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as log:
            log.write(f"ssrvae {' '.join(sys.argv[1:])}\n")
            log.writelines(traceback.format_exception(error))
    except OSError as refused:
        return f"its traceback could not be written ({refused.strerror or refused})"
    return f"its traceback is in {log.name}; please report it"


def _tell(line: str, code: int) -> int:
    print(" ".join(line.splitlines()), file=sys.stderr)
    return code


def _is_file(descriptor: int) -> bool:
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def _write_no_more() -> None:
    """Let what is still buffered go nowhere: Python would complain of the closed pipe when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
