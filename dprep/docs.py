"""The generated pages: `python -m dprep.docs` writes them, `--check` fails where one is not what the code says.

docs/ops/*.md            one page per operator, from its file
docs/fit.md              one section per kind of artifact, from its file
docs/index.md            one section per kind of index, from its file
docs/cli.md              from the commands' own help
docs/problems.md         from the long text of every problem
docs/laws.md             from the docstrings of the laws
docs/recipe.md           every key of a recipe, from the schema
docs/training-keys.md    the keys of [train], tasks and methods, from the code of training
docs/report-facts.md     what `dprep report --json` holds, from the dataclasses of the chapters
docs/recipe.schema.json  what an editor needs to complete a recipe
docs/images/*.svg        figures of what parameters do
README.md, README.zh-CN.md   what stands between `<!-- dprep:NAME -->` and `<!-- /dprep:NAME -->`
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from dprep.fit.index_kinds import INDEXES, index_page
from dprep.fit.kinds import KINDS
from dprep.fit.kinds import page as kind_page
from dprep.ops import names
from dprep.ops.dedup._curve import svg
from dprep.ops.dedup.minhash import MinHash
from dprep.plan.page import page, summary

COMMAND = "python -m dprep.docs"
READMES = ("README.md", "README.zh-CN.md")

_NOTE = f"<!-- written by `{COMMAND}`; change the code, not this file -->\n\n"
_MARKED = re.compile(r"(<!-- dprep:(?P<name>[a-z-]+) -->\n).*?(<!-- /dprep:(?P=name) -->)", re.DOTALL)
_WIDTH = 100
_FITS = """\
Nothing is learnt in secret: what must be learnt from data is an artifact, made by a command of its own and named in the recipe
that uses it. `dprep fit KIND NAME --from VERSION` makes one; several stand in a file, and `dprep fit fits.toml` makes them all:

```toml
[[fit]]
kind = "tokenizer"
name = "pieces"
from = "support@latest"   # or a recipe beside this file
when = "lang = 'en'"
vocab_size = 8000
```

