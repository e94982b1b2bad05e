from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from dprep.base.problem import Error
from dprep.base.text import Text, buffers
from dprep.kernels.bm25 import term_counts
from dprep.ops.augment import _ranking
from dprep.ops.augment._draws import holds_answer
from dprep.ops.augment._known import Known, save_known
from dprep.ops.augment.negatives import Negatives
from tests.ops.pools import luck_of, made, pool_of, rows_of, variants
from tests.ops.strange import batches

ENCODER = Path(__file__).parents[1] / "laws" / "files" / "tiny-encoder"
WORDS = ["card", "money", "refund", "parcel", "bank", "street", "open", "close", "sunday", "price", "number", "letter"]
WORDS += ["phone", "order", "late", "early"]


# ------------------------------------------------------------------------------------------------ BM25


def terms(text: str) -> list[str]:
    """Lower-case words of ASCII, and pairs of neighbouring han; written from the page."""
    found = []
    for run in re.findall(r"[a-z0-9]+|[一-鿿]+", text.lower()):
        found += [run] if run[0] < "一" else [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return found


def scores(query: str, passages: list[str], k1: float, b: float) -> list[float]:
    """The textbook's formula, term by term."""
    held = [Counter(terms(each)) for each in passages]
    mean = sum(sum(each.values()) for each in held) / len(held)
    out = [0.0] * len(passages)
    for term in terms(query):
        having = sum(term in each for each in held)
        idf = math.log(1 + (len(held) - having + 0.5) / (having + 0.5))
        for n, each in enumerate(held):
            norm = k1 * (1 - b + b * sum(each.values()) / mean)
            out[n] += idf * each[term] * (k1 + 1) / (each[term] + norm)
    return out


def passages_of(count: int, seed: int) -> list[str]:
    random = np.random.default_rng(seed)
    words = [*WORDS, "我的", "包裹", "在哪里", "退款", "周日", "开门"]
    chances = 1 / np.arange(1, len(words) + 1)
    lengths = random.integers(1, 25, count)
    return [" ".join(random.choice(words, n, p=chances / chances.sum())) + f" n{i}" for i, n in enumerate(lengths)]


def ranked(queries: list[str], passages: list[str], folder: Path, most: int, k1: float, b: float) -> np.ndarray:
    """What the index ranks first, as numbers of `passages`."""
    op = Negatives(kind="bm25", k1=k1, b=b)
    rows = rows_of(text=["?"] * len(passages), text_pair=passages, label=["1"] * len(passages))
    known = Known(pool_of(op, rows, folder))
    own = (np.zeros(len(queries) + 1, np.int64), np.zeros(0, np.int64))
    found = _ranking.best_by_terms(known, pl.Series(queries, dtype=pl.String), own, most)
    names = known.pool.take(known.passages.first)["text_pair"].to_list()
    return np.array([[passages.index(names[n]) if n >= 0 else -1 for n in row] for row in found])


@pytest.mark.parametrize(("k1", "b", "most"), [(1.2, 0.75, 5), (1.5, 0.0, 40), (0.4, 1.0, 300)])
def test_the_best_are_those_of_the_textbook(tmp_path, k1, b, most, monkeypatch):
    monkeypatch.setattr(_ranking, "AT_ONCE", 17)
    passages = passages_of(200, seed=most)
    queries = ["sunday price of the card", "card card bank", "包裹在哪里 order", "退款", "nothing shared", "", "n7 early"]

    found = ranked(queries, passages, tmp_path, most, k1, b)

    for query, row in zip(queries, found, strict=True):
        expected = scores(query, passages, k1, b)
        best = sorted((each for each in expected if each > 0), reverse=True)[:most]
        told = [expected[n] for n in row if n >= 0]
        assert told == pytest.approx(best, rel=1e-5)
        assert len({n for n in row if n >= 0}) == len(told)


def test_a_text_falls_into_words_and_pairs_of_characters():
    texts = ["Card, CARD! card's", "你好吗", "你，好", "我 card 你好", "ｃａｒｄ", ""]
    rows, lengths, hashes, times = term_counts(buffers(pl.Series(texts)))
    sets = [dict(zip(hashes[a:b].tolist(), times[a:b].tolist(), strict=True)) for a, b in itertools.pairwise(rows)]

    assert lengths.tolist() == [4, 2, 2, 3, 1, 0]
    assert sorted(sets[0].values()) == [1, 3]
    assert set(sets[4]) < set(sets[0])
    assert len(set(sets[1]) & set(sets[3])) == 1  # 你好
    assert not set(sets[1]) & set(sets[2])


@given(batches)
@settings(max_examples=100, deadline=None)
def test_terms_of_any_text_are_its_own(rows):
    together = term_counts(buffers(pl.Series(rows, dtype=pl.String)))
    alone = [term_counts(buffers(pl.Series([each]))) for each in rows]

    assert together[1].tolist() == [int(each[1][0]) for each in alone]
    assert together[2].tolist() == [term for each in alone for term in each[2].tolist()]


# ------------------------------------------------------------------------------------------------ what is refused


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def alike(a: str, b: str) -> float:
    return len(words_of(a) & words_of(b)) / max(len(words_of(a) | words_of(b)), 1)


def shop(count: int = 120) -> pl.DataFrame:
    """Queries of which some are one but for case and marks, and passages of which some are nearly equal."""
    random = np.random.default_rng(5)
    queries = [f"where is the {WORDS[n % 8]} {n // 8 % 5}" for n in range(count)]
    queries = [each.upper() + "?" if n % 3 == 0 else each for n, each in enumerate(queries)]
    base = [" ".join(random.choice(WORDS, 9, replace=False)) for _ in range(count // 3)]
    passages = [base[n % len(base)] + (" also" if n % 2 else "") for n in range(count)]
    return rows_of(text=queries, text_pair=passages, label=["1"] * count)


@pytest.mark.parametrize("kind", ["random", "bm25"])
def test_no_passage_of_the_query_or_its_twin_is_drawn(tmp_path, kind):
    rows = shop()
    positives: dict[frozenset[str], list[str]] = {}
    for query, passage in rows.select("text", "text_pair").iter_rows():
        positives.setdefault(frozenset(words_of(query)), []).append(passage)
    count = 0
    for number in (1, 2, 3):
        found = made(variants(Negatives(kind=kind), rows, tmp_path, number), "text_pair")
        for query, passage in zip(rows["text"], found, strict=True):
            if passage is not None:
                count += 1
                assert passage in set(rows["text_pair"])
                assert all(alike(passage, each) < 0.8 for each in positives[frozenset(words_of(query))])
                asked = rows.filter(pl.col("text_pair") == passage)["text"]
                assert all(alike(query, each) < 0.8 for each in asked)
    assert count > (200 if kind == "random" else 30)


def test_variants_of_a_row_are_different_passages(tmp_path):
    rows = shop()
    numbers = [made(variants(Negatives(kind="random"), rows, tmp_path, number), "text_pair") for number in range(1, 6)]

    for row in zip(*numbers, strict=True):
        drawn = [each for each in row if each is not None]
        assert len(set(drawn)) == len(drawn)


def test_the_passage_of_a_query_that_is_nearly_this_one_is_not_drawn(tmp_path):
    asked = "how do i get my money back for the parcel"
    passages = ["five days by card", "ask the shop by phone", "nine to five"]
    rows = rows_of(text=[asked, f"{asked} please", "opening hours"], text_pair=passages, label=["1"] * 3)
    for seed in range(8):
        found = made(variants(Negatives(kind="random"), rows, tmp_path, seed=seed), "text_pair")
        assert found[:2] == ["nine to five"] * 2
        assert found[2] in passages[:2]


def test_where_all_is_refused_there_is_no_new_row(tmp_path):
    rows = rows_of(text=["q", "Q!", "ｑ"], text_pair=["a b c d", "e f g h", "i j k l"], label=["1"] * 3)
    assert made(variants(Negatives(kind="random"), rows, tmp_path), "text_pair") == [None] * 3

    rows = rows_of(text=["one", "two"], text_pair=["the same", "The same."], label=["1"] * 2)
    assert made(variants(Negatives(kind="random"), rows, tmp_path), "text_pair") == [None] * 2


def test_a_query_of_too_many_rows_gets_nothing(tmp_path):
    for count, has in ((200, True), (201, False)):
        rows = rows_of(
            text=["hello"] * count + ["bye"],
            text_pair=[f"answer {n} of many {n}" for n in range(count)] + ["nothing like it"],
            label=["1"] * (count + 1),
        )
        found = made(variants(Negatives(kind="random"), rows, tmp_path), "text_pair")
        assert set(found[:count]) <= {"nothing like it", None}
        assert ("nothing like it" in found[:count]) == has


def test_blank_passages_are_never_drawn(tmp_path):
    rows = rows_of(text=["one", "two", "three"], text_pair=["something", " \n", None], label=["1"] * 3)
    found = made(variants(Negatives(kind="random"), rows, tmp_path), "text_pair")

    assert found == [None, "something", "something"]


def test_chinese_twins_are_refused(tmp_path):
    texts = ["五天之内退款到您的银行卡里面", "五天之内，退款到您的银行卡里面！", "请用单号查询"]
    rows = rows_of(text=["怎么退款", "多久退款", "包裹在哪"], text_pair=texts, label=["1"] * 3)
    for seed in range(5):
        assert made(variants(Negatives(kind="random"), rows, tmp_path, seed=seed), "text_pair")[:2] == ["请用单号查询"] * 2


# ------------------------------------------------------------------------------------------------ what is drawn


def test_top_and_skip_are_places_in_the_ranking(tmp_path):
    passages = ["refund", *(f"refund {'x ' * n}" for n in range(1, 7)), "parcel"]
    rows = rows_of(text=["refund please", *(f"other {n} query" for n in range(7))], text_pair=passages, label=["1"] * 8)
    # shorter passages score better; the first is the query's own
    for skip in range(5):
        found = made(variants(Negatives(kind="bm25", top=1, skip=skip), rows, tmp_path), "text_pair")
        assert found[0] in {passages[skip + 1], None}
        assert (found[0] is None) == (alike(passages[skip + 1], "refund") >= 0.8)
    drawn = {
        made(variants(Negatives(kind="bm25", top=3, skip=1), rows, tmp_path, seed=seed), "text_pair")[0] for seed in range(30)
    }
    assert drawn == set(passages[2:5])


def test_the_new_row_says_what_set_says_in_the_columns_type(tmp_path):
    rows = rows_of(text=["one", "two"], text_pair=["alpha", "beta"], label=[1, 1], score=[0.9, 0.8], note=["a", "b"])
    found = variants(Negatives(kind="random", set={"label": 0, "score": 0}), rows, tmp_path)

    assert found.select("text", "text_pair", "label", "score", "note").rows() == [
        ("one", "beta", 0, 0.0, "a"),
        ("two", "alpha", 0, 0.0, "b"),
    ]
    with pytest.raises(Error, match="`set` makes `label` 'none'"):
        variants(Negatives(kind="random", set={"label": "none"}), rows, tmp_path)


def squad() -> pl.DataFrame:
    contexts = ["Ann wrote it.", "ANN and Bob read it.", "Ａｎｎ left.", "小王走了。", "Nobody came.", "The end of it all."]
    questions = ["who wrote it", "who else read", "and then left", "谁走了", "what of the guests", "what is told last"]
    answers = [["Ann"], ["Bob", "bob"], ["Ａｎｎ"], ["小王"], [], [" ", "end"]]
    told = [{"text": each, "answer_start": list(range(len(each)))} for each in answers]
    return rows_of(question=questions, context=contexts, answers=told)


def test_no_context_that_holds_an_answer_is_drawn(tmp_path):
    rows = squad()
    seen = set()
    for seed in range(40):
        found = variants(Negatives(flavour="qa", kind="random"), rows, tmp_path, seed=seed)
        assert found["answers"].to_list() == [{"text": [], "answer_start": []}] * 6
        assert found["question"].equals(rows["question"])
        drawn = made(found, "context")
        assert drawn[0] in {"小王走了。", "Nobody came.", "The end of it all."}
        assert drawn[2] in {"小王走了。", "Nobody came.", "The end of it all."}
        assert drawn[5] != "The end of it all."
        seen.add(drawn[4])
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [("Ann wrote", ["ann"], True), ("Ａnn", ["Ann"], True), ("An", ["Ann"], False), ("x", [], False), ("x", None, False),
     ("x", ["", " "], False), ("a.b", ["."], True), ("ab", ["."], False), ("北京大学", ["京大"], True),
     ("x", [None, "x"], True)],
)  # fmt: skip
def test_an_answer_is_found_as_it_stands(text, answers, expected):
    listed = pl.Series([{"text": answers}], dtype=pl.Struct({"text": pl.List(pl.String)}))

    assert holds_answer(pl.Series([text]), listed).tolist() == [expected]
    assert holds_answer(pl.Series([text]), listed.struct.field("text")).tolist() == [expected]


def test_an_answer_in_a_plain_column_counts():
    assert holds_answer(pl.Series(["ann is here", "bob"]), pl.Series(["Ann", None])).tolist() == [True, False]


@pytest.mark.parametrize("kind", ["random", "bm25"])
def test_a_row_alone_gets_what_it_gets_among_all(tmp_path, kind):
    rows, op = shop(), Negatives(kind=kind)
    pool, luck = pool_of(op, rows, tmp_path), luck_of(shop(), 1)
    whole = op.mixed(rows, luck, 2, pool)

    alone = pl.concat([op.mixed(rows[n : n + 1], luck[n : n + 1], 2, pool) for n in range(0, len(rows), 7)])
    assert alone.equals(whole.gather_every(7))
    assert made(variants(op, rows.reverse(), tmp_path), "text_pair") == made(
        variants(op, rows, tmp_path).reverse(), "text_pair"
    )


def test_hostile_texts_and_a_megabyte_do_no_harm(tmp_path):
    texts = ["a" * 1_000_000, "\x00\u202e{text}", "", "👩‍🚀" * 50, "word " * 200_000, "ok then"]
    rows = rows_of(text=texts, text_pair=texts[::-1], label=["1"] * 6)
    for kind in ("random", "bm25"):
        assert len(variants(Negatives(kind=kind), rows, tmp_path)) == 6


# ------------------------------------------------------------------------------------------------ vectors


@pytest.mark.skipif(
    not (find_spec("torch") and find_spec("transformers")), reason="needs the extra `train`: torch, transformers"
)
def test_the_nearest_are_those_of_all_products(tmp_path, monkeypatch):
    from dprep.models.encoders import encoder

    monkeypatch.setattr(_ranking, "_PASSAGES", 7)
    monkeypatch.setattr(_ranking, "_QUERIES", 5)
    rows = shop(60)
    op = Negatives(kind="embedding", encoder=str(ENCODER), top=4, skip=1)
    known = Known(pool_of(op, rows, tmp_path))
    queries, passages = (
        known.pool.take(side.first)[name] for side, name in ((known.queries, "text"), (known.passages, "text_pair"))
    )
    model = encoder(str(ENCODER), None)
    products = model.vectors(queries, True).numbers @ model.vectors(passages, True).numbers.T

    for query in range(len(known.queries)):
        own = {known.passages.number[place] for place in np.flatnonzero(known.queries.number == query)}
        order = [n for n in np.argsort(-products[query], kind="stable") if n not in own]
        found = _ranking.best_by_vectors(known, np.array([query]))[0]
        assert products[query][found] == pytest.approx(products[query][order[:5]], abs=1e-5)
        assert not own & set(found.tolist())
    assert any(made(variants(op, rows, tmp_path), "text_pair"))


# ------------------------------------------------------------------------------------------------ parameters


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"kind": "embedding"}, "needs an `encoder`"),
        ({"kind": "random", "top": 3}, "`top` says nothing"),
        ({"kind": "bm25", "encoder": "here"}, "`encoder` says nothing"),
        ({"set": {"text": "x"}}, "`set` gives a value to `text`"),
    ],
)
def test_parameters_that_say_nothing_are_problems(told, sentence):
    with pytest.raises(Error, match=re.escape(sentence)):
        Negatives(**told)


def test_queries_are_known_by_what_they_say(tmp_path):
    rows = rows_of(text=["Where?", "where", "ｗｈｅｒｅ！", "there"], text_pair=["a", "A.", "b", "c"])
    pool = pool_of(Negatives(), rows, tmp_path)
    save_known(pool, "text", "text_pair")
    known = Known(pool)

    assert len(known.queries) == 2
    assert len(known.passages) == 3
    where = known.queries.number[[place for place in range(4) if pool.take(np.array([place]))["text"][0] != "there"]]
    assert len(set(where.tolist())) == 1
    starts, numbers = known.positives(np.array([where[0]]), 10)
    assert starts.tolist() == [0, 2]
    assert Text(pool.take(known.passages.first[numbers])["text_pair"]).series.str.to_lowercase().str.slice(
        0, 1
    ).sort().to_list() == [
        "a",
        "b",
    ]
