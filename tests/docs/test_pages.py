"""Pages are printed from the code, and what stands in Markdown is true."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import click
import jsonschema
import pytest

from dprep import docs
from dprep.cli.main import COMMANDS, cli
from dprep.ops import names
from dprep.plan.page import page, summary
from dprep.recipe.read import recipe_from_text

ROOT = Path(__file__).resolve().parents[2]
MARKDOWN = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TRUE = [file for file in MARKDOWN if file.name != "problems.md"]  # there, examples are wrong on purpose
RECIPES = sorted((ROOT / "recipes").glob("*.toml"))

_BLOCKS = re.compile(r"^```(?:console|sh|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)

OPERATOR = '''"""Drop texts
that end oddly. And more.
"""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Lt
from dprep.base.operator import Filter, Words


class Odd(Filter):
    extra: ClassVar[str] = "html"
    varies: ClassVar[str] = "the weather changes."
    exempt: ClassVar = {"twice": "Once is never enough."}

    max_share: Annotated[float, Ge(0), Lt(1)] = 0.5
    """Largest share | of it."""
    min_words: Annotated[int, Gt(1_000)] | None = None
    """Fewest words."""
    mode: Literal["soft", "hard"] = "soft"
    """How."""
    endings: Words = ("a", "b")
    """Which."""
    needed: str
    """No default."""
'''


def _written(found: str) -> set[str]:
    return set(found.splitlines())


def test_a_page_says_what_the_class_says(tmp_path: Path) -> None:
    (tmp_path / "filter").mkdir()
    (tmp_path / "filter/odd.py").write_text(OPERATOR, encoding="utf-8")

    told = page("filter.odd", tmp_path)

    assert summary("filter.odd", tmp_path) == "Drop texts that end oddly."
    assert told.startswith("# filter.odd\n\nDrop texts\nthat end oddly. And more.\n\n## Parameters\n")
    assert {
        "| `max_share` | number | `0.5` | at least 0, under 1 | Largest share \\| of it. |",
        "| `min_words` | integer | none | over 1,000 | Fewest words. |",
        '| `mode` | `"soft"` or `"hard"` | `"soft"` |  | How. |',
        '| `endings` | list of strings | `["a", "b"]` |  | Which. |',
        "| `needed` | string | required |  | No default. |",
        "- Needs an extra: `pip install 'dprep[html]'`.",
        "- Answers vary: the weather changes.",
        "- Exempt from the law `twice`: Once is never enough.",
    } <= _written(told)


def test_the_pages_are_fresh() -> None:
    assert docs.stale(ROOT) == [], f"run `{docs.COMMAND}`"


def test_a_stale_page_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tests/laws").mkdir(parents=True)
    (tmp_path / "tests/laws/laws.py").write_text((ROOT / "tests/laws/laws.py").read_text())
    (tmp_path / "README.md").write_text("before\n<!-- dprep:operators -->\nold\n<!-- /dprep:operators -->\nafter\n")
    monkeypatch.chdir(tmp_path)

    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0
    (tmp_path / "docs/ops/filter.length.md").write_text("stale")
    (tmp_path / "docs/ops/filter.gone.md").write_text("left over")
    capsys.readouterr()
    assert docs.main(["--check"]) == 1

    told = capsys.readouterr().err
    assert "docs/ops/filter.length.md is not what the code says; run `python -m dprep.docs`" in told
    assert "docs/ops/filter.gone.md" in told
    readme = (tmp_path / "README.md").read_text()
    assert readme.startswith("before\n<!-- dprep:operators -->\n| operator |")
    assert "docs/ops/filter.length.md" in readme
    assert readme.endswith("<!-- /dprep:operators -->\nafter\n")


def test_outside_a_checkout_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert docs.main([]) == 2


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_command_has_help_that_ends_with_an_example(name: str) -> None:
    command = cli if not name else cli.get_command(click.Context(cli), name)
    assert command is not None
    with click.Context(command, info_name=f"dprep {name}") as context:
        told = command.get_help(context)

    assert "Example" in told
    assert told.rstrip().splitlines()[-1].strip().startswith("dprep")
    undocumented = [each.name for each in command.params if isinstance(each, click.Option) and not each.help]
    assert undocumented == []


@pytest.mark.parametrize("name", names())
def test_every_operator_page_shows_an_example_and_speaks_of_chinese(name: str) -> None:
    told = page(name)

    assert "```toml" in told
    assert "```diff" in told
    assert "Chinese" in told
    assert summary(name).split()[0].istitle(), "the first sentence is an order: Drop …, Repair …"


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(file: Path) -> None:
    text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    broken = [t for t in targets if t and "://" not in t and not t.startswith("mailto:") and not (file.parent / t).exists()]

    assert broken == []


@pytest.mark.parametrize("file", TRUE, ids=lambda file: str(file.relative_to(ROOT)))
def test_recipes_shown_in_markdown_can_be_read(file: Path) -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for block in (block for block in blocks if "[dataset]" in block):
        recipe = recipe_from_text(block, file.name, ROOT)
        assert [str(problem) for problem in recipe.problems] == []
        assert {step.op for step in recipe.steps} <= set(names())


@pytest.mark.parametrize("file", TRUE, ids=lambda file: str(file.relative_to(ROOT)))
def test_commands_shown_in_markdown_exist(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    shown = re.findall(r"^\s*(?:\$ |\.venv/bin/)?dprep ([a-z][^\n`#|]*)", "".join(_BLOCKS.findall(text)), re.MULTILINE)
    wrong = [words for words in shown if not _exists(words.split())]

    assert wrong == []


def _exists(words: list[str]) -> bool:
    """The command is one of ours, and it has every option that is shown."""
    if words[0] not in COMMANDS:
        return False
    command = cli.get_command(click.Context(cli), words[0])
    assert command is not None
    options = {name for each in command.get_params(click.Context(command)) for name in each.opts}
    return {word.partition("=")[0] for word in words[1:] if re.match("--[a-z]", word)} <= options | {"--help"}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda file: file.name)
def test_the_editors_schema_accepts_our_recipes(recipe: Path) -> None:
    validator = _validator()

    assert [error.message for error in validator.iter_errors(tomllib.loads(recipe.read_text(encoding="utf-8")))] == []


def test_the_editors_schema_refuses_what_check_refuses() -> None:
    good = {"dataset": {"name": "a"}, "source": [{"path": "a.jsonl"}], "step": [{"op": "filter.length", "min_words": 3}]}
    bad = ({"op": "filter.length", "min_words": -1}, {"op": "filter.length", "min_word": 3}, {"op": "length"}, {})

    assert _validator().is_valid(good)
    assert [step for step in bad if _validator().is_valid({**good, "step": [step]})] == []


def _validator() -> jsonschema.Draft7Validator:
    schema = json.loads(docs.schema())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_the_page_of_recipes_names_every_key_that_a_recipe_uses() -> None:
    told = docs.recipe()
    sections = {name: told.split(f"## {name}\n")[1].split("\n## ")[0] for name in ("[dataset]", "[[source]]", "[[step]]")}
    for file in RECIPES:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
        for key in (*written["dataset"], "seed"):
            assert f"| `{key}`" in sections["[dataset]"]
        for key in {key for source in written["source"] for key in source}:
            assert f"| `{key}`" in sections["[[source]]"]
    for key in ("op", "name", "columns", "parts", "when", "on_error"):
        assert f"| `{key}`" in sections["[[step]]"]
    assert "| `path` (needed) | string or list of strings |" in told
    assert "| `types` | table of `string`, `int`" in told
