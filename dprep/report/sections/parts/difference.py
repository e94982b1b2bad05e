"""How far the labels of two parts are from each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.report.reading.effects import total_variation

EXPECTED = 5
"""Rows of a class that chance must let expect in the smaller part; smaller classes are taken together, as chi-square asks."""

Counts = npt.NDArray[np.int64]


def label_difference(a: Counts, b: Counts) -> tuple[float, float, float, float]:
    """(total variation, what chance alone gives, Cramér's V, p) of the counts of classes in two parts, neither empty.

    V is that of two parts of equal size, so that it does not shrink where one is small; what chance gives to its square is
    taken off.
    """
    n, m = int(a.sum()), int(b.sum())
    shares = (a + b) / (n + m)
    spread = np.sqrt(shares * (1 - shares) * (1 / n + 1 / m))
    chance = float(np.sqrt(2 / np.pi) * spread.sum() / 2)
    moved = total_variation(a, b)
    a, b = _merged(a, b)
    p, q = a / n, b / m
    middle = (p + q) / 2
    square = float(((p - q) ** 2 / middle).sum() / 4) - (len(a) - 1) * (1 / n + 1 / m) / 4
    pooled = (a + b) / (n + m)
    chi = float(((p - q) ** 2 / pooled).sum() / (1 / n + 1 / m))
    return _short(moved), _short(min(chance, 1.0)), _short(float(np.sqrt(max(0.0, square)))), _short(_tail(chi, len(a) - 1))


def _merged(a: Counts, b: Counts) -> tuple[Counts, Counts]:
    """Classes too small for chi-square as one."""
    least = (a + b) * (min(a.sum(), b.sum()) / (a.sum() + b.sum()))
    small = least < EXPECTED
    joined = [np.append(each[~small], each[small].sum()) for each in (a, b)]
    there = joined[0] + joined[1] > 0
    return joined[0][there], joined[1][there]


def _tail(chi: float, degrees: int) -> float:
    """How probable a chi-square as large is."""
    from scipy.special import gammaincc  # 0.1 s, and only where there are labels in two parts

    return float(gammaincc(degrees / 2, chi / 2)) if degrees > 0 else 1.0


def _short(value: float) -> float:
    return float(f"{value:.6g}")
