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


_COLORS = ("#4477aa", "#228833", "#cc6611", "#aa3377")
_LEFT, _TOP, _WIDTH, _HEIGHT = 56, 24, 560, 280


def svg(curves: list[tuple[float, int, int]]) -> str:
    """The curves of several (threshold, bands, width) as a picture."""
    right, bottom = _LEFT + _WIDTH, _TOP + _HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right + 24} {bottom + 52}"',
        ' font-family="sans-serif" font-size="13">',
        "<title>How likely two texts are compared, by their similarity</title>",
        f'<rect width="{right + 24}" height="{bottom + 52}" fill="#fff"/>',
    ]
    for tenth in range(0, 11, 2):
        x, y = _LEFT + _WIDTH * tenth // 10, bottom - _HEIGHT * tenth // 10
        parts.append(f'<path d="M{x} {_TOP}V{bottom}M{_LEFT} {y}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{tenth / 10:g}</text>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{tenth / 10:g}</text>')
    for number, (color, (threshold, bands, width)) in enumerate(zip(_COLORS, curves, strict=True)):
        points = (f"{_LEFT + _WIDTH * n / 100:.1f} {bottom - _HEIGHT * matched(n / 100, bands, width):.1f}" for n in range(101))
        place = _LEFT + _WIDTH * threshold
        parts.append(f'<path d="M{" L".join(points)}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<path d="M{place:.0f} {_TOP}V{bottom}" stroke="{color}" stroke-dasharray="4 4"/>')
        at = f'x="{_LEFT + 10}" y="{_TOP + 20 + 18 * number}"'
        parts.append(f'<text {at} fill="{color}">{threshold:g}: {bands} × {width}</text>')
    middle = _LEFT + _WIDTH // 2
    parts.append(f'<text x="{middle}" y="{bottom + 40}" text-anchor="middle">Jaccard similarity of two texts</text>')
    parts.append(f'<text transform="translate(14 {_TOP + _HEIGHT // 2}) rotate(-90)" text-anchor="middle">probability</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
