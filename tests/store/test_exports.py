from __future__ import annotations

import csv
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.store.exports import FORMATS, export
from dprep.store.versions import Version, open_version
from tests.store.hand import TEST, TRAIN, row_id, rows, write_version

HOSTILE = rows((1, 'a,"b"\r\n\tc', "x"), (2, "", "y"), (3, "=1+1", "x"), (4, "包裹 😀\u2028\ufeff", "y"))
CHAT = [
    [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hi 😀"}, {"role": "assistant", "content": "好"}],
    [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
]
USER, GOOD, BAD = {"role": "user", "content": "q"}, {"role": "assistant", "content": "g"}, {"role": "assistant", "content": "b"}


@pytest.fixture
def version(tmp_path: Path) -> Version:
    return open_version(write_version(tmp_path / "v1"))


def made(folder: Path, task: str, columns: dict[str, list[Any]], part: str = "train") -> Version:
    """A version of one part with the given columns of its task."""
    count = len(next(iter(columns.values())))
    frame = pl.DataFrame({"id": [row_id(n) for n in range(count)], "part": [part] * count, **columns})
    return open_version(write_version(folder / "v1", {part: frame}, task=task))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_jsonl_gives_every_row_and_column(version: Version, tmp_path: Path) -> None:
    files = export(version, tmp_path / "out", "jsonl")

    assert files == [tmp_path / "out" / "test.jsonl", tmp_path / "out" / "train.jsonl"]
    assert lines(files[1]) == TRAIN.to_dicts()
    assert lines(files[0]) == TEST.to_dicts()


def test_hostile_text_survives_jsonl_and_csv(tmp_path: Path) -> None:
    version = open_version(write_version(tmp_path / "v1", {"train": HOSTILE}))

    (jsonl,) = export(version, tmp_path / "jsonl", "jsonl")
    (table,) = export(version, tmp_path / "csv", "csv")

    assert lines(jsonl) == HOSTILE.to_dicts()
    with table.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == HOSTILE.to_dicts()
    assert pl.read_csv(table, infer_schema=False).equals(HOSTILE)


def test_csv_holds_nested_columns_as_json_and_tells_null_from_empty(tmp_path: Path) -> None:
    turns = [CHAT[0], [], None]
    version = made(
        tmp_path,
        "chat",
        {"messages": turns, 'odd "name"': [["x"], None, [""]], "note": ["", None, "n"], "raw": [b"\xff", None, b""]},
    )

    (path,) = export(version, tmp_path / "out", "csv")
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))

    assert [json.loads(row["messages"]) if row["messages"] else None for row in found] == turns
    assert [json.loads(row['odd "name"']) if row['odd "name"'] else None for row in found] == [["x"], None, [""]]
    assert pl.read_csv(path, infer_schema=False)["note"].to_list() == ["", None, "n"]
    assert [row["raw"] for row in found] == ["/w==", "", ""]


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_times_are_iso_text(tmp_path: Path, format: str) -> None:
    times = {"day": [date(2020, 1, 2)], "at": [datetime(2020, 1, 2, 3, 4)], "took": [timedelta(seconds=3)]}

    (path,) = export(made(tmp_path, "text", {"text": ["x"], **times}), tmp_path / "out", format)
    text = path.read_text()

    assert "2020-01-02" in text
    assert "2020-01-02T03:04:00" in text
    assert "PT3S" in text


def test_bytes_inside_lists_are_a_problem_not_a_crash(tmp_path: Path) -> None:
    version = made(tmp_path, "text", {"text": ["x"], "blobs": [[b"x"]]})

    with pytest.raises(Error, match="column `blobs` holds bytes"):
        export(version, tmp_path / "out", "jsonl")

    assert not (tmp_path / "out").exists()


def test_parquet_gives_the_same_table(version: Version, tmp_path: Path) -> None:
    export(version, tmp_path / "out", "parquet")

    assert pl.read_parquet(tmp_path / "out" / "train.parquet").equals(TRAIN)


