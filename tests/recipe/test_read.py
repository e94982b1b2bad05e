"""Files that are no recipes, and what a good recipe turns into."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dprep.base.problem import Error
from dprep.recipe.read import LARGEST, read_recipe

GOOD = """\
[dataset]
name = "mail"

[[source]]
path = ["a.jsonl", "b.jsonl"]
columns = { text = "body.html" }
keep = []
part = "train"
max_rejected = 0.05
delimiter = ";"

[[step]]
op = "clean.html"

[[step]]
op = "clean.html"
when = "lang = 'en'"
extract = "main"

[[step]]
op = "filter.length"
name = "html-3"

[[step]]
op = "clean.html"

[train]
model = "x"
deep = { r = [1, 2.5] }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DPREP_ROOT", raising=False)
    return tmp_path


def _shown(path: str | Path) -> str:
    with pytest.raises(Error) as caught:
        read_recipe(Path(path))
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_recipe_keeps_all_that_it_says(folder: Path) -> None:
    Path("recipe.toml").write_text(GOOD)

    recipe = read_recipe(Path("recipe.toml"))

    source = recipe.sources[0]
    assert (recipe.dataset.name, recipe.dataset.seed, recipe.text) == ("mail", None, GOOD)
    assert (source.path, source.columns, source.keep) == (("a.jsonl", "b.jsonl"), {"text": "body.html"}, ())
    assert (source.part, source.max_rejected, source.options) == ("train", 0.05, {"delimiter": ";"})
    assert [step.name for step in recipe.steps] == ["html", "html-2", "html-3", "html-4"]
    assert (recipe.steps[1].when, recipe.steps[1].params) == ("lang = 'en'", {"extract": "main"})
    assert recipe.train == {"model": "x", "deep": {"r": [1, 2.5]}}


def test_paths_start_from_the_argument_then_the_environment_then_the_recipe(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        (folder / name).mkdir()
    Path("c/recipe.toml").write_text(GOOD)

    assert read_recipe(Path("c/recipe.toml")).root == folder / "c"
    monkeypatch.setenv("DPREP_ROOT", "b")
    assert read_recipe(Path("c/recipe.toml")).root == folder / "b"
    assert read_recipe(Path("c/recipe.toml"), Path("a")).root == folder / "a"


def test_a_byte_order_mark_and_windows_line_ends_are_read(folder: Path) -> None:
    Path("recipe.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())

    recipe = read_recipe(Path("recipe.toml"))

    assert recipe.places.value(("source", 0, "part")).line == 8


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"", "error[unreadable-recipe]: `r.toml` is empty\n  = help: `dprep init DATA` writes a recipe for a data file"),
        (b" \n\n", "error[unreadable-recipe]: `r.toml` is empty\n  = help: `dprep init DATA` writes a recipe for a data file"),
        (
            b'[dataset]\nname = "\xe9t\xe9"\n',
            "error[unreadable-recipe]: byte 0xe9 is not UTF-8\n --> r.toml:2:9\n  |\n"
            '2 | name = "\ufffdt\ufffd"\n  |         ^\n  |\n  = help: save the recipe as UTF-8',
        ),
        (
            b"PAR1\x00\x15\x04",
            "error[bad-toml]: a key stands without `=` and a value\n --> r.toml:1:5\n  |\n"
            "1 | PAR1\\u0000\\u0015\\u0004\n  |     ^^^^^^\n  |\n  = help: write `key = value`",
        ),
        (b"x = " + b"[" * 5000, "error[bad-toml]: lists or tables are nested too deeply to be read\n --> r.toml"),
        (b"x = " + b"1" * 5000, "error[bad-toml]: a number has too many digits\n --> r.toml"),
        (
            b"#" + b"x" * LARGEST,
            "error[unreadable-recipe]: `r.toml` is larger than 4 MiB\n"
            "  = help: is it a data file? a recipe is a short TOML text",
        ),
    ],
    ids=["empty", "blank", "latin-1", "parquet", "deep", "digits", "large"],
)
def test_a_file_that_is_no_recipe_is_a_problem(content: bytes, shown: str, folder: Path) -> None:
    Path("r.toml").write_bytes(content)

    assert _shown("r.toml") == shown


def test_a_huge_file_is_not_read_whole(folder: Path) -> None:
    with Path("r.toml").open("wb") as file:
        file.truncate(100 * 2**20)

    assert "is larger than 4 MiB" in _shown("r.toml")


def test_a_missing_recipe_names_its_neighbours(folder: Path) -> None:
    Path("quickstart.toml").write_text(GOOD)

    assert _shown("quikstart.toml") == (
        "error[no-such-file]: there is no recipe `quikstart.toml`\n  = help: in this folder there are `quickstart.toml`"
    )
    assert "no-such-file" in _shown("nowhere/x.toml")


def test_a_folder_is_no_recipe(folder: Path) -> None:
    assert (
        _shown(".") == "error[unreadable-recipe]: `.` is a folder\n  = help: name the recipe inside it, such as `recipe.toml`"
    )


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_recipe_without_permission_is_a_problem(folder: Path) -> None:
    Path("r.toml").write_text(GOOD)
    Path("r.toml").chmod(0)

    assert _shown("r.toml").startswith("error[unreadable-recipe]: `r.toml` cannot be opened: permission denied")


def test_names_that_no_file_can_have_are_problems(folder: Path) -> None:
    assert "unreadable-recipe" in _shown("a\0b.toml")
    assert "unreadable-recipe" in _shown("x" * 5000)


def test_a_root_that_is_not_there_is_a_problem(folder: Path) -> None:
    Path("r.toml").write_text(GOOD)

    recipe = read_recipe(Path("r.toml"), Path("nowhere"))

    assert "\n".join(problem.render() for problem in recipe.problems) == (
        "error[no-such-folder]: `--root` names no folder: `nowhere`\n  = help: give a folder that exists"
    )
