"""The page as a whole: the same bytes for the same version, for versions of every shape, inert whatever stands in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from dprep import api
from dprep.base.problem import Error
from dprep.cli import main
from dprep.report import writing
from dprep.report.making import gather, report
from dprep.report.reading.found import Found
from dprep.report.renderers import markdown
from dprep.report.renderers.html_page.page import write_page
from dprep.report.renderers.safe import safe
from dprep.report.sections import portrait
from tests.engine.at_hand import blocks_of
from tests.report.mixed import RECIPE, make
from tests.report.pages import check
from tests.report.ran import ran
from tests.store.hand import row_id, write_version

HOSTILE = "<script>alert(1)</script>"
CLOCK = {"started": "2026-01-02T03:04:05+00:00", "seconds": 1.0, "root": "..", "python": "3.11.0", "platform": "x"}
SPLIT = '[[step]]\nop = "split.stratified"\nratios = { train = 3, test = 1 }\n'
ROWS = [{"text": f"a text of row {n} and some more", "label": "ab"[n % 2]} for n in range(40)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a version that a run made."""
    return make(tmp_path_factory.mktemp("mixed") / "work").folder


def read(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_bytes())
    return found


def timeless(folder: Path) -> Found:
    """The version as if it had been made at another time, on another machine."""
    manifest, ledger = read(folder, "manifest.json"), read(folder, "ledger.json")
    seconds = dict.fromkeys(ledger["clock"]["seconds"], 0.5)
    return Found.of(folder, {**manifest, "clock": CLOCK}, {**ledger, "clock": {"seconds": seconds}})


def test_the_page_of_a_run_is_that_of_its_folder(folder: Path, tmp_path: Path) -> None:
    again = writing.write_report(folder, out=tmp_path / "again.html")

    assert again.read_bytes() == (folder / "report.html").read_bytes()


@pytest.mark.parametrize(("workers", "rows", "size"), [(2, 400, None), (1, 13, 3_000)])
def test_workers_blocks_and_places_change_no_byte(
    folder: Path, tmp_path: Path, workers: int, rows: int, size: int | None
) -> None:
    for source in ("mail.jsonl", "forum.jsonl"):
        (tmp_path / source).write_bytes((folder.parents[3] / source).read_bytes())
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    with blocks_of(rows, size):
        other = api.run(tmp_path / "recipe.toml", store=tmp_path / "elsewhere" / "data", workers=workers).folder

    first, second = timeless(folder), timeless(other)
    assert first.ledger == second.ledger
    assert gather(first).to_json() == gather(second).to_json()
    assert write_page(report(gather(first))) == write_page(report(gather(second)))
    mine, its = ((each / "report.html").read_text(encoding="utf-8") for each in (folder, other))
    clocks = [each for each in zip(mine.split("<"), its.split("<"), strict=True) if each[0] != each[1]]
    assert all(_is_of_the_clock(*each) for each in clocks), clocks


def _is_of_the_clock(*pieces: str) -> bool:
    """Seconds of steps, the moment of making, and the way from the store to the inputs."""
    return all(
        piece.rpartition(">")[2].replace(".", "").isdigit() or "UTC" in piece or "dprep run recipe.toml" in piece
        for piece in pieces
    )


PROGRAM = """
import hashlib, json, sys
from pathlib import Path
from dprep.report.reading.found import Found
from dprep.report.renderers.html_page.page import write_page
from dprep.report.making import gather, report
from dprep.report.renderers.safe import safe
from dprep.report.renderers import markdown
facts = gather(Found.of(Path(sys.argv[1])))
texts = [json.dumps(facts.to_json(), default=str), *(write_page(report(facts, each)) for each in ("en", "zh"))]
texts.append(markdown.render(report(facts)))
print([hashlib.sha256(text.encode()).hexdigest() for text in texts])
"""


def test_the_seed_of_hashes_changes_no_byte(folder: Path) -> None:
    printed = set()
    for seed in ("1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(folder)], env=environment, capture_output=True, text=True, check=True
        )
        printed.add(done.stdout)

    assert len(printed) == 1


def test_the_page_has_no_clock_but_that_of_the_manifest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_clock() -> float:
        raise AssertionError("the report looked at the clock")

    for name in ("time", "time_ns", "monotonic"):
        monkeypatch.setattr(f"time.{name}", no_clock)
    found = timeless(folder)
    page = write_page(report(gather(found)))

    assert "2026-01-02 03:04 UTC" in page
    assert str(folder.parents[2]) not in page


def without(entry: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}


def test_books_of_an_older_dprep_have_a_page(folder: Path) -> None:
    manifest, ledger = read(folder, "manifest.json"), read(folder, "ledger.json")
    steps = [without(step, "characters", "borders") for step in ledger["steps"]]
    noted = [without(step, "notes") for step in manifest["steps"]]
    old = Found.of(folder, {**without(manifest, "broke_off"), "steps": noted}, {**ledger, "steps": steps})

    facts = gather(old)
    page = check(write_page(report(facts)), "mixed@v1")

    assert page.cell("funnel", "length", "Dropped", "Changed") == "36"
    assert "0.0 characters" not in page.section("funnel").text
    assert facts.chapters["funnel"].lines[1].characters is None
    check(write_page(report(facts, "zh")), "mixed@v1")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_text("{}")


