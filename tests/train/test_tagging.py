"""Tagging: which piece carries which tag, by hand; nothing is cut; English and Chinese; four kinds of tokenizer."""

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

from dprep.base.problem import Error  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from dprep.train.task import Example, Unusable  # noqa: E402
from dprep.train.tasks.tagging import Tagging  # noqa: E402
from tests.train.heads import as_batched, encoded, loaded, model_for, said, trained  # noqa: E402
from tests.train.tiny import tiny_tokenizer  # noqa: E402

TEXTS = [
    "where does Anna live in Berlin",
    "the parcel from Paris is for Tom",
    "Tom and Anna are here",
    "谢谢 王 明 在 北 京",
    "Anna answers nobody",
]
ROWS: list[dict[str, Any]] = [
    {"tokens": TEXTS[0].split(), "tags": ["O", "O", "B-PER", "O", "O", "B-LOC"]},
    {"tokens": TEXTS[1].split(), "tags": ["O", "O", "O", "B-LOC", "O", "O", "B-PER"]},
    {"tokens": TEXTS[2].split(), "tags": ["B-PER", "O", "B-PER", "O", "O"]},
    {"tokens": list("王明在北京"), "tags": ["B-PER", "I-PER", "O", "B-LOC", "I-LOC"]},
    {"tokens": TEXTS[4].split(), "tags": ["B-PER", "O", "O"]},
]
LABELS = ("B-LOC", "B-PER", "I-LOC", "I-PER", "O")
KINDS = ("wordpiece", "unigram", "bpe", "bpe-encoder")


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory: Any) -> dict[str, Any]:
    return {kind: tiny_tokenizer(tmp_path_factory.mktemp(kind), TEXTS, kind) for kind in KINDS}


def task_of(tokenizer: Any, limit: int = 64, **settings: Any) -> Tagging:
    task = Tagging(Settings(**settings), tokenizer, LABELS, limit)
    task.prepared(as_batched(encoded(task, ROWS)))
    return task


def only(examples: list[Example | Unusable]) -> Example:
    (example,) = examples
    assert isinstance(example, Example)
    return example


def test_tags_are_found_and_sorted() -> None:
    assert Tagging.find_labels([*ROWS, {"tags": None}, {"tags": [None]}]) == LABELS


def test_one_tag_only_is_a_problem() -> None:
    with pytest.raises(Error, match="every tag of train is `O`"):
        Tagging.find_labels([{"tags": ["O", "O"]}])


def test_the_first_piece_carries_the_tag(tokenizers: Any) -> None:
    task = task_of(tokenizers["wordpiece"])
    row = {"tokens": ["Tom's", "Annas", "王明"], "tags": ["B-PER", "O", "B-LOC"]}
    example = only(encoded(task, [row]))
    pieces = tokenizers["wordpiece"].convert_ids_to_tokens(example.ids["input_ids"])
    table = list(zip(pieces, example.ids["labels"], example.ids["words"], strict=True))
    assert table == [
        ("[CLS]", -100, -1),
        ("tom", 1, 0), ("[UNK]", -100, -1), ("s", -100, -1),
        ("anna", 4, 1), ("##s", -100, -1),
        ("王", 0, 2), ("明", -100, -1),
        ("[SEP]", -100, -1),
    ]  # fmt: skip
    assert example.supervised == 3


@pytest.mark.parametrize("kind", ["wordpiece", "unigram"])
def test_pieces_are_those_of_the_fast_tokenizer(tokenizers: Any, kind: str) -> None:
    # English only: in Chinese the space that a SentencePiece tokenizer would put before each character is left out
    task = task_of(tokenizers[kind])
    for row in [*ROWS[:3], {"tokens": ["a-b", "don't", "x" * 20, "…"], "tags": ["O"] * 4}]:
        example = only(encoded(task, [row]))
        truth = tokenizers[kind](row["tokens"], is_split_into_words=True)
        assert example.ids["input_ids"] == truth["input_ids"]
        words = truth.word_ids()
        first = [word if word is not None and word not in words[:place] else -1 for place, word in enumerate(words)]
        assert example.ids["words"] == first


