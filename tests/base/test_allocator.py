"""Memory of freed tensors stays with the process."""

import platform
import subprocess
import sys

import pytest

MAKE_AND_FREE = """
import resource
from pathlib import Path
import torch
from ssrvae.base.allocator import keep_freed_memory

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20

FIRST
torch.ones(10)
before = resident_mb()
torch.ones(24, 2**18)
print(resident_mb() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_freed_memory_is_kept():
    assert kept_mb("") < 6
    assert kept_mb("keep_freed_memory()") > 18


def kept_mb(first):
    code = MAKE_AND_FREE.replace("FIRST", first)
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
