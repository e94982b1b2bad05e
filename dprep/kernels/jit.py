"""`njit` and `intrinsic` of numba that import numba (0.3 s) at a kernel's first call, not when its module is imported.

So operators can be listed, documented and checked without it. At the first call the kernels that a function's module names
are compiled too, and take their places among its globals: numba wants to see dispatchers there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib.util import find_spec
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


@functools.cache
def start() -> None:
    """Make numba ready, as the first call of any function would, less the import of scipy.linalg (0.2 s).

    numba imports that one only to see whether it is there, which a look at its folder tells too, and imports it again when a
    function wants it.
    """
    from numba.core.registry import cpu_target
    from numba.np import linalg

    real = getattr(linalg, "ensure_blas", None)
    if real is not None and find_spec("scipy") is not None:
        linalg.ensure_blas = lambda: None
        try:
            from numba.np import arraymath
        finally:
            linalg.ensure_blas = real
        arraymath.ensure_blas = real  # type: ignore[attr-defined]
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """As numba's."""

    def make(function: Callable[..., Any]) -> Any:
        from numba import njit as real

        start()
        return real(**options)(function)

    return lambda function: Kernel(function, make)


def intrinsic(function: Callable[..., Any]) -> Any:
    """As numba's."""

    def make(function: Callable[..., Any]) -> Any:
        from numba.extending import intrinsic as real

        return real(function)

    return Kernel(function, make)
