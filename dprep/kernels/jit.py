"""`njit` and `intrinsic` of numba that import numba (0.3 s) at a kernel's first call, not when its module is imported.

So operators can be listed, documented and checked without it. At the first call the kernels that a function's module names
are compiled too, and take their places among its globals: numba wants to see dispatchers there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class Kernel:
    """A function that numba compiles at its first call."""

    def __init__(self, function: Callable[..., Any], make: Callable[[Callable[..., Any]], Any]) -> None:
        functools.update_wrapper(self, function)
        self._function, self._make, self._made = function, make, None

    def __call__(self, *arguments: Any) -> Any:
        return self.made()(*arguments)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_made":
            raise AttributeError(name)
        return getattr(self.made(), name)

    def made(self) -> Any:
        """numba's own object."""
        if self._made is None:
            self._made = self._make(self._function)
            scope = self._function.__globals__
            for name, value in list(scope.items()):
                if isinstance(value, Kernel):
                    scope[name] = value.made()
        return self._made


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """As numba's."""

    def make(function: Callable[..., Any]) -> Any:
        from numba import njit as real

        return real(**options)(function)

    return lambda function: Kernel(function, make)


def intrinsic(function: Callable[..., Any]) -> Any:
    """As numba's."""

    def make(function: Callable[..., Any]) -> Any:
        from numba.extending import intrinsic as real

        return real(function)

    return Kernel(function, make)
