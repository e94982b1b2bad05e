"""A path into nested columns that leads nowhere is told as a problem, by the run and by the preview."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dprep import Error, api
from dprep.engine.preview import preview

RECIPE = """
[dataset]
name = "talks"
task = "chat"
seed = 1

[[source]]
path = "talks.jsonl"
columns = {{ messages = "conversations" }}

[[step]]
op = "clean.whitespace"
columns = ["{path}"]
"""
FOREIGN = [{"from": "human", "value": "hi  there"}, {"from": "gpt", "value": "hello"}]


def _recipe(folder: Path, messages: object, path: str = "messages.content") -> Path:
    (folder / "talks.jsonl").write_text(json.dumps({"conversations": messages}) + "\n")
    (folder / "recipe.toml").write_text(RECIPE.format(path=path))
    return folder / "recipe.toml"


@pytest.mark.parametrize(
    "read",
    [
        lambda recipe: api.run(recipe, store=recipe.parent / "store", workers=1),
        lambda recipe: preview(api.plan(recipe)[0]),
    ],
    ids=["run", "preview"],
)
@pytest.mark.parametrize(
    ("messages", "path", "told"),
    [
        (FOREIGN, "messages.content", "has no field `content`: its fields are `from`, `value`"),
        ("just text", "messages.content", "has no field `content`: it holds no objects"),
        ([{"content": "hi"}], "messages[user].content", "has no field `role`: its fields are `content`"),
    ],
    ids=["foreign fields", "text", "no roles"],
)
def test_messages_of_another_shape_are_a_problem(
    read: Callable[[Path], object], messages: object, path: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(Error) as found:
        read(_recipe(tmp_path, messages, path))
    assert found.value.exit_code == 1
    assert [problem.code for problem in found.value.problems] == ["missing-column"]
    assert found.value.problems[0].sentence.endswith(f"and `messages` {told}")
    assert not list((tmp_path / "store").glob("datasets/*/v*"))


def test_messages_with_roles_and_contents_run(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, [{"role": "user", "content": "hi  there"}], "messages[user].content")
    made = api.run(recipe, store=tmp_path / "store", workers=1)
    assert made.manifest["rows"]["out"] == 1
