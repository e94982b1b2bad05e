"""Numba is made ready without the imports that only ask whether a library is there."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("scipy")


def said(program: str) -> list[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_a_kernel_runs_without_scipys_linear_algebra() -> None:
    program = """
import sys
import numpy as np
from dprep.base.text import Buffers
from dprep.kernels.hashing import text_hashes
text_hashes(Buffers(np.array([0, 1], np.int64), np.zeros(1, np.uint8)))
print("numba" in sys.modules, "scipy.linalg" in sys.modules)
"""
    assert said(program) == ["True", "False"]


def test_another_users_functions_get_scipys_linear_algebra_still() -> None:
    program = """
import numba
import numpy as np
from dprep.kernels import jit
jit.start()

@numba.njit
def product(a):
    return np.cov(a @ a)[0, 0]

print(product(np.array([[1.0, 2.0], [3.0, 4.0]])))
"""
    assert said(program) == ["4.5"]  # (7, 10) has variance 4.5