def test_load_from_disk_reads_the_hf_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    full = TRAIN.with_columns(messages=pl.Series([CHAT[0], [], None]), tags=pl.Series([["a"], None, []]))
    version = open_version(write_version(tmp_path / "v1", {"train": full, "empty": full[:0]}))

    export(version, tmp_path / "out", "hf")
    found = datasets.load_from_disk(str(tmp_path / "out"))

    assert found["train"].to_list() == full.to_dicts()
    assert found["empty"].to_list() == []
    assert found["empty"].features == found["train"].features
    assert str(found["train"].features["text"]) == "Value('string')"
    assert not (tmp_path / "out" / ".cache").exists()


ALPACA = {
    "completion": ({"prompt": ["q"], "completion": ["a"]}, {"instruction": "q", "input": "", "output": "a"}),
    "seq2seq": ({"source": ["q"], "target": ["a"]}, {"instruction": "q", "input": "", "output": "a"}),
    "classification": ({"text": ["q"], "label": ["a"]}, {"instruction": "q", "input": "", "output": "a"}),
    "regression": ({"text": ["q"], "label": [0.5]}, {"instruction": "q", "input": "", "output": "0.5"}),
    "qa": (
        {"context": ["c"], "question": ["q"], "answers": [{"text": ["a", "b"], "answer_start": [0, 3]}]},
        {"instruction": "q", "input": "c", "output": "a"},
    ),
}


@pytest.mark.parametrize("task", ALPACA)
def test_pairs_are_alpaca_rows_for_llama_factory_and_axolotl(tmp_path: Path, task: str) -> None:
    columns, expected = ALPACA[task]
    version = made(tmp_path, task, columns)

    export(version, tmp_path / "lf", "llama-factory")
    export(version, tmp_path / "ax", "axolotl")

    assert lines(tmp_path / "lf" / "train.jsonl") == [expected]
    assert lines(tmp_path / "ax" / "train.jsonl") == [expected]
    assert json.loads((tmp_path / "lf" / "dataset_info.json").read_text()) == {
        "support_train": {
            "file_name": "train.jsonl",
            "columns": {"prompt": "instruction", "query": "input", "response": "output"},
        }
    }


def test_pairs_of_texts_lists_of_labels_and_unanswered_questions_are_alpaca_rows(tmp_path: Path) -> None:
    pair = made(tmp_path / "a", "classification", {"text": ["q"], "text_pair": ["p"], "label": [["x", "y"]]})
    open_question = {"context": ["c"], "question": ["q"], "answers": [{"text": [], "answer_start": []}]}
    question = made(tmp_path / "b", "qa", {**open_question, "answers": pl.Series(open_question["answers"], dtype=ANSWERS)})  # type: ignore[dict-item]

    export(pair, tmp_path / "pair", "axolotl")
    export(question, tmp_path / "question", "axolotl")

    assert lines(tmp_path / "pair" / "train.jsonl") == [{"instruction": "q", "input": "p", "output": "x, y"}]
    assert lines(tmp_path / "question" / "train.jsonl") == [{"instruction": "q", "input": "c", "output": ""}]


ANSWERS = pl.Struct({"text": pl.List(pl.String), "answer_start": pl.List(pl.Int64)})


RENDERED = {
    "text": ["WIN NOW", "WIN NOW", "see you"],
    "label": ["spam", "spam", "ham"],
    "input": ["left over", "left over", "left over"],
    "prompt": [None, "WIN NOW\nSpam?", "see you\nSpam?"],
    "completion": [None, "yes", "不是"],
}