An unchanged request is a look-up. A recipe names an artifact where a parameter takes a file: `name@v3`, `name@latest`,
`name@<start of its hash>`. Behind `#` may stand the start of the hash that the content must have: `name@v3#9f2c41d0`; plain
files take that too. What counts for a version is the content, so another artifact makes another version."""

_INDEXES = """\
An index holds what rows are compared by, not the rows: later rows are looked up in it without the old text being read, or even
there. `dprep index NAME --of ROWS` makes one of versions, recipes or files, `--kind benchmark` one of test questions. It is an
artifact as those of `dprep fit` are: an unchanged request is a look-up, and a recipe names it as `name@v3` or `name@latest`."""


def generated(root: Path) -> dict[str, str]:
    """Every generated file of the repository at `root`: path -> what it must hold."""
    found = {f"docs/ops/{name}.md": _NOTE + page(name) for name in names()}
    found["docs/ops/README.md"] = _NOTE + operators_index()
    found["docs/fit.md"] = _NOTE + fits()
    found["docs/index.md"] = _NOTE + indexes()
    found["docs/cli.md"] = _NOTE + commands()
    found["docs/problems.md"] = _NOTE + problems()
    found["docs/laws.md"] = _NOTE + laws((root / "tests/laws/laws.py").read_text(encoding="utf-8"))
    found["docs/recipe.md"] = _NOTE + recipe()
    found["docs/training-keys.md"] = _NOTE + training()
    found["docs/report-facts.md"] = _NOTE + report_facts()
    found["docs/recipe.schema.json"] = schema()
    found["docs/images/match-curve.svg"] = curves()
    for name in READMES:
        if (root / name).is_file():
            found[name] = filled((root / name).read_text(encoding="utf-8"))
    return found


def operators_index() -> str:
    """Every operator with its first sentence, by family."""
    return "# Operators\n\nOne file each; `dprep ops NAME` prints the page in the terminal.\n\n" + operators_table("")


def operators_table(folder: str = "docs/ops/") -> str:
    """A table of the operators that links to their pages in `folder`."""
    lines = ["| operator | what it does |", "|---|---|"]
    return "\n".join([*lines, *(f"| [`{name}`]({folder}{name}.md) | {summary(name)} |" for name in names())]) + "\n"


def fits() -> str:
    """The page of every kind of artifact, below what all share."""
    return "\n\n".join(["# What `dprep fit` learns", _FITS, *(_lower(kind_page(kind)).rstrip() for kind in KINDS)]) + "\n"


def indexes() -> str:
    """The page of every kind of index, below what all share."""
    return (
        "\n\n".join(["# What `dprep index` makes", _INDEXES, *(_lower(index_page(kind)).rstrip() for kind in INDEXES)]) + "\n"
    )


def _lower(markdown: str) -> str:
    """Headings one level down."""
    return re.sub(r"^#", "##", markdown, flags=re.MULTILINE)


def commands() -> str:
    """The help of every command, as the terminal shows it."""
    parts = ["# Commands", "Exit codes: 0 done, 1 the run failed, 2 the recipe or the command is wrong."]
    for context in walk():
        parts.append(f"## {context.command_path}\n\n```text\n{context.get_help().rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def commands_table() -> str:
    """A table of the commands with their first sentence."""
    from dprep.cli.main import COMMANDS

    lines = ["| command | what it does |", "|---|---|"]
    return "\n".join([*lines, *(f"| `dprep {name}` | {sentence} |" for name, sentence in COMMANDS.items())]) + "\n"


def walk() -> Iterator[click.Context]:
    """`dprep` and each of its commands, in contexts as wide as a page."""
    from dprep.cli.main import cli

    top = click.Context(cli, info_name="dprep", terminal_width=_WIDTH, max_content_width=_WIDTH, **cli.context_settings)
    yield top
    for name in cli.list_commands(top):
        command = cli.get_command(top, name)
        if command is not None and not command.hidden:
            yield click.Context(command, parent=top, info_name=name)


def problems() -> str:
    """The long text of every problem; `dprep explain CODE` prints one."""
    from dprep.plan.codes import CODES

    parts = ["# Problems", "What `dprep explain CODE` prints."]
    parts += [f"## {code}\n\n{title}\n\n{text.strip()}" for code, (title, text) in sorted(CODES.items())]
    return "\n\n".join(parts) + "\n"


def laws(source: str) -> str:
    """The laws and what each asks, from the source of the tests that hold operators to them."""
    tree = ast.parse(source)
    told = {node.name: ast.get_docstring(node) or "" for node in tree.body if isinstance(node, ast.FunctionDef)}
    parts = [
        "# Laws",
        "Tests that walk the catalogue: a new operator is held to all of them before its author thinks of it. "
        "An operator that cannot obey one says so, with a sentence, on its page.",
    ]
    for number, name, functions in _listed(tree):
        text = "\n\n".join(told[function] for function in functions if told[function])
        parts.append(f"## {number}. {name}\n\n{text}")
    return "\n\n".join(parts) + "\n"


def _listed(tree: ast.Module) -> Iterator[tuple[int, str, list[str]]]:
    """Number, name and functions of every law in the tuple `LAWS`."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LAWS" and isinstance(node.value, ast.Tuple):
            for call in node.value.elts:
                if isinstance(call, ast.Call):
                    number, name = (ast.literal_eval(argument) for argument in call.args)
                    yield number, name, [ast.unparse(keyword.value) for keyword in call.keywords]


def recipe() -> str:
    """Every key of a recipe, table by table."""
    from dprep.plan.schema import recipe_schema

    tables = recipe_schema()["properties"]
    intro = (
        "One TOML file: one `[dataset]`, any number of `[[source]]`, and `[[step]]` from top to bottom. Relative paths start "
        "at the recipe's folder, or at `--root` or `DPREP_ROOT`. `--set dataset.KEY=VALUE`, `--set source.NAME.KEY=VALUE` and "
        "`--set step.NAME.KEY=VALUE` change a value for one run; a source without a name is told by its number, from 1."
    )
    parts = ["# Recipes", intro]
    for name, entry in tables.items():
        table = entry.get("items", entry)
        if "properties" not in table:  # [train] has a page of its own
            continue
        needed = table.get("required", ())
        lines = ["| key | type | meaning |", "|---|---|---|"]
        lines += [
            f"| `{key}`{' (needed)' if key in needed else ''} | {_shape(value)} | {value.get('description', '')} |"
            for key, value in table["properties"].items()
        ]
        parts.append(f"## {'[[' + name + ']]' if 'items' in entry else '[' + name + ']'}\n\n" + "\n".join(lines))
    parts.append("A step also takes the parameters of its operator: [operators](ops/README.md).")
    parts.append("A table `[train]` says how `dprep train` makes a model of the version: [its keys](training-keys.md).")
    return "\n\n".join(parts) + "\n"


