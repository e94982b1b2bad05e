"""Each command once over a small store whose truth is known by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from dprep import ops
from dprep.cli.main import cli
from dprep.plan.codes import CODES
from dprep.store.exports import FORMATS
from tests.engine.small import inbox


def call(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe and a store of two versions; the second wants five words."""
    folder = tmp_path_factory.mktemp("commands")
    recipe = inbox(folder)
    call("run", recipe, "--store", folder / "store")
    call("run", recipe, "--store", folder / "store", "--set", "step.length.min_words=6")
    return folder


@pytest.fixture
def here(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    return project


def test_run_says_where_rows_went_and_what_to_type_next(here: Path) -> None:
    lines = call("run", "recipe.toml").stdout.splitlines()
    told = {
        line[:10].strip(): line[10:]
        for line in lines
        if line[:10].strip() in {"version", "rows", "folder", "report", "rejected", "next"}
    }
    assert told["version"] == "inbox@v1, as before: nothing has changed"
    assert told["rows"] == "9 (train 8, test 1)"
    assert told["folder"] == "store/datasets/inbox/v1"
    assert told["report"] == "store/datasets/inbox/v1/report.html"
    assert told["rejected"] == "1 record, see store/datasets/inbox/v1/rejected/1-mail.jsonl"
    assert told["next"] == "dprep report inbox@v1 --open"


def test_a_fresh_run_says_that_it_made_the_same_again(here: Path) -> None:
    lines = call("run", "recipe.toml", "--fresh").stdout.splitlines()

    assert "version   inbox@v1, made again: every row as before, so there is no new number" in lines


@pytest.mark.parametrize(("parts", "told"), [(2, False), (20, False), (21, True), (40, True)])
def test_a_column_that_makes_many_parts_is_told(parts: int, told: bool, tmp_path: Path) -> None:
    rows = [json.dumps({"text": f"line {n}", "part": f"chapter-{n % parts}"}) for n in range(80)]
    (tmp_path / "book.jsonl").write_text("\n".join(rows))
    (tmp_path / "recipe.toml").write_text('[dataset]\nname = "book"\ntask = "text"\n[[source]]\npath = "book.jsonl"\n')

    shown = call("run", tmp_path / "recipe.toml", "--store", tmp_path / "store").stdout
    facts = {line[:10].strip(): line[10:] for line in shown.splitlines()}

    assert ("parts" in facts) == told
    if told:
        assert facts["parts"].startswith(f"{parts}, from a column `part` of the files; ")
        assert facts["rows"].endswith(f" and {parts - 20} more part{'s' * (parts > 21)})")
        renamed = '[[source]]\ncolumns = { file_part = "part" }'
        (tmp_path / "recipe.toml").write_text((tmp_path / "recipe.toml").read_text().replace("[[source]]", renamed))
        again = call("run", tmp_path / "recipe.toml", "--store", tmp_path / "store").stdout
        assert "80 (train 80)" in again


def test_run_json_ends_with_one_object_whose_parts_sum_up(here: Path) -> None:
    found: dict[str, Any] = json.loads(call("run", "recipe.toml", "--json").stdout.splitlines()[-1])
    assert set(found) == {"dataset", "version", "path", "asked", "got", "cached", "rows", "steps"}
    assert (found["dataset"], found["version"], found["cached"]) == ("inbox", "v1", True)
    assert sum(found["rows"]["parts"].values()) == found["rows"]["out"]
    assert (found["rows"]["in"], found["rows"]["rejected"]) == (9, 1)
    assert set(found["steps"][0]) == {"name", "op", "in", "added", "dropped", "changed", "out", "seconds", "reasons"}
    for step in found["steps"]:
        assert step["in"] + step["added"] == step["out"] + step["dropped"]
        assert sum(step["reasons"].values()) == step["dropped"]


def test_a_quiet_run_is_quiet(here: Path) -> None:
    result = call("run", "recipe.toml", "--quiet")
    assert (result.stdout, result.stderr) == ("", "")


def test_a_trial_has_no_number(here: Path) -> None:
    shown = call("run", "recipe.toml", "--limit", 4, "--until", "length").stdout
    assert "version   inbox, a trial, made in" in shown
    assert "store/trials/inbox-" in shown
    assert call("run", "recipe.toml", "--until", "lenght", code=2).stderr.startswith(
        "error[unknown-step]: the recipe has no step `lenght`"
    )


def test_a_trial_can_be_asked_why(here: Path) -> None:
    trial = json.loads(call("run", "recipe.toml", "--until", "length", "--json").stdout)["path"]
    assert "fate     dropped by `length`: min_words" in call("why", trial, "mail.jsonl:2").stdout
    assert "note" not in call("why", trial, "mail.jsonl:8").stdout


def test_check_counts_what_it_looked_at(here: Path) -> None:
    assert call("check", "recipe.toml").output == "no problems; 8 steps, 1 file\n"
    assert json.loads(call("check", "recipe.toml", "--json").stdout) == {"problems": [], "steps": 8, "files": 1}


def test_check_shows_problems_with_their_places(here: Path) -> None:
    Path("wrong.toml").write_text(Path("recipe.toml").read_text().replace("min_words", "min_wrods"))
    result = call("check", "wrong.toml", code=2)
    assert result.stderr.startswith("error[unknown-parameter]: `filter.length` takes no `min_wrods`\n")
    assert " --> wrong.toml:19:1" in result.stderr
    assert "help: did you mean `min_words`?" in result.stderr
    assert result.stderr.endswith("\n1 problem\n")
    (problem,) = json.loads(call("check", "wrong.toml", "--json", code=2).stdout)["problems"]
    assert (problem["severity"], problem["place"]["line"], problem["place"]["column"]) == ("error", 19, 1)


def test_ops_lists_every_operator_and_shows_its_page() -> None:
    listed = call("ops").stdout
    assert [line.split()[0] for line in listed.splitlines() if "." in line.split(" ")[0]] == sorted(
        ops.names(), key=lambda name: (ops.FAMILIES.index(name.split(".")[0]), name)
    )
    page = call("ops", "filter.length").stdout
    assert page.startswith("# filter.length\n\nDrop texts with too few")
    assert "`min_words`" in page
    assert "min_words" in json.loads(call("ops", "filter.length", "--json").stdout)["properties"]


def test_ops_shows_the_operators_of_a_recipe(tmp_path: Path) -> None:
    recipe = inbox(tmp_path)
    recipe.write_text(recipe.read_text().replace('name = "inbox"', 'name = "inbox"\nops = "ops"', 1))
    (tmp_path / "ops" / "tag").mkdir(parents=True)
    code = Path(ops.__file__ or "").parent / "tag" / "language.py"
    text = '"""Say hello to every text. Really."""\n' + code.read_text().split('"""', 2)[2]
    (tmp_path / "ops" / "tag" / "mine.py").write_text(text)
    assert "tag.mine" in call("ops", "--recipe", recipe).stdout
    assert call("ops", "tag.mine", "--recipe", recipe).stdout.startswith("# tag.mine\n\nSay hello to every text.")


def test_explain_prints_the_page_of_every_code() -> None:
    assert len(call("explain").stdout.splitlines()) == len(CODES)
    for code in CODES:
        assert call("explain", code).stdout.startswith(f"{code}: ")
    assert call("explain", "error[missing-column]:").stdout == call("explain", "missing-column").stdout


def test_versions_lists_what_the_store_holds(here: Path) -> None:
    head, *lines = call("versions").stdout.splitlines()
    assert head.split() == ["version", "rows", "parts", "size", "made", "(UTC)", "got"]
    assert [line.split()[0] for line in lines] == ["inbox@v1", "inbox@v2"]
    found = json.loads(call("versions", "inbox", "--json").stdout)
    assert [each["version"] for each in found] == ["inbox@v1", "inbox@v2"]
    assert "did you mean `inbox`?" in call("versions", "inbx", code=2).stderr
    assert call("versions", "--store", "empty").stdout.startswith("the store `empty` holds no versions yet")


def test_diff_attributes_every_row(here: Path) -> None:
    shown = call("diff", "inbox@v1", "inbox@v2").stdout
    assert "length: min_words 3 -> 6" in shown
    removed = [line for line in shown.splitlines() if line.strip().endswith("length: min_words")]
    assert removed, shown
    found = json.loads(call("diff", "inbox@v1", "inbox@v2", "--json", "--sample", "1").stdout)
    gone = {(group["step"], group["reason"]): group["rows"] for group in found["groups"] if group["fate"] == "removed"}
    assert gone["length", "min_words"] == 3  # lines 1, 4 and 9 have five words


@pytest.mark.parametrize("format_", FORMATS)
def test_export_lists_the_files_it_wrote(here: Path, format_: str, tmp_path: Path) -> None:
    if format_ == "hf":
        pytest.importorskip("datasets")
    lines = call("export", "inbox@v1", tmp_path / "out", "--format", format_, "--part", "train").stdout.splitlines()
    written = {str(path) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert written == {line.split("  ")[0] for line in lines} != set()


def test_an_unknown_export_format_is_a_problem(here: Path) -> None:
    assert "did you mean `jsonl`?" in call("export", "inbox", "out", "--format", "json", code=2).stderr


def test_report_prints_the_funnel_or_copies_the_page(here: Path, tmp_path: Path) -> None:
    assert "min_words" in call("report", "inbox@v1", "--text").stdout
    assert call("report", "inbox@v1").stdout == "store/datasets/inbox/v1/report.html\n"
    call("report", "inbox", "--out", tmp_path / "page.html")
    assert (tmp_path / "page.html").read_bytes() == Path("store/datasets/inbox/v2/report.html").read_bytes()


def test_why_prints_a_life_and_its_json(here: Path) -> None:
    shown = call("why", "inbox@v1", "mail.jsonl:2").stdout
    assert "length      dropped: min_words: words 2 < min 3, characters 9\n" in shown
    found = json.loads(call("why", "inbox@v1", "mail.jsonl:2", "--json").stdout)
    assert (found["origin"], found["events"][-1]["step"]) == ("mails/mail.jsonl:2", "length")


def test_preview_shows_steps_and_an_estimate(here: Path) -> None:
    shown = call("preview", "recipe.toml", "--rows", 5).stdout
    assert shown.startswith("the first 5 rows\n  mail: from mails/mail.jsonl\n    rejected mails/mail.jsonl:7: ")
    assert '  - {"text": "too short", "label": "delivery"}  # min_words {"words":2,"characters":9}\n' in shown
    assert "\nthe whole run: about 9 rows, " in shown


def test_preview_writes_nothing(here: Path) -> None:
    before = sorted(here.rglob("*"))
    call("preview", "recipe.toml")
    assert sorted(here.rglob("*")) == before


def test_doctor_finds_nothing_wrong_here(here: Path) -> None:
    shown = call("doctor").stdout
    assert shown.endswith("\nall that dprep needs is there\n")
    for name in ("dprep", "python", "polars", "extra train", "kernel cache", "store", "language model", "memory"):
        assert f"  {name} " in shown


def test_doctor_names_the_command_for_what_is_missing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dprep.cli import doctor

    real = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: "" if name in {"polars", "datasets"} else real(name))
    lines = [line.strip() for line in call("doctor", code=1).stdout.splitlines()]
    assert "help: run `pip install --force-reinstall dprep`" in lines
    assert "help: run `pip install 'dprep[datasets]'`" in lines
    assert lines[-1] == "1 to mend"


def test_gc_frees_caches_and_leaves_versions(here: Path) -> None:
    before = pl.scan_parquet("store/datasets/inbox/v1/data/*.parquet").collect()
    dry = call("gc", "--keep", "0", "--dry-run").stdout
    assert "would be freed" in dry
    assert list(Path("store/cache/stages").iterdir())
    call("gc", "--keep", "0")
    assert not list(Path("store/cache/stages").iterdir())
    assert pl.scan_parquet("store/datasets/inbox/v1/data/*.parquet").collect().equals(before)
    assert call("gc", "--store", "nowhere", code=2).stderr.startswith("error[no-such-store]")


def test_init_refuses_to_write_over_a_file(here: Path) -> None:
    before = Path("recipe.toml").read_text()
    result = call("init", "mails/mail.jsonl", "-o", "recipe.toml", code=2)
    assert result.stderr.startswith("error[file-exists]: `recipe.toml` is there already")
    assert Path("recipe.toml").read_text() == before
    assert "columns = { text = " in call("init", "mails/mail.jsonl").stdout


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("export", "inbox", "FILE/out", "--format", "jsonl"), "name another FOLDER, "),
        (("report", "inbox", "--out", "FILE/page.html"), "name another file with `--out`, "),
        (("init", "mails/mail.jsonl", "-o", "FILE/recipe.toml"), "name another file with `-o`, "),
    ],
    ids=["export", "report", "init"],
)
def test_what_goes_outside_the_store_is_not_cured_by_another_store(
    words: tuple[str, ...], cure: str, here: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")  # a folder cannot be made below a file, whoever asks
    told = call(*(word.replace("FILE", str(tmp_path / "file")) for word in words), code=1).stderr
    assert "error[store-not-writable]" in told
    assert f"= help: {cure}" in told
    assert "--store" not in told
