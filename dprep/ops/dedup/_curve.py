"""The match curve: how likely two texts of a similarity are compared at all, 1 - (1 - s^width)^bands."""

from __future__ import annotations

_COLUMNS = 50
_ROWS = 10
_SHOWN = (0.5, 0.6, 0.7, 0.8, 0.9)


def matched(similarity: float, bands: int, width: int) -> float:
    """The probability that texts of this similarity share a band."""
    return 1.0 - (1.0 - similarity**width) ** bands


def drawn(threshold: float, bands: int, width: int) -> str:
    """The curve in letters, and its values at some similarities."""
    heights = [matched(column / _COLUMNS, bands, width) for column in range(_COLUMNS + 1)]
    mark = round(threshold * _COLUMNS)
    lines = []
    for row in range(_ROWS, 0, -1):
        low, high = (row - 1) / _ROWS, row / _ROWS
        cells = ["█" if h >= high - 1e-9 else "▄" if h >= (low + high) / 2 else " " for h in heights]
        cells[mark] = "│" if cells[mark] == " " else cells[mark]
        lines.append(f"{high:4.1f} ┤{''.join(cells).rstrip()}")
    axis = "     └" + "".join("┴" if column % 10 == 0 else "─" for column in range(_COLUMNS + 1))
    scale = "      " + "".join(f"{column / _COLUMNS:<10.1f}" for column in range(0, _COLUMNS + 1, 10)).rstrip()
    shown = sorted({*_SHOWN, threshold})
    told = ", ".join(f"{s:g}: {matched(s, bands, width):.3f}" for s in shown)
    how = f"{bands} bands of {width} hashes, for a threshold of {threshold:g}"
    head = f"Probability that two texts are compared, by their similarity ({how}):"
    return "\n".join([head, "", "```text", *lines, axis, scale, "```", "", f"At a similarity of {told}."])
