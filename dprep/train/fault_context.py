"""Faults of libraries while a run is carried out, told as problems with the numbers of the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dprep.models.folders import settings_of
from dprep.train.faults import Context, as_problem, memory_of

if TYPE_CHECKING:
    from dprep.train.preparing import Prepared
    from dprep.train.runs import Run


@contextmanager
def told(prepared: Prepared, run: Run) -> Iterator[None]:
    """Whatever a library raises inside that a user can mend comes out as Error."""
    try:
        yield
    except Exception as fault:
        problem = as_problem(fault, context(prepared, run))
        if problem is None:
            raise
        raise problem from None


def context(prepared: Prepared, run: Run) -> Context:
    """What was going on, in numbers."""
    settings, longest = prepared.settings, int(prepared.train.sizes.max(initial=0))
    plan = settings_of(run.folder / "plan.json")
    return Context(
        device=settings.device,
        precision=settings.precision,
        method=settings.method,
        batch_tokens=settings.batch_tokens or settings.batch_size * longest,
        batch_size=settings.batch_size,
        accumulate=settings.accumulate,
        checkpointing=settings.activation_checkpointing,
        parameters=plan.get("weights", 0),
        trained=plan.get("weights_trained", 0),
        weight_bytes=4 * plan.get("weights", 0),
        device_bytes=memory_of(settings.device),
        where=f"the run `{run.name}`",
    )
