"""`dprep report`: one report in four forms, in two languages, to the screen or to a file."""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.shop import call, shop


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions; the second wants five words."""
    folder = shop(tmp_path_factory.mktemp("report"))
    call("run", folder / "recipe.toml", "--store", folder / "store", "--quiet", "--set", "step.length.min_words=6")
    return folder


@pytest.fixture
def here(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to write into, from which the store is `STORE`."""
    monkeypatch.chdir(tmp_path)
    return project / "store"


def report(store: Path, *words: object, code: int = 0) -> str:
    result = call("report", *words, "--store", store, code=code)
    return result.stderr if code else result.stdout


def test_without_a_form_it_names_the_page_of_the_version(here: Path) -> None:
    assert report(here, "shop@v1").strip() == str(here / "datasets/shop/v1/report.html")
    assert list(Path().iterdir()) == []


def test_a_copy_of_the_page_goes_where_it_is_asked_for(here: Path) -> None:
    assert report(here, "shop@v1", "--out", "copy.html") == "copy.html\n"
    assert Path("copy.html").read_bytes() == (here / "datasets/shop/v1/report.html").read_bytes()


def test_another_language_is_a_page_of_its_own(here: Path) -> None:
    assert report(here, "shop@v1", "--lang", "zh") == "report-shop-v1-zh.html\n"
    page = Path("report-shop-v1-zh.html").read_text()

    assert 'lang="zh' in page
    assert "95" in page


def test_a_comparison_is_a_page_of_its_own(here: Path) -> None:
    assert report(here, "shop@v2", "--against", "shop@v1") == "report-shop-v2-against-shop-v1.html\n"
    assert "shop@v2" in Path("report-shop-v2-against-shop-v1.html").read_text()


@pytest.mark.parametrize("words", [["shop@v1"], ["shop@v2", "--against", "shop@v1"]], ids=["one", "two"])
def test_text_is_plain_where_it_is_piped(here: Path, words: list[str]) -> None:
    told = report(here, *words, "--text")

    assert told.startswith("shop@v" if len(words) == 1 else "shop@v2")
    assert re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", told) is None
    assert max(map(len, told.splitlines())) <= 80
    assert len(told.splitlines()) < 300


def test_text_and_markdown_tell_the_same_figures(here: Path) -> None:
    ledger = json.loads((here / "datasets/shop/v1/ledger.json").read_text())
    (gone,) = [step["dropped"] for step in ledger["steps"] if step["name"] == "exact"]

    for form in ("--text", "--markdown"):
        told = report(here, "shop@v1", form)
        assert "111 rows in, 96 out" in told
        assert re.search(rf"\b{gone}\b", told)


def test_markdown_fits_a_comment(here: Path) -> None:
    told = report(here, "shop@v1", "--markdown")

    assert told.startswith("## `shop@v1`\n")
    assert len(told) < 60_000
    assert told.count("<details") == told.count("</details>") > 0


def test_json_is_one_object_of_numbers(here: Path) -> None:
    told = json.loads(report(here, "shop@v1", "--json"))

    assert (told["dataset"], told["version"], told["task"]) == ("shop", "v1", "classification")
    assert told["chapters"]
    against = json.loads(report(here, "shop@v2", "--against", "shop@v1", "--json"))
    assert set(against) >= {"dataset", "version", "against"}


@pytest.mark.parametrize("form", ["--text", "--json", "--markdown"])
def test_each_form_goes_into_a_file(here: Path, form: str) -> None:
    assert report(here, "shop@v1", form, "--out", "told") == "told\n"
    written = Path("told").read_text()

    assert written.endswith("\n")
    assert "shop" in written
    assert report(here, "shop@v1", form, "--out", "again") == "again\n"
    assert Path("again").read_text() == written


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["shop@v9"], "no-such-version", "versions of `shop`"),
        (["shpo"], "no-such-dataset", "did you mean `shop`?"),
        (["shop", "--against", "shop@v9"], "no-such-version", "versions of `shop`"),
        (["shop", "--text", "--json"], "wrong-command", "--text and --json cannot both be asked for"),
        (["shop", "--open", "--markdown"], "wrong-command", "--open opens a page"),
        (["shop", "--lang", "de"], "wrong-command", "en"),
    ],
)
def test_what_cannot_be_told_is_a_problem(here: Path, words: list[str], code: str, told: str) -> None:
    shown = report(here, *words, code=2)

    assert shown.startswith(f"error[{code}]")
    assert told in shown


def test_a_file_that_cannot_be_written_is_a_problem(here: Path) -> None:
    Path("file").write_text("")
    shown = report(here, "shop", "--json", "--out", "file/report.json", code=1)

    assert shown.startswith("error[store-not-writable]")
    assert "--out" in shown


def test_a_version_without_a_page_gets_one_where_it_is_asked_for(here: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(here / "datasets/shop/v1", tmp_path / "moved")
    (tmp_path / "moved/report.html").unlink()

    assert report(here, f"{tmp_path}/moved") == "report-shop-v1.html\n"
    assert "<html" in Path("report-shop-v1.html").read_text()
    assert not (tmp_path / "moved/report.html").exists(), "nobody writes into a version"


def test_help_ends_with_examples() -> None:
    told = call("report", "--help").stdout

    assert told.rstrip().splitlines()[-1].strip().startswith("dprep report ")


def test_what_is_no_file_of_its_own_is_written_through(here: Path) -> None:
    Path("folder").mkdir()
    Path("link.json").symlink_to("folder/real.json")
    report(here, "shop@v1", "--json", "--out", "link.json")

    assert Path("link.json").is_symlink()
    assert json.loads(Path("folder/real.json").read_text())["dataset"] == "shop"

    os.mkfifo("pipe")
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(Path("pipe").read_text)
        report(here, "shop@v1", "--json", "--out", "pipe")
        assert json.loads(read.result())["dataset"] == "shop"
    assert Path("pipe").is_fifo()


@pytest.mark.parametrize("form", [[], ["--text"], ["--lang", "zh"]], ids=["page", "text", "zh"])
def test_a_folder_is_no_file_to_write(here: Path, form: list[str]) -> None:
    told = report(here, "shop@v1", *form, "--out", "", code=2)

    assert told.startswith("error[wrong-command]")
    assert list(Path().iterdir()) == []
