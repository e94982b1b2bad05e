"""Question answering: where an answer stands, in code points; windows; no answer; English and Chinese."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

from dprep.base.problem import Error  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from dprep.train.task import Example, Unusable  # noqa: E402
from dprep.train.tasks.answer_spans import candidates  # noqa: E402
from dprep.train.tasks.qa import QuestionAnswering  # noqa: E402
from tests.train.heads import as_batched, encoded, loaded, model_for, said, trained  # noqa: E402
from tests.train.tiny import LINES, tiny_tokenizer  # noqa: E402

KINDS = ("wordpiece", "unigram", "bpe-encoder")


def row(context: str, question: str, *answers: str) -> dict[str, Any]:
    starts = [context.index(answer) for answer in answers]
    return {"context": context, "question": question, "answers": {"text": list(answers), "answer_start": starts}}


ROWS = [
    row("Anna lives in Berlin. Tom lives in Paris.", "where does Tom live", "Paris"),
    row("Anna lives in Berlin. Tom lives in Paris.", "where does Anna live", "Berlin"),
    row("😀😀 the parcel is in the red box 👨‍👩‍👧", "where is the parcel", "the red box"),
    row(
        "《战国无双3》是由光荣和ω-force开发的战国无双系列的正统第三续作。",
        "《战国无双3》是由哪两个公司合作开发的？",
        "光荣和ω-force",
    ),
    row("范廷颂枢机，圣名保禄·若瑟，是越南罗马天主教枢机。", "范廷颂的圣名是什么？", "保禄·若瑟"),
]
NONE = row("Anna lives in Berlin.", "where does Tom live")
TEXTS = [text for each in ROWS for text in (each["context"], each["question"])]


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory: Any) -> dict[str, Any]:
    # bytes merged in these very texts would run over the edges of Chinese answers, which no label could then point at
    texts = {"bpe-encoder": LINES}
    return {kind: tiny_tokenizer(tmp_path_factory.mktemp(kind), texts.get(kind, TEXTS), kind) for kind in KINDS}


def task_of(tokenizer: Any, rows: list[dict[str, Any]] = ROWS, limit: int = 128, **settings: Any) -> QuestionAnswering:
    task = QuestionAnswering(Settings(**settings), tokenizer, (), limit)
    task.prepared(as_batched(encoded(task, rows)))
    return task


def usable(examples: list[Example | Unusable]) -> list[Example]:
    return [each for each in examples if isinstance(each, Example)]


def learnt(example: Example, context: str) -> str:
    """What the labels of an example say, as text."""
    first, last = int(example.numbers["first"]), int(example.numbers["last"])
    return context[example.ids["begins"][first] : example.ids["ends"][last]].strip()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", range(len(ROWS)))
def test_labels_point_at_the_answer_in_code_points(tokenizers: Any, kind: str, place: int) -> None:
    (example,) = usable(encoded(task_of(tokenizers[kind], limit=512), [ROWS[place]]))
    assert learnt(example, ROWS[place]["context"]) == ROWS[place]["answers"]["text"][0]


@pytest.mark.parametrize("kind", KINDS)
def test_ids_are_those_of_the_tokenizer(tokenizers: Any, kind: str) -> None:
    task = task_of(tokenizers[kind], limit=512)
    for each in ROWS:
        (example,) = usable(encoded(task, [each]))
        truth = tokenizers[kind](each["question"], each["context"])
        assert example.ids["input_ids"] == truth["input_ids"]
        types = truth.get("token_type_ids")
        if types and any(types):
            assert task.collate(as_batched([example]))["token_type_ids"].tolist() == types


def test_by_hand(tokenizers: Any) -> None:
    (example,) = usable(encoded(task_of(tokenizers["wordpiece"]), [row("在 Berlin 😀", "Tom", "Berlin")]))
    pieces = tokenizers["wordpiece"].convert_ids_to_tokens(example.ids["input_ids"])
    table = list(zip(pieces, example.ids["begins"], example.ids["ends"], strict=True))
    assert table == [
        ("[CLS]", -1, -1), ("tom", -1, -1), ("[SEP]", -1, -1),
        ("[UNK]", 0, 1), ("berlin", 2, 8), ("😀", 9, 10), ("[SEP]", -1, -1),
    ]  # fmt: skip
    assert example.numbers == {"first": 4, "last": 4, "none": 0, "second": 3, "missing": 0}


def test_windows_cover_the_context_and_share_the_stride(tokenizers: Any) -> None:
    context = " ".join(["Anna lives in Berlin ."] * 10) + " Tom lives in Paris ."  # 55 tokens
    task = task_of(tokenizers["wordpiece"], limit=27, doc_stride=6)
    examples = usable(encoded(task, [row(context, "where does Tom live", "Paris")]))  # 27 - 3 - 4 = 20 of the context
    shown = [[begin for begin in each.ids["begins"] if begin >= 0] for each in examples]
    assert [len(each) for each in shown] == [20, 20, 20, 13]
    for one, two in itertools.pairwise(shown):
        assert one[-6:] == two[:6]
    assert len({begin for each in shown for begin in each}) == 55
    has = [each.numbers["first"] != each.numbers["none"] for each in examples]
    assert has == [False, False, False, True]
    assert learnt(examples[3], context) == "Paris"
    assert task.items(task.collate(as_batched(examples))) == 4


def test_an_answer_cut_by_a_window_is_not_there(tokenizers: Any) -> None:
    context = "a a a a a a Anna lives in Berlin"
    task = task_of(tokenizers["wordpiece"], limit=13, doc_stride=2)  # 13 - 3 - 1: nine tokens, two shared
    examples = usable(encoded(task, [row(context, "where", "Anna lives in Berlin")]))
    assert [each.numbers["first"] for each in examples] == [0, 0]
    assert not any(each.numbers["missing"] for each in examples)


def test_a_stride_larger_than_a_window_ends(tokenizers: Any) -> None:
    task = task_of(tokenizers["wordpiece"], limit=8, doc_stride=128)
    assert len(usable(encoded(task, [row("a " * 300, "where")]))) < 300


def test_long_questions_are_cut_and_counted(tokenizers: Any) -> None:
    task = task_of(tokenizers["wordpiece"], limit=23)
    (example, *_) = usable(encoded(task, [row("Anna lives in Berlin", "where " * 50, "Berlin")]))
    assert example.cut == {"question": 40}
    assert learnt(example, "Anna lives in Berlin") == "Berlin"
    dropping = task_of(tokenizers["wordpiece"], limit=23, long_rows="drop")
    assert encoded(dropping, [row("Anna", "where " * 50, "Anna")]) == [Unusable(0, "too_long")]


def test_answers_that_are_not_there_teach_nothing(tokenizers: Any) -> None:
    wrong = {"context": "Anna lives in Berlin", "question": "where", "answers": {"text": ["Berlin"], "answer_start": [13]}}
    beyond = {**wrong, "answers": {"text": ["Berlin"], "answer_start": [500]}}
    below = {**wrong, "answers": {"text": ["Berlin"], "answer_start": [-6]}}
    second = {**wrong, "answers": {"text": ["Rome", "Berlin"], "answer_start": [14, 14]}}
    spaced = {**wrong, "answers": {"text": [" Berlin "], "answer_start": [13]}, "context": "Anna lives in Berlin now"}
    unasked = {"context": "Anna", "question": "who"}
    task = task_of(tokenizers["wordpiece"])
    rows: list[dict[str, Any]] = [wrong, beyond, below, second, spaced, unasked, NONE]
    examples = usable(encoded(task, rows))
    assert [each.reason for each in examples] == ["answer_not_there"] * 3 + ["", "", "no_label", ""]
    assert [learnt(each, rows[each.row]["context"]) for each in examples[3:5]] == ["Berlin", "Berlin"]
    assert [each.supervised for each in examples] == [0, 0, 0, 1, 1, 0, 1]
    assert [bool(each.numbers["missing"]) for each in examples] == [False] * 6 + [True]
    assert task.items(task.collate(as_batched(examples))) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_spaces_around_an_answer_are_not_learnt(tokenizers: Any, kind: str) -> None:
    (example,) = usable(encoded(task_of(tokenizers[kind]), [row("the parcel is in Paris now", "where", " Paris ")]))
    assert learnt(example, "the parcel is in Paris now") == "Paris"


def test_rows_are_named_by_their_place_in_the_part(tokenizers: Any) -> None:
    rows = [row("a " * 90, "where"), {"context": None, "question": "a"}, NONE]
    task = task_of(tokenizers["wordpiece"], limit=64, doc_stride=8)
    assert [each.row for each in task.encode(rows, 100)] == [100, 100, 101, 102]


def test_hostile_rows(tokenizers: Any, tmp_path: Path) -> None:
    task = task_of(tokenizers["wordpiece"], limit=64, doc_stride=8)
    rows: list[dict[str, Any]] = [
        row("", ""),
        row("王" * 20_000, "谁？", "王"),
        row("\x00\u200b\ufe0f", "\x00"),
        row("\x00Berlin", "where", "Berlin"),
        {"context": None, "question": "a", "answers": None},
        {"context": "a", "question": None},
    ]
    examples = encoded(task, rows)
    assert [each for each in examples if isinstance(each, Unusable)] == [Unusable(4, "no_text"), Unusable(5, "no_text")]
    assert all(len(each.ids["input_ids"]) <= 64 for each in usable(examples))
    model = model_for(task, tmp_path)
    told = said(task, model, [*rows[:1], *rows[2:]])
    assert told[0]["prediction"] == ""
    assert told[-1] == {"prediction": None, "start": None, "confidence": None}


def test_a_tokenizer_without_offsets_is_a_problem() -> None:
    class Slow:
        is_fast = False

    with pytest.raises(Error, match="tokenizer") as caught:
        list(QuestionAnswering(Settings(), Slow()).encode(ROWS, 0))
    assert caught.value.problems[0].code == "train-tokenizer"


def test_the_best_span_by_trying_all() -> None:
    chance = np.random.default_rng(4)
    for _ in range(50):
        starts, ends = chance.normal(size=(2, 60))
        offsets = np.array([(-1, -1)] * 5 + [(3 * n, 3 * n + 3) for n in range(54)] + [(-1, -1)])
        spans = {
            (starts[one] + ends[two], 3 * (one - 5), 3 * (two - 5) + 3)
            for one in range(5, 59)
            for two in range(one, min(59, one + 30))
        }
        found = candidates(starts, ends, offsets)
        if max(spans)[0] - starts[5:59].max() > ends[5:59][np.argsort(-ends[5:59])[19]]:  # both ends are among the best
            assert found[0] == pytest.approx(max(spans))
        assert found == sorted(found, reverse=True)
        assert {(start, end) for _, start, end in found} <= {(start, end) for _, start, end in spans}


def test_no_context_has_no_candidates() -> None:
    assert candidates(np.zeros(3), np.zeros(3), np.full((3, 2), -1)) == []


def test_the_best_window_answers(tokenizers: Any) -> None:
    task = task_of(tokenizers["wordpiece"], [*ROWS, NONE])
    told = [{"candidates": [(2.0, 0, 4), (1.0, 0, 10)], "none": 1.5}, {"candidates": [(3.0, 14, 20)], "none": 5.0}]
    context = {"context": "Anna lives in Berlin"}
    answer = task.join(context, told)
    assert (answer["prediction"], answer["start"]) == ("Berlin", 14)
    whole = sum(np.exp([3.0, 2.0, 1.0, 1.5]))
    assert answer["confidence"] == pytest.approx(np.exp(3.0) / whole)
    sure = task.join(context, [{**each, "none": 4.0} for each in told])
    assert (sure["prediction"], sure["start"]) == ("", -1)
    always = task_of(tokenizers["wordpiece"])
    assert always.join(context, [{**each, "none": 4.0} for each in told])["prediction"] == "Berlin"


def test_the_loss_is_the_models_own(tokenizers: Any, tmp_path: Path) -> None:
    task = task_of(tokenizers["wordpiece"])
    model = model_for(task, tmp_path)
    examples = as_batched(encoded(task, ROWS))
    truth = 0.0
    with torch.no_grad():
        for each in examples:
            types = torch.from_numpy((np.arange(len(each["input_ids"])) >= each["second"]).astype(np.int64))[None]
            places = {
                f"{name}_positions": torch.tensor([int(each[own])]) for name, own in (("start", "first"), ("end", "last"))
            }
            truth += float(model(input_ids=torch.from_numpy(each["input_ids"])[None], token_type_ids=types, **places).loss)
        assert float(task.loss(model, task.collate(examples))) == pytest.approx(truth, rel=1e-5)
        smooth = task_of(tokenizers["wordpiece"], label_smoothing=0.1)
        assert torch.isfinite(smooth.loss(model, smooth.collate(examples)))


@pytest.mark.parametrize(("type", "kind"), [("bert", "wordpiece"), ("xlm-roberta", "unigram"), ("modernbert", "bpe-encoder")])
def test_it_learns_and_says_the_same_after_reloading(tokenizers: Any, type: str, kind: str, tmp_path: Path) -> None:
    rows = [*ROWS, NONE]
    task = task_of(tokenizers[kind], rows, limit=64, doc_stride=8)
    model = model_for(task, tmp_path / "base", type)
    losses = trained(task, model, rows, steps=100)
    assert losses[-1] < losses[0] / 4
    before = said(task, model, rows)
    assert [each["prediction"] for each in before] == [(each["answers"]["text"] or [""])[0] for each in rows]
    assert [each["start"] for each in before] == [(each["answers"]["answer_start"] or [-1])[0] for each in rows]
    model.save_pretrained(tmp_path / "saved")
    again = QuestionAnswering(Settings(doc_stride=8), task.tokenizer, (), 64)
    assert said(again, loaded(None, tmp_path / "saved", task.auto_class()), rows) == before
