"""Answers that are kept: the first one counts, whoever asks again."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dprep.store.answers import AnswerStore


def keys(*numbers: int) -> np.ndarray:
    return np.array([(number, number * 7) for number in numbers], np.uint64).reshape(-1, 2)


def answers(*values: float) -> pl.DataFrame:
    told = [[value, 0.1] for value in values]
    return pl.DataFrame(
        {"score": values, "vector": pl.Series(told, dtype=pl.List(pl.Float32)), "label": [f"l{v}" for v in values]}
    )


def test_what_was_kept_is_found_in_the_order_of_the_questions(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path)
    store.keep(keys(5, 3), answers(0.5, 0.3))
    store.keep(keys(2**64 // 7), answers(0.9))

    assert store.known(keys(3, 4, 5)).tolist() == [True, False, True]
    assert_frame_equal(store.find(keys(2**64 // 7, 3, 5)), answers(0.9, 0.3, 0.5))


def test_half_a_key_is_no_key(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path)
    store.keep(keys(5), answers(0.5))

    assert store.known(np.array([[5, 1], [1, 35]], np.uint64)).tolist() == [False, False]


def test_the_first_answer_counts(tmp_path: Path) -> None:
    one, other = AnswerStore(tmp_path), AnswerStore(tmp_path)
    one.known(keys(1))
    other.known(keys(1))
    one.keep(keys(1, 2), answers(0.1, 0.2))

    other.keep(keys(2, 3), answers(0.99, 0.3))  # it did not know of 2 when it asked

    for store in (one, other, AnswerStore(tmp_path)):
        assert_frame_equal(store.find(keys(1, 2, 3)), answers(0.1, 0.2, 0.3))


def test_what_is_known_is_not_written_again(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path)
    store.keep(keys(1), answers(0.1))
    store.keep(keys(1), answers(0.2))

    assert [path.name for path in tmp_path.glob("*.arrow")] == ["a000001.arrow"]


def test_a_half_written_segment_does_not_count(tmp_path: Path) -> None:
    AnswerStore(tmp_path).keep(keys(1), answers(0.1))
    (tmp_path / ".a000002.arrow.1-0123456789ab.tmp").write_bytes(b"ARROW1")

    store = AnswerStore(tmp_path)
    store.keep(keys(2), answers(0.2))

    assert_frame_equal(store.find(keys(1, 2)), answers(0.1, 0.2))


def test_many_processes_agree(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        found = pool.starmap(_ask, [(tmp_path, number) for number in range(3)])

    assert found[0] == found[1] == found[2]


def _ask(folder: Path, mine: int) -> list[float]:
    """Keep my own answers to questions that others answer too; what counts in the end."""
    store = AnswerStore(folder)
    for number in range(20):
        store.keep(keys(number), answers(mine / 10))
    return [store.find(keys(number)).get_column("score")[0] for number in range(20)]


def test_nothing_known_is_no_fault(tmp_path: Path) -> None:
    assert AnswerStore(tmp_path / "none").known(keys(1)).tolist() == [False]
    assert AnswerStore(tmp_path / "none").known(keys()).tolist() == []


def test_many_small_segments_become_few(tmp_path: Path) -> None:
    store, late = AnswerStore(tmp_path), AnswerStore(tmp_path)
    for number in range(100):
        store.keep(keys(number), answers(number / 100))
        if number == 20:
            late.known(keys(3))

    names = sorted(path.name for path in tmp_path.glob("*.arrow"))

    assert names[:3] == ["a000001-000032.arrow", "a000033-000064.arrow", "a000065-000096.arrow"]
    assert len(names) == 7
    for each in (store, late, AnswerStore(tmp_path)):
        assert each.known(keys(*range(101))).tolist() == [True] * 100 + [False]
        assert each.find(keys(*range(100))).get_column("score").to_list() == [number / 100 for number in range(100)]


def test_a_kill_between_joining_and_removing_loses_and_doubles_nothing(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path)
    for number in range(31):
        store.keep(keys(number), answers(number / 100))
    spare = {path.name: path.read_bytes() for path in tmp_path.glob("*.arrow")}
    store.keep(keys(31), answers(0.31))
    for name, content in spare.items():
        (tmp_path / name).write_bytes(content)

    store = AnswerStore(tmp_path)

    assert store.find(keys(*range(32))).get_column("score").to_list() == [number / 100 for number in range(32)]
    store.keep(keys(32), answers(0.32))
    assert sorted(path.name for path in tmp_path.glob("*.arrow")) == ["a000001-000032.arrow", "a000033.arrow"]
    assert store.find(keys(32, 0)).get_column("score").to_list() == [0.32, 0.0]


def test_a_reader_finds_answers_whose_segments_were_joined_after_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = AnswerStore(tmp_path), AnswerStore(tmp_path)
    writer.keep(keys(1), answers(0.1))
    look = AnswerStore._look

    def look_then_join(store: AnswerStore) -> None:
        """The reader looks, and before it reads what it has found the writer joins it away."""
        look(store)
        if store is reader and (tmp_path / "a000001.arrow").exists():
            for number in range(2, 40):
                writer.keep(keys(number), answers(number / 10))

    monkeypatch.setattr(AnswerStore, "_look", look_then_join)

    assert reader.find(keys(1)).get_column("score").to_list() == [0.1]
    assert not (tmp_path / "a000001.arrow").exists()