def _shape(value: dict[str, Any]) -> str:
    """The type of a key in words."""
    if "enum" in value:
        return ", ".join(f"`{choice}`" for choice in value["enum"])
    if "type" not in value:
        return " or ".join(_shape(choice) for choice in value.get("anyOf", ())) or "any"
    if value["type"] == "object" and "enum" in (of := value.get("additionalProperties") or {}):
        return f"table of {_shape(of)}"
    if value["type"] == "array":
        return f"list of {_shape(value.get('items', {}))}s"
    return {"object": "table", "boolean": "`true` or `false`", "integer": "whole number"}.get(value["type"], str(value["type"]))


def curves() -> str:
    """How likely `dedup.minhash` compares two texts, at some thresholds."""
    found = [(op.threshold, *op.bands()) for op in (MinHash(threshold=least) for least in (0.5, 0.7, 0.8, 0.9))]
    return svg(found)


def schema() -> str:
    """The JSON Schema of recipes, with the keys of `[train]`."""
    from dprep.plan.schema import recipe_schema
    from dprep.train.telling import pages

    found = recipe_schema()
    train = found["properties"]["train"]
    found["properties"]["train"] = {**pages.schema(), "description": train["description"]}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def report_facts() -> str:
    """The keys of `dprep report --json`."""
    from dprep.report.dictionary import dictionary

    return dictionary()


def training() -> str:
    """The keys of `[train]`, the tasks and the methods."""
    from dprep.store.markdown import table
    from dprep.train.telling import pages

    keys = [[f"`{key}`", f"`{default}`", _cell(meaning)] for key, default, meaning in pages.table()]
    tasks = [[f"`{name}`", _cell(asks), _cell(answers) or "-", f"`{best}`"] for name, asks, answers, best in pages.tasks()]
    methods = [
        [f"`{name}`", _cell(sentence), ", ".join(f"`{option} = {_toml(value)}`" for option, value in options.items()) or "-"]
        for name, sentence, options in pages.methods()
    ]
    parts = [
        "# The keys of `[train]`",
        "Every key may stand in the recipe's table `[train]`, or be said on the command line: `--set train.epochs=5`. "
        "[Training](training.md) tells how they work together.",
        table(["key", "default", "meaning"], keys).rstrip(),
        "## Tasks",
        "What the model reads, what it is to say, and the metric that the best checkpoint is chosen by. Rows of "
        "`classification` and `regression` may have a second text, `text_pair`.",
        table(["task", "reads", "learns", "metric"], tasks).rstrip(),
        "## Methods",
        'Written `method = "lora"`, or with options `method = { name = "lora", rank = 8 }`; on the command line `--method lora '
        "--set train.method.rank=8`.",
        table(["method", "what is trained", "options"], methods).rstrip(),
    ]
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _toml(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


TABLES: dict[str, Callable[[], str]] = {"operators": operators_table, "commands": commands_table}
"""What may stand between markers in a README."""


def filled(text: str) -> str:
    """`text` with every marked table as it must be. Raises KeyError for a marker that names no table."""
    return _MARKED.sub(lambda found: f"{found[1]}{TABLES[found['name']]()}{found[3]}", text)


def stale(root: Path) -> list[str]:
    """Generated files of the repository at `root` that are missing, out of date or left over."""
    wanted = generated(root)
    left = [f"docs/ops/{file.name}" for file in (root / "docs/ops").glob("*.md") if f"docs/ops/{file.name}" not in wanted]
    return sorted([*left, *(path for path, text in wanted.items() if _read(root / path) != text)])


def write(root: Path) -> list[str]:
    """Write what is stale, remove what is left over; gives the paths."""
    wanted = generated(root)
    changed = stale(root)
    for path in changed:
        file = root / path
        if path in wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted[path], encoding="utf-8")
        else:
            file.unlink()
    return changed


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None


def main(arguments: list[str]) -> int:
    """0: done or fresh; 1: something is stale; 2: not called in a repository."""
    root = Path.cwd()
    if not (root / "tests/laws/laws.py").is_file():
        print("the pages are written from a checkout of the repository: run this at its top", file=sys.stderr)
        return 2
    if "--check" in arguments:
        found = stale(root)
        for path in found:
            print(f"{path} is not what the code says; run `{COMMAND}`", file=sys.stderr)
        return 1 if found else 0
    for path in write(root):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
