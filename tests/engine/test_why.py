"""The life of a row is told from its record and from what the version has decided."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from dprep import Error, api
from dprep.engine.why import Life, why
from dprep.store.versions import Version
from tests.engine.small import DROPPED, KEPT, LINES, RECIPE, inbox, record


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    folder = tmp_path_factory.mktemp("why")
    api.run(inbox(folder / "project"), store=folder / "store")
    return api.open("inbox", store=folder / "store")


def life(version: Version, row: str, **more: Path) -> Life:
    found = why(version, row, **more)
    assert found.lines()
    return found


def told(found: Life, step: str) -> str:
    """What the tale says of a step, its row-diff lines too."""
    return "\n".join("\n".join([event.what, *event.lines]) for event in found.events if event.step == step)


@pytest.mark.parametrize(("line", "step"), sorted(DROPPED.items()))
def test_a_dropped_row_ends_at_the_step_that_dropped_it(version: Version, line: int, step: str) -> None:
    found = life(version, f"mails/mail.jsonl:{line}")
    assert found.fate.startswith(f"dropped by `{step}`")
    assert (found.events[-1].step, found.notes) == (step, ())


@pytest.mark.parametrize("line", KEPT)
def test_a_kept_row_passes_every_step(version: Version, line: int) -> None:
    found = life(version, f"mails/mail.jsonl:{line}")
    assert re.fullmatch("kept in part `(train|test)`", found.fate)
    assert [event.step for event in found.events][:7] == [
        "read",
        "unicode",
        "whitespace",
        "length",
        "wanted",
        "exact",
        "stratified",
    ]
    assert found.notes == ()


def test_a_filter_tells_what_it_measured_against_every_bound(version: Version) -> None:
    assert told(life(version, "mail.jsonl:2"), "length") == "dropped: min_words: words 2 < min 3, characters 9"
    assert told(life(version, "mail.jsonl:8"), "length") == "kept: words 6 ≥ min 3, characters 24"
    assert told(life(version, "mail.jsonl:3"), "wanted") == "dropped: condition `label <> 'spam'` does not hold"


def test_a_change_is_shown_as_a_row_diff(version: Version) -> None:
    found = life(version, "mail.jsonl:4")
    assert told(found, "unicode") == (
        'changed\n- {"text": "zero\\u200bwidth   in the middle"}\n+ {"text": "zerowidth   in the middle"}'
    )
    assert (
        told(found, "whitespace") == 'changed\n- {"text": "zerowidth   in the middle"}\n+ {"text": "zerowidth in the middle"}'
    )
    assert told(life(version, "mail.jsonl:8"), "unicode") == "no change"


def test_a_duplicate_is_told_with_its_twin_and_the_twin_with_its_copy(version: Version) -> None:
    twin, copy = life(version, "mail.jsonl:1"), life(version, "mail.jsonl:5")
    assert twin.id in told(copy, "exact")
    assert "mails/mail.jsonl:1" in told(copy, "exact")
    assert "similarity 1" in told(copy, "exact")
    assert record(1)["body"] in told(copy, "exact")
    assert told(twin, "exact") == "kept: the one that stays of 2 twins"
    assert "mails/mail.jsonl:5, dropped by exact: duplicate" in told(twin, "copies")


def test_a_made_row_is_followed_from_its_parent_and_the_parent_names_it(version: Version) -> None:
    made = version.scan().filter(pl.col("parent").is_not_null()).collect().row(0, named=True)
    child, parent = life(version, made["id"]), life(version, made["parent"])
    assert f"`{made['parent']}`" in told(child, "noise")
    assert made["text"] in told(child, "noise")
    assert child.origin == parent.origin
    assert f"`{made['parent']}` ({made['origin']})" in told(child, "parent")
    assert told(parent, "noise") == "made 1 row from it"
    assert made["text"] in told(parent, "children")
    assert child.notes == parent.notes == ()


def test_a_rejected_record_is_found_by_its_line(version: Version) -> None:
    found = life(version, "mail.jsonl:7")
    assert (found.id, found.fate) == ("", "rejected when read: malformed-json")
    assert LINES[6] in told(found, "read")


def test_the_start_of_an_id_is_enough(version: Version) -> None:
    whole = life(version, "mail.jsonl:9")
    assert life(version, whole.id[:12]).id == life(version, whole.id).id == whole.id


@pytest.mark.parametrize("row", ["mail.jsonl:99", "deadbeef", "nonsense", "other.jsonl:1"])
def test_an_unknown_row_is_a_problem_that_shows_how_rows_are_named(version: Version, row: str) -> None:
    with pytest.raises(Error) as caught:
        why(version, row)
    (problem,) = caught.value.problems
    assert (problem.code, problem.sentence) == ("no-such-row", f"`inbox@v1` has no row `{row}`, kept, dropped or rejected")
    assert "from `mails/mail.jsonl:" in problem.help


def test_a_changed_source_is_said_to_have_changed(tmp_path: Path) -> None:
    recipe = inbox(tmp_path / "project")
    api.run(recipe, store=tmp_path / "store")
    version = api.open("inbox", store=tmp_path / "store")
    source = tmp_path / "project" / "mails" / "mail.jsonl"
    source.write_text(source.read_text().replace("where is my parcel today", "where is my money today"))
    found = life(version, "mail.jsonl:1")
    assert "`mails/mail.jsonl:1` is another record now" in found.notes[0]
    assert record(1)["body"] in told(found, "stored")
    assert life(version, "mail.jsonl:8").notes == ()
    source.unlink()
    gone = life(version, "mail.jsonl:2")
    assert "the steps cannot be run again: no file matches" in gone.notes[0]
    assert told(gone, "length") == 'dropped: min_words {"words":2,"characters":9}'


def test_a_source_that_has_moved_is_found_with_root(tmp_path: Path) -> None:
    recipe = inbox(tmp_path / "project")
    api.run(recipe, store=tmp_path / "store")
    version = api.open("inbox", store=tmp_path / "store")
    recipe.parent.rename(tmp_path / "moved")
    assert life(version, "mail.jsonl:8").notes != ()
    assert life(version, "mail.jsonl:8", root=tmp_path / "moved").notes == ()


def test_a_line_deep_in_a_large_file_is_found_among_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dprep.engine.records.SPAN", 100)
    recipe = inbox(tmp_path / "project", RECIPE.partition('[[step]]\nop = "dedup')[0])
    lines = [f'{{"body": "mail number {n} is here{" and long" * (n % 17)}", "intent": "x"}}' for n in range(200)]
    (recipe.parent / "mails" / "mail.jsonl").write_text("\n".join(lines))
    api.run(recipe, store=tmp_path / "store")
    version = api.open("inbox", store=tmp_path / "store")
    for number in (0, 1, 16, 17, 100, 198, 199):
        found = life(version, f"mail.jsonl:{number + 1}")
        assert f"mail number {number} is here" in told(found, "read")
        assert found.notes == ()


def test_repeated_records_and_overrides_are_replayed(tmp_path: Path) -> None:
    recipe = inbox(tmp_path / "project")
    (recipe.parent / "mails" / "mail.jsonl").write_text('{"body": "the same mail again", "intent": "x"}\n' * 4)
    api.run(recipe, store=tmp_path / "store", set=["step.length.min_words=2", 'step.exact.keep="longest"'])
    version = api.open("inbox", store=tmp_path / "store")
    lives = [life(version, f"mail.jsonl:{line}") for line in (1, 2, 3, 4)]
    assert len({found.id for found in lives}) == 4
    assert all("min 2" in told(found, "length") and not found.notes for found in lives)
    assert sum("dropped" in found.fate for found in lives) == 3


def test_a_row_is_found_by_the_key_of_its_source(tmp_path: Path) -> None:
    recipe = inbox(tmp_path / "project")
    lines = [f'{{"ticket": "T-{n}", "id": {n}, "body": "mail number {n} is here", "intent": "x"}}' for n in range(5)]
    (recipe.parent / "mails" / "mail.jsonl").write_text("\n".join(lines))
    for number, (key, row) in enumerate((("ticket", "T-3"), ("id", "3")), 1):
        columns = 'intent", file_id = "id" }' if key == "ticket" else 'intent" }'
        recipe.write_text(RECIPE.replace('intent" }', f'{columns}\nid = "{key}"'))
        api.run(recipe, store=tmp_path / "store")
        found = life(api.open(f"inbox@v{number}", store=tmp_path / "store"), row)
        assert (found.origin, found.notes) == ("mails/mail.jsonl:4", ())


def test_hostile_text_cannot_reach_the_terminal(tmp_path: Path) -> None:
    recipe = inbox(tmp_path / "project")
    hostile = "\\u001b]0;owned\\u0007 \\u202e evil words here"
    (recipe.parent / "mails" / "mail.jsonl").write_text(f'{{"body": "{hostile}", "intent": "x"}}\n{{"\x1b[2J broken\n')
    api.run(recipe, store=tmp_path / "store")
    version = api.open("inbox", store=tmp_path / "store")
    for row in ("mail.jsonl:1", "mail.jsonl:2"):
        text = "".join(life(version, row).lines())
        assert not set(text) & {"\x1b", "\x07", "\u202e", "\r"}
        assert "\\u001b" in text


def test_the_name_of_a_file_cannot_turn_the_line_around() -> None:
    life = Life("tiny@v1", "0" * 32, "a\u202e\u001b[31m.jsonl:2", "1", "kept in part `train`", ())
    assert "\u202e" not in "".join(life.lines())
    assert "origin   a\\u202e\\u001b[31m.jsonl:2 (source 1)" in life.lines()
