"""Numbers, shares, sizes and times as people read them; the same in every language."""

from __future__ import annotations

import re


def number(value: float) -> str:
    """A number in few digits: `12,345`, `0.123`, `1.2e+09`."""
    value = value or 0.0  # -0.0 is nothing too
    whole = value == int(value) or abs(value) >= 1_000
    return f"{value:,.0f}" if whole and abs(value) < 1e7 else f"{value:.3g}"


def share(part: float, whole: float) -> str:
    """A part as a percentage; what is not nothing never reads as 0 %, what is not all never as 100 %."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    if percent < 0.1:
        return "< 0.1 %"
    return "> 99.9 %" if 99.95 <= percent < 100 else f"{percent:.1f} %"


def moment(time: str) -> str:
    """`2026-01-02T03:04:05Z` as `2026-01-02 03:04 UTC`; anything else as it stands."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:[\d.]+)?(Z|\+00:00)", time)
    return f"{found[1]} {found[2]} UTC" if found else time


def size(bytes: float) -> str:
    """Bytes as people read them, in powers of 1024."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if bytes < 1024:
            return f"{bytes:.0f} {unit}" if unit == "B" else f"{bytes:.1f} {unit}"
        bytes /= 1024
    return f"{bytes:.1f} TiB"
