"""Faults of libraries while a run is carried out, told as problems with the numbers of the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dprep.train.faults import Context, as_problem

if TYPE_CHECKING:
    from dprep.train.preparing import Prepared


@contextmanager
def told(prepared: Prepared) -> Iterator[None]:
    """Whatever a library raises inside that a user can mend comes out as Error."""
    try:
        yield
    except Exception as fault:
        problem = as_problem(fault, context(prepared))
        if problem is None:
            raise
        raise problem from None


def context(prepared: Prepared) -> Context:
    """What was going on, in numbers."""
    settings, longest = prepared.settings, int(prepared.train.sizes.max(initial=0))
    return Context(
        device=settings.device,
        precision=settings.precision,
        method=settings.method,
        batch_tokens=settings.batch_tokens or settings.batch_size * longest,
        batch_size=settings.batch_size,
        accumulate=settings.accumulate,
        checkpointing=settings.activation_checkpointing,
    )
