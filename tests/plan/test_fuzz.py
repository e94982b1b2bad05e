"""Random recipes: whatever is in the file, its author sees problems and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dprep import ops
from dprep.base.problem import Error
from dprep.plan.check import check
from dprep.recipe.read import read_recipe

GOOD = """\
[dataset]
name = "mail"
seed = 7
task = "classification"
license = "cc0-1.0"

[[source]]
path = "mail.jsonl"
columns = { text = "text", label = "label" }
types = { score = "float" }
constants = { origin_of = "here", n = 3 }
max_rejected = 0.1

[[source]]
path = "table.csv"
delimiter = ";"
keep = []

[[step]]
op = "clean.whitespace"
columns = ["text"]

[[step]]
op = "filter.length"
when = "lang = 'en' AND score > 0.1"
min_words = 2

[[step]]
op = "filter.where"
condition = "label <> 'spam'"

[[step]]
op = "dedup.minhash"
threshold = 0.8

[[step]]
op = "split.stratified"
ratios = { train = 8, validation = 1, test = 1 }
stratum = ["label"]
unit = ["customer", "twins"]

[train]
model = "x"
"""
PIECES = [
    *[
        '"',
        "'",
        "[",
        "]",
        "{",
        "}",
        "=",
        "\n",
        ".",
        ",",
        "#",
        "\\",
        '"""',
        "[[",
        "]]",
        "\0",
        "\u202e",
        "汉",
        "🙂",
        "\ud7ff",
        "\r",
    ],
    *[
        "-1",
        "0",
        "nan",
        "inf",
        "1e999",
        "true",
        "1979-05-27",
        "[]",
        "{}",
        "''",
        '"x"',
        "9" * 30,
        '"../x"',
        '"part"',
        '"id"',
        '"twins"',
    ],
    *[
        "op",
        "name",
        "columns",
        "when",
        "parts",
        "path",
        "task",
        "as",
        "[[step]]\n",
        "[step.x]\n",
        "[dataset]\n",
        "source = 3\n",
    ],
    *[f'op = "{name}"\n' for name in ops.names()],
]
MUTATION = st.tuples(st.integers(0, len(GOOD)), st.integers(0, 25), st.sampled_from(PIECES) | st.text(max_size=5))
VALUE = (
    st.sampled_from(PIECES[21:])
    | st.integers().map(str)
    | st.floats().map(str)
    | st.text(max_size=8).map(lambda t: "'" + t.replace("'", "") + "'")
)
LINES = GOOD.splitlines()


def _survives(raw: bytes) -> bool:
    """Check a recipe of these bytes; True if it has a plan. Anything but problems raises."""
    Path("fuzz.toml").write_bytes(raw)
    try:
        plan, problems = check(read_recipe(Path("fuzz.toml")))
    except Error as fault:
        plan, problems = None, list(fault.problems)
        assert problems
    for problem in problems:
        assert problem.render()
        assert "\x1b" not in problem.render()
    assert plan is not None or any(problem.severity == "error" for problem in problems)
    return plan is not None


BUSY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@BUSY
@given(st.lists(MUTATION, min_size=1, max_size=4))
def test_mutated_recipes_show_problems_only(inputs: Path, mutations: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for at, gone, new in mutations:
        text = text[:at] + new + text[at + gone :]

    _survives(text.encode("utf-8", "surrogatepass"))


@BUSY
@given(st.sampled_from(range(len(LINES))), VALUE)
def test_any_value_for_any_key_shows_problems_only(inputs: Path, line: int, value: str) -> None:
    key, equals, _ = LINES[line].partition("=")
    lines = [*LINES[:line], f"{key}= {value}" if equals else value, *LINES[line + 1 :]]

    _survives("\n".join(lines).encode("utf-8", "surrogatepass"))


@BUSY
@given(st.binary(max_size=200))
def test_random_bytes_show_problems_only(inputs: Path, raw: bytes) -> None:
    _survives(raw)


@BUSY
@given(
    st.sampled_from(ops.names()),
    st.dictionaries(st.sampled_from(["columns", "when", "parts", "keep", "unit", "x y"]), VALUE, max_size=3),
)
def test_any_step_keys_show_problems_only(inputs: Path, op: str, keys: dict[str, str]) -> None:
    step = "".join(f'"{key}" = {value}\n' for key, value in keys.items())

    _survives(GOOD.replace("[train]", f'[[step]]\nop = "{op}"\n{step}[train]').encode("utf-8", "surrogatepass"))


@BUSY
@given(
    st.text(max_size=30)
    | st.lists(
        st.sampled_from(
            ["text", "label", "=", "'a'", "and", "(", ")", "in", "sum(", "over", "*", '"b"', ">", "1", "null", "case", "[1]"]
        ),
        max_size=8,
    ).map(" ".join)
)
def test_any_condition_shows_problems_only(inputs: Path, condition: str) -> None:
    said = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in condition if not 0xD800 <= ord(c) < 0xE000
    )

    _survives(GOOD.replace("label <> 'spam'", said).encode())


def test_the_unharmed_recipe_has_a_plan(inputs: Path) -> None:
    assert _survives(GOOD.encode())


@pytest.mark.parametrize(
    "line",
    [
        line
        for line in LINES
        if "=" in line and not line.startswith(("license", "model", "max_rej", "keep", "constants", "seed"))
    ],
)
def test_the_fuzzer_breaks_what_it_touches(line: str, inputs: Path) -> None:
    """A recipe whose line says nonsense is refused, so the tests above do see problems."""
    assert not _survives(GOOD.replace(line, line.partition("=")[0] + "= [[['?']]]", 1).encode())
