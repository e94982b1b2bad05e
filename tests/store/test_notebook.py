"""A version in a notebook: its page in a frame that can do nothing, its rows as other libraries hold them."""

from __future__ import annotations

import json
import socket
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import dprep
from dprep.base.problem import Error
from dprep.store.card import write_card
from dprep.store.manifest import describe_files, write_manifest
from dprep.store.notebook import as_html
from dprep.store.versions import Version, open_version
from tests.engine.small import inbox
from tests.store.hand import manifest, row_id, write_version

datasets = pytest.importorskip("datasets", reason="needs the library datasets")


class Frames(HTMLParser):
    """The tags of what a notebook shows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    folder = tmp_path_factory.mktemp("notebook")
    dprep.run(inbox(folder), store=folder / "store")
    return dprep.open("inbox@v1", store=folder / "store")


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No network, and a home that nothing may write into."""
    home = tmp_path / "home"
    home.mkdir()

    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setenv("HOME", str(home))
    return home


def nested(folder: Path) -> Version:
    """Chats with a part whose name no split may have, and one that is empty."""
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "你好"}]
    rows = pl.DataFrame(
        {"id": [row_id(1), row_id(2)], "messages": [turns, turns[:1]], "score": [0.5, None], "tags": [["a", "b"], []]}
    )
    (folder / "data").mkdir(parents=True)
    rows.write_parquet(folder / "data" / "hold-out-00000-of-00001.parquet")
    parts = {"hold-out": 2, "rest": 0}
    columns = {name: str(dtype) for name, dtype in rows.schema.items()}
    told = manifest(task="chat", rows={"in": 2, "out": 2, "rejected": 0, "parts": parts}, columns=columns, labels=[])
    (folder / "ledger.json").write_text(json.dumps({"steps": [], "clock": {}}))
    write_card(folder, told, {"steps": []})
    write_manifest(folder, {**told, "files": describe_files(folder)})
    return open_version(folder)


def test_the_page_stands_in_a_frame_that_may_only_run_its_own_script(version: Version) -> None:
    ((tag, attributes),) = Frames(version._repr_html_()).tags

    assert tag == "iframe"
    assert attributes["sandbox"] == "allow-scripts"
    assert attributes["srcdoc"] == (version.folder / "report.html").read_text()


def test_a_page_cannot_break_out_of_its_frame(tmp_path: Path) -> None:
    write_version(tmp_path / "v1")
    (tmp_path / "v1" / "report.html").write_text("\"'></iframe><script>alert(1)</script>&quot;&amp;")

    ((tag, attributes),) = Frames(as_html(open_version(tmp_path / "v1"))).tags
    assert (tag, attributes["srcdoc"]) == ("iframe", "\"'></iframe><script>alert(1)</script>&quot;&amp;")


def test_without_a_page_there_is_a_table_of_parts(tmp_path: Path) -> None:
    write_version(tmp_path / "v1")
    told = as_html(open_version(tmp_path / "v1"))

    assert {tag for tag, _ in Frames(told).tags} == {"table", "caption", "tr", "th", "td"}
    assert "<th scope=row>train</th><td>3</td>" in told


def test_rows_come_as_polars_part_by_part(version: Version) -> None:
    files = sorted((version.folder / "data").glob("*.parquet"))

    assert len(version.to_polars()) == sum(len(pl.read_parquet(file)) for file in files)
    assert version.to_polars("test")["part"].unique().to_list() == ["test"]
    with pytest.raises(Error, match="did you mean `test`"):
        version.to_polars("tset")


def test_hf_holds_the_rows_that_the_card_loads(version: Version, offline: Path, tmp_path: Path) -> None:
    found = version.to_hf()
    loaded = datasets.load_dataset(str(version.folder), cache_dir=str(tmp_path / "cache"))

    assert list(found) == list(loaded)
    for part in loaded:
        names = found[part].features["label"]
        mine = [{**row, "label": names.int2str(row["label"])} for row in found[part]]
        assert mine == list(loaded[part])
        assert {name: str(kind) for name, kind in found[part].features.items() if name != "label"} == {
            name: str(kind) for name, kind in loaded[part].features.items() if name != "label"
        }
    assert found["train"].features["label"].names == version.manifest["labels"]
    assert list(offline.rglob("*")) == [], "the home of the user stays as it is"


def test_hf_maps_files_of_the_store_and_makes_them_once(version: Version) -> None:
    (first,) = version.to_hf()["train"].cache_files
    path = Path(first["filename"])
    made = path.stat().st_mtime_ns
    version.to_hf()

    assert path.is_relative_to(version.folder.parents[2] / "cache")
    assert path.stat().st_mtime_ns == made


def test_hf_keeps_lists_and_structures(tmp_path: Path, offline: Path) -> None:
    version = nested(tmp_path / "datasets" / "chats" / "v1")
    found = version.to_hf()
    loaded = datasets.load_dataset(str(version.folder), cache_dir=str(tmp_path / "cache"))

    assert list(found) == ["hold_out"]
    assert found["hold_out"][0]["messages"][1] == {"role": "assistant", "content": "你好"}
    assert (found["hold_out"][1]["score"], found["hold_out"][1]["tags"]) == (None, [])
    assert list(found["hold_out"]) == list(loaded["hold_out"])


def test_hf_refuses_a_label_that_the_manifest_does_not_name(tmp_path: Path) -> None:
    folder = tmp_path / "datasets" / "support" / "v1"
    write_version(folder, labels=["refund"])

    with pytest.raises(Error) as error:
        open_version(folder).to_hf()
    assert error.value.problems[0].code == "broken-version"


def test_without_the_library_the_cure_is_said(version: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)

    with pytest.raises(Error) as error:
        version.to_hf()
    assert error.value.problems[0].code == "missing-extra"
    assert "dprep[datasets]" in error.value.problems[0].help
