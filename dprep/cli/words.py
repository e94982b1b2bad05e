"""Numbers as people read them."""

from __future__ import annotations


def bytes_in_words(count: float) -> str:
    """1536 -> "1.5 KiB"."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if abs(count) < 1024:
            return f"{count:,.0f} {unit}" if unit == "bytes" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:,.1f} TiB"


def seconds_in_words(seconds: float) -> str:
    """0.04 -> "0.04 s", 75 -> "1 min 15 s", 7300 -> "2 h 2 min"."""
    if seconds < 10:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def counted(count: int, thing: str, things: str = "") -> str:
    """(1, "row") -> "1 row", (2000, "row") -> "2,000 rows"."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"