@pytest.mark.parametrize("harm", [cut, empty, Path.unlink])
@pytest.mark.parametrize("name", ["ledger.json", "data/train-00000-of-00001.parquet"])
def test_damaged_versions_are_a_problem(tmp_path: Path, name: str, harm: Callable[[Path], None]) -> None:
    version = ran(tmp_path, ROWS, SPLIT).folder
    (version / "report.html").unlink()
    harm(version / name)

    for form in ("--json", "--text", "--markdown", "--lang=zh"):
        done = CliRunner().invoke(main.cli, ["report", "set@v1", form, "--store", str(tmp_path / "store")])
        assert done.exit_code == 1
        assert "error[broken-version]" in done.stderr
        assert name in done.stderr
    with pytest.raises(Error, match="broken-version"):
        Found.of(version)


def test_a_recipe_that_cannot_be_read_costs_its_own_lines_only(folder: Path, tmp_path: Path) -> None:
    version = ran(tmp_path, ROWS, SPLIT).folder
    (version / "recipe.toml").write_bytes(b"[[[\xff")

    page = check(write_page(report(gather(Found.of(version)))), "set@v1")

    assert "No line of the recipe can be marked" in page.section("lineage").text


LENGTHS = "".join(f'[[step]]\nop = "filter.length"\nname = "s{n}"\nmax_characters = {900 - n}\n' for n in range(60))
MANY_PARTS = f'[[step]]\nop = "split.stratified"\nratios = {{ {", ".join(f"p{n} = 1" for n in range(64))} }}\n'
NOTHING_LEFT = f'[[step]]\nop = "filter.length"\nmin_words = 99\n{SPLIT}'


def turns(n: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"q {n}"}, {"role": "assistant", "content": "a " * n}]


WIDE = [{**{f"c{c}": f"{n}{c}" for c in range(200)}, **row} for n, row in enumerate(ROWS)]
CHATS = [{"messages": turns(n)} for n in range(1, 30)]
TOKENS = [{"tokens": ["a", "b", str(n)], "tags": ["O", "B-X", "O"]} for n in range(30)]
NUMBERS = [{"text": f"text {n}", "label": n * 1.5} for n in range(60)]
MANY_LABELS = [{"text": f"text {n} {'x' * (n % 7)}", "label": f"label {n}"} for n in range(10_000)]
LONG = [{"text": "x\0\u202e<b>" * 170_000, "label": "a"}, {"text": "word " * 200_000, "label": HOSTILE * 9_000}]
SHAPES: Mapping[str, tuple[list[dict[str, Any]], str, str, int]] = {
    "one row": (ROWS[:1], "", "classification", 60_000),
    "one part": (ROWS, "", "classification", 90_000),
    "an empty part": (ROWS, SPLIT.replace("3", "9_000"), "classification", 100_000),
    "nothing left": (ROWS, NOTHING_LEFT, "classification", 70_000),
    "200 columns": (WIDE, "", "text", 100_000),
    "60 steps": (ROWS, LENGTHS, "classification", 500_000),
    "64 parts": (ROWS * 2, MANY_PARTS, "text", 600_000),
    "chats": (CHATS, SPLIT, "chat", 100_000),
    "no text but tokens": (TOKENS, "", "tagging", 90_000),
    "labels that are numbers": (NUMBERS, SPLIT, "regression", 120_000),
    "10,000 labels": (MANY_LABELS, SPLIT, "classification", 250_000),
    "a megabyte on a line": ([*ROWS, *LONG], SPLIT, "classification", 200_000),
}
"""Rows, steps, task, and bytes that the page stays below."""


@pytest.mark.parametrize("shape", SHAPES)
def test_versions_of_every_shape_have_a_small_sound_page(tmp_path: Path, shape: str) -> None:
    rows, steps, task, size = SHAPES[shape]
    version = ran(tmp_path, rows, steps, task).folder

    page = (version / "report.html").read_text(encoding="utf-8")
    check(page, "set@v1")
    assert len(page.encode()) < size
    facts = gather(Found.of(version))
    check(write_page(report(facts, "zh")), "set@v1")
    assert len(markdown.render(report(facts))) <= markdown.MOST
    assert len(json.dumps(facts.to_json(), default=str)) < 1_500_000


def test_many_parts_from_files_have_a_page(tmp_path: Path) -> None:
    """A split makes 64 at most; files may bring any number."""
    frames = {f"part-{n}": _hostile_parts(f"words of {n}")["train"][:8] for n in range(120)}
    frames = {part: frame.with_columns(part=pl.lit(part)) for part, frame in frames.items()}
    page = write_page(report(gather(Found.of(write_version(tmp_path / "v1", frames, {})))))

    check(page, "support@v1")
    assert len(page.encode()) < 1_000_000
    assert "Curves of 12 parts" in page


