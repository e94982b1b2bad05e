"""What the READMEs show is what happens."""

from __future__ import annotations

import doctest
import re
import struct
from pathlib import Path

import pytest

from dprep import docs
from dprep.cli.main import COMMANDS
from dprep.ops import names
from tests.docs.tour import READMES, ROOT, blocks, commands, prepare, shown, take, timeless
from tests.laws.laws import LAWS, Law, obey
from tests.laws.subject import Subject

ENGLISH, CHINESE = (file.read_text(encoding="utf-8") for file in READMES)
OPERATOR = re.search(r"^````python\n(.*?)^````\n", ENGLISH, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tour is taken."""
    folder = tmp_path_factory.mktemp("checkout")
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def told(checkout: Path) -> list[str]:
    """What each command of the tour prints."""
    return take(commands(ENGLISH), checkout)


def test_the_tour_prints_what_is_shown(told: list[str]) -> None:
    expected, actual = timeless(ENGLISH), timeless(shown(ENGLISH, told))

    assert expected.splitlines() == actual.splitlines(), "run `python tests/docs/tour.py` if what is printed now is right"


def test_the_tour_in_python_answers_what_is_shown(
    checkout: Path, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told
    monkeypatch.chdir(checkout)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_OFFLINE", True)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks(ENGLISH, "pycon")), {}, "README.md", None, 0)
    words: list[str] = []

    found = doctest.DocTestRunner().run(example, out=words.append)

    assert found.failed == 0, "".join(words)
    assert found.attempted > 10


@pytest.mark.parametrize("language", ["sh", "console", "pycon", "toml", "diff"])
def test_both_readmes_show_the_same(language: str) -> None:
    assert blocks(ENGLISH, language) == blocks(CHINESE, language)


def test_both_readmes_have_the_same_chapters_and_links() -> None:
    def shape(text: str) -> tuple[list[int], list[str]]:
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        links = re.findall(r"\]\(((?!README)[^)]+)\)", prose)
        return [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)], sorted(set(links))

    assert shape(ENGLISH) == shape(CHINESE)


def test_the_chinese_tables_miss_no_operator_and_no_command() -> None:
    assert [name for name in names() if f"](docs/ops/{name}.md)" not in CHINESE] == []
    assert [name for name in COMMANDS if f"| `dprep {name}` |" not in CHINESE] == []


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_the_operator_shown_obeys_the_laws(law: Law, tmp_path: Path) -> None:
    assert OPERATOR is not None
    assert OPERATOR[1] in CHINESE
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean/numbers.py").write_text(OPERATOR[1], encoding="utf-8")

    obey(Subject("clean.numbers", tmp_path), law)


def test_every_test_that_is_named_exists() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", ENGLISH)

    assert len(named) > 10
    assert [name for name in named if f"def {name}(" not in sources] == []
    assert named == re.findall(r"`(test_\w+)`", CHINESE)


def test_the_tables_between_markers_are_fresh() -> None:
    assert docs.filled(ENGLISH) == ENGLISH


def test_the_picture_is_there_and_small() -> None:
    picture = ROOT / "docs/images/report.png"

    assert picture.stat().st_size <= 200 * 1024
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n")
    assert min(struct.unpack(">II", head[16:])) > 500


def test_no_readme_leads_out_of_the_repository() -> None:
    for text in (ENGLISH, CHINESE):
        assert not re.search(r"\.\./(?!corpora/(?:support|revisions))|(?<![\w.])/(?:home|root|tmp|work)/", text)
