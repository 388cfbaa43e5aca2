"""The C library's allocator: have it keep the memory of freed tensors."""

import ctypes
import sys

_GLIBC_KEEPS = {-3: 32 << 20, -1: 512 << 20}
"""mallopt's M_MMAP_THRESHOLD (at its maximum) and M_TRIM_THRESHOLD, in bytes."""


def keep_freed_memory() -> None:
    """Have glibc use the memory of freed tensors again, for the rest of the process; elsewhere this does nothing.

    For the command line, whose processes are jobs of ours: a library must not set what its caller's process does with
    memory. It would give each back to the system and fetch it anew, page by page: a seventh of an ss-rVAE's fit.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for parameter, n_bytes in _GLIBC_KEEPS.items():
            mallopt(parameter, n_bytes)
