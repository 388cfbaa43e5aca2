"""Memory of freed tensors stays with the process, and is given back when asked."""

import platform
import subprocess
import sys

import pytest

MAKE_AND_FREE = """
import resource
from pathlib import Path
import torch
from ssrvae.allocator import give_back_freed_memory, keep_freed_memory

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20

FIRST
torch.ones(10)
before = resident_mb()
torch.ones(24, 2**18)
print(resident_mb() - before)
give_back_freed_memory()
print(resident_mb() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_freed_memory_is_kept_and_given_back_when_asked():
    assert kept_mb("")[0] < 6
    kept, kept_in_the_end = kept_mb("keep_freed_memory()")
    assert kept > 18
    assert kept_in_the_end < 6


def kept_mb(first):
    code = MAKE_AND_FREE.replace("FIRST", first)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return tuple(map(float, done.stdout.split()))
