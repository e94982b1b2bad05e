"""The match curve on the page of dedup.minhash: what it says is what the bands do."""

from __future__ import annotations

import math
import re

from click.testing import CliRunner

from dprep.cli.main import cli
from dprep.kernels.sketch import bands_for


def test_the_page_shows_the_curve_of_the_parameters() -> None:
    shown = CliRunner().invoke(cli, ["ops", "dedup.minhash", "--set", "threshold=0.7", "--set", "sketch=128"])

    bands, width = bands_for(0.7, 128)
    assert shown.exit_code == 0
    assert f"({bands} bands of {width} hashes, for a threshold of 0.7)" in shown.output
    told = {float(s): float(p) for s, p in re.findall(r"(0\.\d): (\d\.\d{3})", shown.output)}
    assert told.keys() == {0.5, 0.6, 0.7, 0.8, 0.9}
    assert told[0.7] >= 0.99
    for similarity, likely in told.items():  # no band of `width` hashes agrees
        missed = math.prod([1 - similarity**width] * bands)
        assert abs(likely - (1 - missed)) < 0.0006


def test_bars_are_as_high_as_the_curve() -> None:
    shown = CliRunner().invoke(cli, ["ops", "dedup.minhash"]).output

    rows = [line.partition("┤")[2] for line in shown.splitlines() if "┤" in line]
    assert len(rows) == 10
    for similarity in (0.4, 0.6, 0.7, 0.96):
        column = round(similarity * 50)
        cells = [row[column] if column < len(row) else " " for row in rows]
        height = sum({"█": 1.0, "▄": 0.5}.get(cell, 0.0) for cell in cells) / 10
        assert abs(height - (1 - (1 - similarity**8) ** 32)) <= 0.1


def test_parameters_that_cannot_be_are_told() -> None:
    for settings, told in ((["threshold=2"], "at most 1"), (["treshold=0.5"], "did you mean"), (["keep"], "names no key")):
        shown = CliRunner().invoke(cli, ["ops", "dedup.minhash", "--set", *settings])
        assert shown.exit_code != 0
        assert told in shown.output + str(shown.exception)
