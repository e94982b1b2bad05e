"""Words that the parameters of splits share."""

from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from annotated_types import Gt, Le, MaxLen, MinLen
from pydantic import StringConstraints

PartName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
Ratios = Annotated[dict[PartName, Annotated[float, Gt(0), Le(1_000_000_000)]], MinLen(2), MaxLen(64)]

USUAL = {"train": 8.0, "validation": 1.0, "test": 1.0}


def asked_and_got(
    parts: tuple[str, ...], shares: npt.NDArray[np.float64], part: npt.NDArray[Any]
) -> dict[str, dict[str, float]]:
    """The share of each part, in percent of the rows."""
    got = np.bincount(part, minlength=len(parts)) / max(len(part), 1)
    return {
        "asked": {name: round(float(share) * 100, 3) for name, share in zip(parts, shares, strict=True)},
        "got": {name: round(float(share) * 100, 3) for name, share in zip(parts, got, strict=True)},
    }