def test_tokens_of_byte_tokenizers_stand_behind_a_space(tokenizers: Any) -> None:
    task = task_of(tokenizers["bpe"])
    example = only(encoded(task, [{"tokens": ["Anna", "in", "北", "京"], "tags": ["B-PER", "O", "B-LOC", "I-LOC"]}]))
    assert tokenizers["bpe"].decode(example.ids["input_ids"]) == " Anna in北京"
    starts = [piece for piece, word in zip(example.ids["input_ids"], example.ids["words"], strict=True) if word in (0, 1)]
    assert [tokenizers["bpe"].convert_ids_to_tokens(piece)[0] for piece in starts] == ["Ġ", "Ġ"]


def test_chinese_characters_stand_behind_each_other(tokenizers: Any) -> None:
    example = only(encoded(task_of(tokenizers["unigram"]), [ROWS[3]]))
    pieces = tokenizers["unigram"].convert_ids_to_tokens(example.ids["input_ids"])
    assert pieces == ["<s>", *"王明在北京", "</s>"]
    assert example.supervised == 5


def test_a_space_that_stands_alone_before_a_chinese_character_is_left_out(tokenizers: Any) -> None:
    example = only(encoded(task_of(tokenizers["unigram"]), [{"tokens": ["谢谢", "龘"], "tags": ["O", "B-PER"]}]))
    pieces = tokenizers["unigram"].convert_ids_to_tokens(example.ids["input_ids"])
    assert pieces == ["<s>", "谢", "谢", "<unk>", "</s>"]
    assert example.ids["labels"] == [-100, 4, -100, 1, -100]


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_that_are_no_piece_shift_nothing(tokenizers: Any, kind: str, tmp_path: Path) -> None:
    tokens = ["Anna", "", "in", "\ufe0f", None, "Berlin", " ", "\u200b"]
    tags = ["B-PER", "O", "O", "O", "O", "B-LOC", "O", "O"]
    task = task_of(tokenizers[kind])
    example = only(encoded(task, [{"tokens": tokens, "tags": tags}]))
    named = {word: label for word, label in zip(example.ids["words"], example.ids["labels"], strict=True) if word >= 0}
    assert (named[0], named[2], named[5]) == (1, 4, 0)
    assert named.keys() <= {0, 2, 3, 5, 6, 7}
    gone = [word for word in range(8) if word not in named]
    answer = task.join({"tokens": tokens}, [{"words": list(named), "tags": ["B-LOC"] * len(named)}])["prediction"]
    assert len(answer) == 8
    assert [place for place, tag in enumerate(answer) if tag == "O"] == gone


def test_rows_that_cannot_be_used(tokenizers: Any) -> None:
    task = task_of(tokenizers["wordpiece"])
    rows: list[dict[str, Any]] = [
        {"tokens": ["a", "b"], "tags": ["O"]},
        {"tokens": [], "tags": []},
        {"tokens": ["", "\u200b"], "tags": ["O", "O"]},
        {"tokens": None, "tags": ["O"]},
    ]
    reasons = [each.reason if isinstance(each, Unusable) else "" for each in encoded(task, rows)]
    assert reasons == ["tags_do_not_fit", "no_tokens", "no_tokens", "no_tokens"]
    assert [task.join(row, [])["prediction"] for row in rows] == [["O", "O"], [], ["O", "O"], []]
    assert task.truth(rows[0]) == {}


