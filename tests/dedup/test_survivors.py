"""Which copy stays, what becomes of the others, and what is told of them."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from dprep.base.dedup import Dedup
from dprep.base.problem import Error
from dprep.base.step import Step
from dprep.engine.memory import run_rows
from dprep.engine.ranks import by_column
from dprep.ops.dedup.exact import Exact
from dprep.ops.dedup.minhash import MinHash


def rows(texts: list[str], **columns: list[Any]) -> pl.DataFrame:
    numbers = range(len(texts))
    ids, origins = [f"{n:032x}" for n in numbers], [f"made.jsonl:{n + 1}" for n in numbers]
    return pl.DataFrame({"id": ids, "origin": origins, "text": texts, **columns})


def run(op: Dedup, given: pl.DataFrame, block_rows: int = 3) -> tuple[pl.DataFrame, pl.DataFrame]:
    result = run_rows([Step("dedup", "dedup", op)], given, block_rows)
    return result.rows, result.dropped.get("dedup", pl.DataFrame(schema={"id": pl.String}))


BY_COLUMN: list[tuple[str, list[Any], int]] = [
    ("highest", [3, 10, 9], 1),
    ("lowest", [3.5, -0.0, 0.25], 1),
    ("lowest", [-1, -10, None], 1),
    ("highest", [None, float("nan"), -5.0], 2),
    ("highest", ["9", "10", "x"], 1),
    ("highest", ["2026-01-31", "2026-02-01T00:00:00Z", "2025-12-31"], 1),
    ("highest", ["2026-02-01T01:00:00+02:00", "2026-01-31T23:30:00Z", "2026-01-31 23:10:00"], 1),
    ("lowest", [date(2026, 1, 2), date(2025, 1, 3), date(2026, 1, 1)], 1),
    ("highest", [datetime(2026, 1, 2, 1), datetime(2026, 1, 2, 2), datetime(2026, 1, 1)], 1),
    ("highest", [True, False, False], 0),
    ("highest", ["2026-02-30", "not a date", "1"], 2),
]


@pytest.mark.parametrize(("keep", "values", "stays"), BY_COLUMN)
def test_the_best_by_a_column_stays(keep: str, values: list[Any], stays: int) -> None:
    given = rows(["the same"] * 3, when=values)

    kept, gone = run(Exact(keep=keep, by="when"), given, block_rows=1)  # type: ignore[arg-type]

    assert kept.get_column("id").to_list() == [given.get_column("id")[stays]]
    assert set(gone.get_column("twin")) == {given.get_column("id")[stays]}


def test_without_a_value_in_any_copy_the_content_decides_not_the_order() -> None:
    texts = ["a b c d e f", "a b c d e f!"]
    op = MinHash(shingles="words", ngram=2, keep="highest", by="when")

    one = run(op, rows(texts, when=[None, None]))[0].get_column("text").to_list()
    other = run(op, rows(texts[::-1], when=[None, None]))[0].get_column("text").to_list()

    assert one == other
    assert len(one) == 1


def test_ranks_order_as_the_values_do() -> None:
    values = [float("-inf"), -1e300, -2.0, -0.0, 5e-324, 1.0, 1e300, float("inf")]

    assert by_column(pl.Series(values), highest=False).argsort().tolist() == list(range(8))
    assert by_column(pl.Series(values), highest=True).argsort().tolist() == list(range(8))[::-1]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"keep": "highest"}, "missing-parameter"),
        ({"by": "when"}, "wrong-value"),
        ({"weights": {"1": 2}}, "wrong-value"),
        ({"action": "weight", "weights": {"0": 1}}, "wrong-value"),
        ({"action": "weight", "weights": {"one": 1}}, "wrong-value"),
        ({"action": "weight", "weights": {"2": 1}}, "wrong-value"),
    ],
)
def test_rules_that_say_nothing_are_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Error) as caught:
        Exact(**wrong)

    assert caught.value.problems[0].code == code


# huggingface/fineweb-2, README: once, 2 and 3 times, 3 for 4, 5 from 5 on, 8 from 100 on, once from 1,000 on
FINEWEB = {1: 1, 2: 2, 3: 3, 4: 3, 5: 5, 99: 5, 100: 8, 999: 8, 1000: 1, 1500: 1}


def test_weights_are_those_of_fineweb2() -> None:
    texts = [f"text {size}" for size, _ in FINEWEB.items() for _ in range(size)]

    kept, gone = run(Exact(action="weight"), rows(texts), block_rows=700)

    told = dict(kept.select("cluster_size", "weight").iter_rows())
    assert told == FINEWEB
    assert len(gone) == len(texts) - len(FINEWEB)


def test_own_weights_replace_them() -> None:
    kept, _ = run(Exact(action="weight", weights={"1": 0, "2": 7}), rows(["a", "b", "b", "b"]))

    assert kept.select("text", "weight").rows() == [("a", 0), ("b", 7)]


def test_a_row_linked_by_another_names_it_and_how_alike_they_are() -> None:
    line = [f"w{i}" for i in range(40)]
    texts = [" ".join(line[i : i + 18]) for i in (0, 2, 4)]  # neighbours share 16 of 20 words, the ends 14 of 22
    op = MinHash(threshold=0.75, shingles="words", ngram=1)

    _, gone = run(op, rows(texts), block_rows=1)

    told = {row["id"][-1]: json.loads(row["measured"]) for row in gone.iter_rows(named=True)}
    assert set(gone.get_column("twin")) == {f"{0:032x}"}
    assert told["1"] == {"similarity": 0.8}
    assert told["2"] == {"similarity": pytest.approx(14 / 22), "linked_by": f"{1:032x}", "link_similarity": 0.8}


def test_copies_of_a_linked_row_are_told_by_what_linked_them() -> None:
    line = [f"w{i}" for i in range(40)]
    texts = [" ".join(line[i : i + 18]) for i in (0, 2, 4, 4)]

    _, gone = run(MinHash(threshold=0.75, shingles="words", ngram=1), rows(texts))

    copy = json.loads(gone.filter(pl.col("id") == f"{3:032x}").get_column("measured")[0])
    assert copy == {"similarity": pytest.approx(14 / 22), "linked_by": f"{1:032x}", "link_similarity": 0.8}


def shared(a: str, b: str) -> float:
    x, y = set(a.split()), set(b.split())
    return len(x & y) / len(x | y)


def edited(count: int, seed: int) -> list[str]:
    """Texts of 60 words and copies of them with up to 20 words changed."""
    rng = np.random.default_rng(seed)
    texts: list[str] = []
    for number in range(count):
        words = [f"t{number}w{k}" for k in range(60)]
        texts.append(" ".join(words))
        for place in rng.choice(60, int(rng.integers(1, 20)), replace=False):
            words[place] = f"e{number}{place}"
        texts.append(" ".join(words))
    return texts


def test_estimated_twins_are_nearly_the_true_ones() -> None:
    texts = edited(300, seed=4)
    settings = {"threshold": 0.7, "shingles": "words", "ngram": 1, "recall": 1.0}
    _, gone = run(MinHash(verify="sketch", **settings), rows(texts), block_rows=100)  # type: ignore[arg-type]

    dropped = {int(row["id"], 16) for row in gone.iter_rows(named=True)}
    clear = [n for n in range(1, 600, 2) if abs(shared(texts[n - 1], texts[n]) - 0.7) > 0.1]
    assert len(clear) > 100
    assert all((n in dropped) == (shared(texts[n - 1], texts[n]) > 0.7) for n in clear)
    estimates = [json.loads(row["measured"])["similarity"] for row in gone.iter_rows(named=True)]
    true = [shared(texts[int(i, 16) - 1], texts[int(i, 16)]) for i in gone.get_column("id")]
    assert np.abs(np.array(estimates) - true).mean() < 0.04
    assert estimates != pytest.approx(true)


def test_unseen_candidates_are_all_dropped_and_have_no_similarity() -> None:
    texts = edited(300, seed=5)
    settings = {"threshold": 0.7, "shingles": "words", "ngram": 1}
    _, seen = run(MinHash(**settings), rows(texts), block_rows=100)  # type: ignore[arg-type]
    _, unseen = run(MinHash(verify="none", **settings), rows(texts), block_rows=100)  # type: ignore[arg-type]

    assert set(seen.get_column("id")) < set(unseen.get_column("id"))
    assert set(unseen.get_column("measured")) == {'{"similarity":null}'}


def test_unseen_pairs_cannot_be_without_chains() -> None:
    with pytest.raises(Error, match="without chains"):
        MinHash(verify="none", chain=False)


def test_links_lead_to_the_row_that_stays() -> None:
    rng = np.random.default_rng(7)
    line = [f"w{i}" for i in range(400)]
    starts = sorted(rng.choice(360, 140, replace=False).tolist())
    texts = [" ".join(line[i : i + 30]) for i in starts]
    order = rng.permutation(len(texts))
    mixed = [texts[i] for i in order]

    kept, gone = run(MinHash(threshold=0.7, shingles="words", ngram=1, recall=1.0), rows(mixed), block_rows=20)

    told = {row["id"]: (row["twin"], json.loads(row["measured"])) for row in gone.iter_rows(named=True)}
    assert sum("linked_by" in measured for _, measured in told.values()) > 60
    for row, (twin, _) in told.items():
        on_the_way, steps = row, 0
        while on_the_way != twin:
            measured = told[on_the_way][1]
            then = measured.get("linked_by", twin)
            alike = measured.get("link_similarity", measured["similarity"])
            assert alike == pytest.approx(shared(mixed[int(on_the_way, 16)], mixed[int(then, 16)]))
            assert alike >= 0.7
            on_the_way, steps = then, steps + 1
            assert steps < 140, "the links go round in a circle"
    assert {twin for twin, _ in told.values()} <= set(kept.get_column("id"))


def test_rows_that_a_column_cannot_compare_are_counted_and_marked_twins_too() -> None:
    given = rows(["a", "a", "a", "b"], when=["13/01/2020", "2020-01-13", None, "?"])
    op = Exact(keep="highest", by="when")

    dropping = run_rows([Step("dedup", "dedup.exact", op)], given, 3)
    marking = run_rows([Step("dedup", "dedup.exact", op.model_copy(update={"action": "mark"}))], given, 3)

    assert dropping.ledger.entries[-1].counts == {"no_when": 3}
    assert marking.ledger.entries[-1].counts == {"twins": 3, "no_when": 3}