def rendered(folder: Path, output: str, columns: dict[str, list[Any]]) -> Version:
    """A version of which a step has rendered rows as prompts."""
    made(folder, "classification", columns)
    told = json.loads((folder / "v1" / "manifest.json").read_text(encoding="utf-8"))
    told["steps"].append({**told["steps"][0], "name": "template", "op": "augment.template", "parameters": {"output": output}})
    (folder / "v1" / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return open_version(folder / "v1")


@pytest.mark.parametrize("format", ["llama-factory", "axolotl", "trl"])
def test_rows_rendered_as_prompts_are_handed_on_as_such_and_alone(tmp_path: Path, format: str) -> None:
    path = next(
        p for p in export(rendered(tmp_path, "completion", RENDERED), tmp_path / "out", format) if p.name == "train.jsonl"
    )

    found = lines(path)
    if format == "trl":
        assert found == [
            {"prompt": "WIN NOW\nSpam?", "completion": "yes"},
            {"prompt": "see you\nSpam?", "completion": "不是"},
        ]
    else:
        assert found == [
            {"instruction": "WIN NOW\nSpam?", "input": "", "output": "yes"},
            {"instruction": "see you\nSpam?", "input": "", "output": "不是"},
        ]


def test_rows_rendered_as_chats_are_chats(tmp_path: Path) -> None:
    version = rendered(tmp_path, "chat", {"text": ["a", "a"], "label": ["x", "x"], "messages": [None, CHAT[1]]})

    path = next(p for p in export(version, tmp_path / "out", "llama-factory") if p.name == "train.jsonl")

    assert lines(path) == [{"messages": CHAT[1]}]
    assert json.loads((tmp_path / "out" / "dataset_info.json").read_text())["support_train"]["formatting"] == "sharegpt"


def test_a_part_of_which_nothing_was_rendered_is_refused(tmp_path: Path) -> None:
    nothing = {**RENDERED, "prompt": pl.Series([None] * 3, dtype=pl.String)}

    with pytest.raises(Error) as caught:
        export(rendered(tmp_path, "completion", nothing), tmp_path / "out", "trl")

    assert caught.value.problems[0].code == "export-not-possible"
    assert "no row of part `train`" in caught.value.problems[0].sentence


def test_chats_are_sharegpt_for_llama_factory(tmp_path: Path) -> None:
    version = made(tmp_path, "chat", {"messages": CHAT, "tools": ["[]", None]})

    export(version, tmp_path / "out", "llama-factory")
    info = json.loads((tmp_path / "out" / "dataset_info.json").read_text())["support_train"]

    assert lines(tmp_path / "out" / "train.jsonl") == [
        {"messages": turns, "tools": tools} for turns, tools in zip(CHAT, ["[]", None], strict=True)
    ]
    assert info["formatting"] == "sharegpt"
    assert info["columns"] == {"messages": "messages", "tools": "tools"}
    assert info["tags"]["role_tag"] == "role"
    assert info["tags"]["assistant_tag"] == "assistant"


def test_axolotl_is_told_which_part_is_which(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    frame = pl.DataFrame({"id": [row_id(1)], "messages": [CHAT[1]]})
    version = open_version(write_version(tmp_path / "v1", {"train": frame, "validation": frame, "test": frame}, task="chat"))

    files = export(version, tmp_path / "out", "axolotl")

    about = {"ds_type": "json", "split": "train", "type": "chat_template", "field_messages": "messages"}
    assert [path.name for path in files] == ["axolotl.yml", "test.jsonl", "train.jsonl", "validation.jsonl"]
    assert yaml.safe_load((tmp_path / "out" / "axolotl.yml").read_text()) == {
        "datasets": [{"path": "train.jsonl", **about}],
        "test_datasets": [{"path": "validation.jsonl", **about}],
    }


def test_preferences_as_text(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    version = made(tmp_path, "preference", {"prompt": ["q"], "chosen": ["g"], "rejected": ["b"]})

    for format in ("llama-factory", "axolotl", "trl"):
        export(version, tmp_path / format, format)

    plain = {"prompt": "q", "chosen": "g", "rejected": "b"}
    info = json.loads((tmp_path / "llama-factory" / "dataset_info.json").read_text())["support_train"]
    config = yaml.safe_load((tmp_path / "axolotl" / "axolotl.yml").read_text())
    assert lines(tmp_path / "llama-factory" / "train.jsonl") == [
        {"instruction": "q", "input": "", "chosen": "g", "rejected": "b"}
    ]
    assert info["ranking"] is True
    assert lines(tmp_path / "axolotl" / "train.jsonl") == lines(tmp_path / "trl" / "train.jsonl") == [plain]
    assert config["rl"] == "dpo"
    assert config["datasets"][0]["type"]["chosen_format"] == "{chosen}"


def test_preferences_as_messages(tmp_path: Path) -> None:
    version = made(tmp_path, "preference", {"prompt": [[USER]], "chosen": [[GOOD]], "rejected": [[BAD]]})

    for format in ("llama-factory", "axolotl", "trl"):
        export(version, tmp_path / format, format)

    one = {"messages": [USER], "chosen": GOOD, "rejected": BAD}
    assert lines(tmp_path / "llama-factory" / "train.jsonl") == lines(tmp_path / "axolotl" / "train.jsonl") == [one]
    assert lines(tmp_path / "trl" / "train.jsonl") == [{"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]}]


def test_answers_of_several_messages_are_refused_where_one_is_wanted(tmp_path: Path) -> None:
    version = made(tmp_path, "preference", {"prompt": [[USER]], "chosen": [[GOOD, USER, GOOD]], "rejected": [[BAD]]})

    with pytest.raises(Error, match="1 rows have not exactly one message in `chosen`"):
        export(version, tmp_path / "out", "llama-factory")


def test_preferences_of_two_kinds_are_refused(tmp_path: Path) -> None:
    version = made(tmp_path, "preference", {"prompt": ["q"], "chosen": [[GOOD]], "rejected": [[BAD]]})

    with pytest.raises(Error, match="must all be text or all be messages"):
        export(version, tmp_path / "out", "trl")


def test_trl_rows_are_read_by_datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    chat = made(tmp_path / "a", "chat", {"messages": CHAT})
    question = made(tmp_path / "b", "qa", ALPACA["qa"][0])
    pairs = made(tmp_path / "c", "classification", {"text": ["q"], "label": ["a"]})

    def read(version: Version, name: str) -> list[dict[str, Any]]:
        files = export(version, tmp_path / name, "trl")
        found = datasets.load_dataset(
            "json", data_files=[str(path) for path in files], split="train", cache_dir=str(tmp_path / "cache")
        )
        return list(found.to_list())

    assert read(chat, "chat") == [{"messages": turns} for turns in CHAT]
    assert read(question, "question") == [{"prompt": "c\n\nq", "completion": "a"}]
    assert read(pairs, "pairs") == [{"prompt": "q", "completion": "a"}]


@pytest.mark.parametrize("format", ["llama-factory", "axolotl", "trl"])
def test_text_is_one_column_and_tagging_is_refused(tmp_path: Path, format: str) -> None:
    text = made(tmp_path / "a", "text", {"text": ["x"], "url": ["u"]})
    tagging = made(tmp_path / "b", "tagging", {"tokens": [["x"]], "tags": [["O"]]})

    export(text, tmp_path / "out", format)

    assert lines(tmp_path / "out" / "train.jsonl") == [{"text": "x"}]
    with pytest.raises(Error, match="has no row format for the task `tagging`"):
        export(tagging, tmp_path / "no", format)
    assert not (tmp_path / "no").exists()


def test_chosen_parts_alone_are_exported(version: Version, tmp_path: Path) -> None:
    assert [path.name for path in export(version, tmp_path / "out", "csv", ["test"])] == ["test.csv"]


def test_wrong_words_are_problems(version: Version, tmp_path: Path) -> None:
    with pytest.raises(Error, match="there is no export format `josnl`") as caught:
        export(version, tmp_path / "out", "josnl")
    assert caught.value.problems[0].help == "did you mean `jsonl`?"
    with pytest.raises(Error, match="has no part `trian`"):
        export(version, tmp_path / "out", "csv", ["trian"])


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_in_use_is_left_alone(version: Version, tmp_path: Path, format: str) -> None:
    if format == "hf":
        pytest.importorskip("datasets")
    (tmp_path / "out").mkdir()
    export(version, tmp_path / "out", format)
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}

    with pytest.raises(Error, match="is there and not empty"):
        export(version, tmp_path / "out", format)

    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []
