"""The C library's allocator: have it keep the memory of freed tensors."""

import ctypes
import sys

_GLIBC_KEEPS = {-3: 32 << 20, -1: 1 << 30}
"""mallopt's M_MMAP_THRESHOLD (at its maximum) and M_TRIM_THRESHOLD, in bytes."""


def keep_freed_memory() -> None:
    """Have glibc use the memory of freed tensors again, for the rest of the process; elsewhere this does nothing.

    It would give each back to the system and fetch it anew, page by page: a seventh of an ss-rVAE's fit.
    """
    mallopt = _function("mallopt")
    if mallopt is not None:
        for parameter, n_bytes in _GLIBC_KEEPS.items():
            mallopt(parameter, n_bytes)


def give_back_freed_memory() -> None:
    """Have glibc give what it keeps back to the system, so that resident memory is memory in use."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


def _function(name: str) -> "ctypes._NamedFuncPointer | None":
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