def test_rows_without_tags_are_asked_and_teach_nothing(tokenizers: Any) -> None:
    task = task_of(tokenizers["wordpiece"])
    rows: list[dict[str, Any]] = [
        {"tokens": ["Anna", "lives"]},
        {"tokens": ["Anna", "lives"], "tags": ["B-DOG", "B-DOG"]},
        {"tokens": ["Anna", "lives"], "tags": ["B-DOG", "O"]},
    ]
    examples = [each for each in encoded(task, rows) if isinstance(each, Example)]
    assert [(each.reason, each.supervised) for each in examples] == [("no_label", 0), ("label_not_in_train", 0), ("", 1)]
    assert task.items(task.collate(as_batched(examples))) == 1
    assert task.truth(rows[1]) == {"tags": ["B-DOG", "B-DOG"]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_row_falls_into_windows_and_loses_nothing(tokenizers: Any, kind: str) -> None:
    task = task_of(tokenizers[kind], limit=12)
    row = {"tokens": ["Anna", "in", "北", "京", "and", "Tom"] * 9, "tags": (["B-PER", "O", "B-LOC", "I-LOC", "O", "B-PER"] * 9)}
    examples = [each for each in encoded(task, [row]) if isinstance(each, Example)]
    assert len(examples) > 3
    assert all(len(each.ids["input_ids"]) <= 12 for each in examples)
    assert not any(each.cut for each in examples)
    asked = [word for each in examples for word in each.ids["words"] if word >= 0]
    assert asked == list(range(54))
    tags = [LABELS[label] for each in examples for label in each.ids["labels"] if label >= 0]
    assert tags == row["tags"]


def test_a_token_longer_than_a_window_is_cut_and_counted(tokenizers: Any) -> None:
    task = task_of(tokenizers["bpe"], limit=8)
    examples = encoded(task, [{"tokens": ["Tom", "\x00" * 100_000, "Anna"], "tags": ["O", "O", "B-PER"]}])
    usable = [each for each in examples if isinstance(each, Example)]
    assert [word for each in usable for word in each.ids["words"] if word >= 0] == [0, 1, 2]
    assert usable[0].cut == {"text": len(tokenizers["bpe"].encode(" " + "\x00" * 100_000)) - 8}
    short = task_of(tokenizers["bpe"], limit=8, long_rows="drop")
    assert encoded(short, [{"tokens": ["Anna"] * 90, "tags": ["O"] * 90}]) == [Unusable(0, "too_long")]


@pytest.mark.parametrize(
    ("type", "kind"), [("bert", "wordpiece"), ("xlm-roberta", "unigram"), ("modernbert", "bpe-encoder"), ("qwen2", "bpe")]
)
def test_it_learns_and_says_the_same_after_reloading(tokenizers: Any, type: str, kind: str, tmp_path: Path) -> None:
    task = task_of(tokenizers[kind], limit=16)
    model = model_for(task, tmp_path / "base", type)
    losses = trained(task, model, ROWS, steps=60)
    assert losses[-1] < losses[0] / 4
    before = said(task, model, ROWS)
    assert [each["prediction"] for each in before] == [row["tags"] for row in ROWS]
    model.save_pretrained(tmp_path / "saved")
    again = Tagging(Settings(), task.tokenizer, LABELS, 16)
    assert said(again, loaded(None, tmp_path / "saved", task.auto_class()), ROWS) == before


def test_the_loss_is_the_models_own_where_nothing_is_asked_of_it(tokenizers: Any, tmp_path: Path) -> None:
    task = task_of(tokenizers["wordpiece"])
    model = model_for(task, tmp_path)
    examples = as_batched(encoded(task, ROWS))
    truth = 0.0
    with torch.no_grad():
        for each in examples:
            labels = torch.from_numpy(each["labels"])[None]
            output = model(input_ids=torch.from_numpy(each["input_ids"])[None], labels=labels)
            truth += float(output.loss) * int((labels >= 0).sum())
        assert float(task.loss(model, task.collate(examples))) == pytest.approx(truth, rel=1e-5)


def test_rows_are_named_by_their_place_in_the_part(tokenizers: Any) -> None:
    examples = task_of(tokenizers["wordpiece"], limit=7).encode([*ROWS[:2], {"tokens": [], "tags": []}], 100)
    assert [each.row for each in examples] == [100, 100, 101, 101, 102]


def test_balanced_weights_count_tags(tokenizers: Any) -> None:
    assert task_of(tokenizers["wordpiece"]).facts == {"counts": [3, 6, 1, 1, 15]}


def test_a_tokenizer_without_word_ids_does(tokenizers: Any) -> None:
    class Slow:
        """Only what a tokenizer written in Python has."""

        is_fast = False

        def __init__(self, fast: Any) -> None:
            self.fast = fast
            self.pad_token_id, self.eos_token_id = fast.pad_token_id, fast.eos_token_id
            self.unk_token_id = fast.unk_token_id
            self.convert_tokens_to_ids = fast.convert_tokens_to_ids
            self.convert_ids_to_tokens = fast.convert_ids_to_tokens

        def __call__(self, *texts: Any, **more: Any) -> dict[str, Any]:
            assert not more.get("is_split_into_words")
            assert not more.get("return_offsets_mapping")
            return dict(self.fast(*texts, **more))

    one, other = (encoded(task_of(each), ROWS) for each in (tokenizers["unigram"], Slow(tokenizers["unigram"])))
    assert one == other