def test_only_records_that_cannot_be_read_leave_a_page_of_none(tmp_path: Path) -> None:
    """A run refuses such an input; a version by hand may be so."""
    frame = pl.DataFrame({"id": [], "origin": [], "part": [], "text": [], "label": []}, schema_overrides={"id": pl.String})
    nothing = frame.cast(pl.String)
    version = write_version(tmp_path / "v1", {"train": nothing}, {})
    manifest, ledger = read(version, "manifest.json"), read(version, "ledger.json")
    zero = {**without(ledger["steps"][0], "samples"), "samples": {}, "in": 0, "out": 0, "changed": 0}
    steps = [{**zero, "name": "read", "op": "read"}]
    found = Found.of(version, {**manifest, "steps": [], "labels": []}, {"steps": steps})

    check(write_page(report(gather(found))), "support@v1")


NAMES = [HOSTILE, "../../x", '"><img src=x onerror=alert(1)>', "a\0b\u202e", "`code` *b* </title></style>"]


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_everywhere_in_the_books_are_words(tmp_path: Path, name: str) -> None:
    """Of dataset, steps, reasons, measures, columns, sources, files, labels, libraries; `check` allows no element but ours."""
    version = write_version(tmp_path / "v1", _hostile_parts(name), {})
    manifest, ledger = read(version, "manifest.json"), read(version, "ledger.json")
    kept = {"version", "task", "op", "started", "columns", "parts", "files"}
    manifest = _poisoned(manifest, name, kept)
    manifest["sources"][0]["files"][0]["name"] = name
    manifest["steps"] = [{**step, "name": f"{name}{n}"} for n, step in enumerate(manifest["steps"])]
    ledger = _poisoned(ledger, name, {"op", "samples"})
    texts = [json.dumps({"text": f"{name} {n}", name: name}) for n in range(2)]
    ledger["steps"] = [
        {
            **step,
            "name": f"{name}{n}",
            "reasons": {name: 2},
            "histograms": {name: step["histograms"].get("words", {})},
            "samples": {name: [f"- {texts[0]}\n+ {texts[1]}  # {name}"]},
        }
        for n, step in enumerate(ledger["steps"])
    ]
    facts = gather(Found.of(version, manifest, ledger))

    for language in ("en", "zh"):
        page = write_page(report(facts, language))
        tree = check(page, _title(page))
        assert page.count(safe(name)) > 20
        assert "alert" not in "".join(node.text for node in tree.root.all("script"))
        active = [node.attributes.get(key, "") for node in tree.root.all() for key in ("href", "id", "style")]
        assert not [value for value in active if "alert" in value]


def _title(page: str) -> str:
    """What it calls itself."""
    return " ".join(unescape(page.partition("<h1>")[2].partition("</h1>")[0]).split())


def _hostile_parts(name: str) -> dict[str, pl.DataFrame]:
    return {
        part: pl.DataFrame(
            {
                "id": [row_id(n + start) for n in range(30)],
                "origin": [f"{name}:{n}" for n in range(30)],
                "part": [part] * 30,
                "text": [f"{name} {n // 2} 中文 {name}" for n in range(30)],
                "label": [f"{name} {n % 4}" for n in range(30)],
            }
        )
        for part, start in (("train", 0), ("test", 100))
    }


def _poisoned(value: Any, words: str, kept: set[str]) -> Any:
    """All strings of the books but the keys, and what is under the keys `kept`, with `words` behind."""
    if isinstance(value, str):
        return f"{value} {words}"
    if isinstance(value, list):
        return [_poisoned(each, words, kept) for each in value]
    if isinstance(value, dict):
        return {key: each if key in kept else _poisoned(each, words, kept) for key, each in value.items()}
    return value


def test_a_chapter_that_fails_costs_the_page_and_not_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(found: Found) -> None:
        raise ZeroDivisionError("a fault of ours")

    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    (tmp_path / "recipe.toml").write_text(
        f'[dataset]\nname = "set"\ntask = "classification"\n[[source]]\npath = "rows.jsonl"\n{SPLIT}'
    )
    arguments = [str(tmp_path / "recipe.toml"), "--store", str(tmp_path / "store")]
    with monkeypatch.context() as patch:
        patch.setattr(portrait, "facts", fault)
        done = CliRunner().invoke(main.cli, ["run", *arguments, "--json"])
        shown = CliRunner().invoke(main.cli, ["report", "set@v1", "--text", "--store", str(tmp_path / "store")])
    made = json.loads(done.stdout)

    assert done.exit_code == 0
    assert made["version"] == "v1"
    assert "warning[no-report]: the report could not be made (ZeroDivisionError: a fault of ours)" in done.stderr
    assert not (Path(made["path"]) / "report.html").exists()
    assert shown.exit_code != 0
    assert "a fault of ours" in shown.stderr
    assert "Traceback" not in shown.stderr
    again = CliRunner().invoke(
        main.cli, ["report", "set@v1", "--out", str(tmp_path / "r.html"), "--store", str(tmp_path / "store")]
    )
    assert again.exit_code == 0
    check((tmp_path / "r.html").read_text(encoding="utf-8"), "set@v1")
