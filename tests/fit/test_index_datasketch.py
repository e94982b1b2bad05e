"""Sketches for datasketch and from it; datasketch itself is the judge."""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
import unicodedata
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
from datasketch import LeanMinHash, MinHash, MinHashLSH

from dprep import api
from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.fit import index_datasketch
from dprep.kernels.byte_shingles import Heads
from dprep.kernels.minhash import minhashes
from dprep.kernels.sha1 import sha1_head
from dprep.models.datasketch_index import datasketch_index
from dprep.models.datasketch_values import Family, Sketching
from dprep.ops.dedup.against import Against

READ, SHINGLES = re.findall(r"```python\n(.*?)```", index_datasketch.__doc__, re.DOTALL)
WORDS = [f"word{n}" for n in range(400)]
LETTERS = [chr(point) for point in [*range(0x20, 0x17F), *range(0x4E00, 0x4E80), 0x301, 0xA0, 0x3000, 0x1F600, 0x200D, 0xE0041]]
HOSTILE = [
    "",
    " \u3000\t",
    "a",
    "请问我的订单什么时候可以发货？ 谢谢，再见",
    "été\x1fdéjà\x00_x\u2028y",
    "a" * 200 + " " + "语" * 90,
    "👍🏽👍",
]
SAID = {"tokens": "blank", "ngram": 2, "lowercase": False}


def shingles(text: str, **how) -> set[bytes]:
    scope = {"re": re}
    exec(SHINGLES, scope)
    return scope["shingles"](text, **how)


def sketch(text: str, num_perm: int = 64, seed: int = 1, scheme: str = "affine32", **how) -> MinHash:
    made = MinHash(num_perm=num_perm, seed=seed, scheme=scheme)
    for each in shingles(text, **how):
        made.update(each)
    return made


def in_bytes(made: MinHash, order: str = "@") -> bytes:
    lean = LeanMinHash(made)
    buffer = bytearray(lean.bytesize(order))
    lean.serialize(buffer, order)
    return bytes(buffer)


def texts(count: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=60)) for _ in range(count)]


def changed(text: str, count: int, draw: random.Random) -> str:
    words = text.split()
    for place in draw.sample(range(len(words)), count):
        words[place] = "other"
    return " ".join(words)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_texts(path: str, lines: list[str]) -> None:
    Path(path).write_text("".join(json.dumps({"text": line, "nr": f"n{n}"}) + "\n" for n, line in enumerate(lines)))


def write_sketches(path: str, sketches: list, ids: list | None = None) -> None:
    names = [f"their-{n}" for n in range(len(sketches))] if ids is None else ids
    pa.parquet.write_table(pa.table({"id": names, "minhash": pa.array(sketches, pa.binary())}), path)


@pytest.mark.parametrize("scheme", ["affine32", "affine64", "legacy"])
@pytest.mark.parametrize(("tokens", "ngram"), [("characters", 1), ("characters", 5), ("blank", 1), ("blank", 3), ("words", 2)])
@pytest.mark.parametrize("seed", [1, 2**32 - 1])
def test_hashes_are_those_of_datasketch(scheme, tokens, ngram, seed):
    draw = random.Random(ngram)
    given = [*HOSTILE, *("".join(draw.choices(LETTERS, k=150)) for _ in range(20))]
    how = {"tokens": tokens, "ngram": ngram, "lowercase": ngram != 1}

    values, filled = Sketching(Family(48, seed, scheme), **how).values(Text(pl.Series(given)))

    assert np.array_equal(values, np.array([sketch(text, 48, seed, scheme, **how).hashvalues for text in given]))
    assert filled.tolist() == [bool(shingles(text, **how)) for text in given]


def test_a_line_of_a_megabyte_is_hashed_like_any_other():
    line = " ".join(random.Random(2).choices(WORDS, k=150_000))
    for how in ({"tokens": "words", "ngram": 1_0}, {"tokens": "characters", "ngram": 3}):
        values, _ = Sketching(Family(4, 7, "affine64"), lowercase=False, **how).values(Text(pl.Series([line])))
        assert np.array_equal(values[0], sketch(line, 4, 7, "affine64", **how).hashvalues)


def test_sha1_is_that_of_its_standard():
    words, state = np.zeros(80, np.uint32), np.zeros(5, np.uint32)
    draw = random.Random(3)
    for size in [*range(200), 1000, 4096]:
        told = draw.randbytes(size)
        data = np.frombuffer(b"xy" + told + b"z", np.uint8)
        head = int.from_bytes(hashlib.sha1(told).digest()[:8], "little")
        assert sha1_head(data, 2, 2 + size, words, state) == head
    # FIPS 180-2, appendix A.1: "abc" has a9993e36 4706816a ...
    assert sha1_head(np.frombuffer(b"abc", np.uint8), 0, 3, words, state) == int.from_bytes(
        bytes.fromhex("a9993e364706816a"), "little"
    )


def test_the_prime_itself_is_nothing():
    prime = 2**61 - 1
    b = [prime - 1, prime, prime + 1, 2 * prime, 8 * prime, 2**64 - 1]
    heads = Heads(np.array([0, 1]), np.array([77], np.uint64))

    values = minhashes(heads, "legacy", np.zeros(len(b), np.uint64), np.array(b, np.uint64))

    assert values[0].tolist() == [each % prime % 2**32 for each in b]


def test_lower_case_is_pythons():
    known = [chr(p) for p in range(sys.maxunicode) if unicodedata.category(chr(p)) not in {"Cs", "Cn"}]
    given = [*known, "ΑΣ ΑΣΑ Σ", "İSTANBUL", "ΟΔΟΣ."]
    lowered = pl.Series(given).str.to_lowercase().to_list()
    assert [a for a, b in zip(given, lowered, strict=True) if a.lower() != b] == []


@pytest.mark.parametrize(("scheme", "num_perm"), [("affine32", 128), ("affine64", 64), ("legacy", 16)])
def test_datasketch_reads_what_is_written_and_finds_its_rows(here, scheme, num_perm):
    given = [*texts(60, 4), "", "今天天气很好，我们去公园散步吧。"]
    write_texts("ours.jsonl", given)
    made = api.index("ours", kind="datasketch", of="ours.jsonl", num_perm=num_perm, seed=9, scheme=scheme, key="nr")

    file = str(made.artifact.folder / "minhashes.parquet")
    asked = {"minhashes.parquet": file, "num_perm=128": f"num_perm={num_perm}"}
    code = READ
    for shown, used in asked.items():
        code = code.replace(shown, used)
    scope = {"MinHashLSH": MinHashLSH, "LeanMinHash": LeanMinHash, "pyarrow": pa}
    exec(code, scope)

    assert made.artifact.manifest["details"]["without_shingles"] == 1
    for number, text in enumerate(given):
        mine = sketch(text, num_perm, 9, scheme)
        assert (f"n{number}" in scope["lsh"].query(mine)) == bool(text)
    stored = dict(pl.read_parquet(file).iter_rows())
    assert stored["n5"] == in_bytes(sketch(given[5], num_perm, 9, scheme))


@pytest.mark.parametrize(("scheme", "order"), [("affine32", "@"), ("affine32", "<"), ("affine64", "="), ("legacy", "@")])
def test_a_run_drops_what_an_index_of_datasketch_has_seen(here, scheme, order):
    draw = random.Random(6)
    old = texts(80, 5)
    new = [*texts(30, 7), *(changed(text, draw.randrange(8), draw) for text in old[:50]), "", "short"]
    theirs = [sketch(text, 128, 3, scheme, **SAID) for text in old]
    write_sketches("theirs.parquet", [in_bytes(each, order) for each in theirs])
    write_texts("new.jsonl", new)
    Path("recipe.toml").write_text(
        '[dataset]\nname = "post"\ntask = "text"\n[[source]]\npath = "new.jsonl"\n'
        '[[step]]\nop = "dedup.against"\nindex = "theirs@v1"\nthreshold = 0.8\n'
    )

    api.index("theirs", kind="datasketch", of="theirs.parquet", store="store", threshold=0.7, **SAID)
    api.run("recipe.toml", store="store", workers=1)

    told = api.open("post@v1", store="store").dropped().select("text", "reason", "twin", "measured").collect().rows()
    found = {text: (twin, json.loads(measured)["estimate"]) for text, reason, twin, measured in told if reason == "seen"}
    wanted = {}
    for text in new:
        mine = sketch(text, 128, 3, scheme, **SAID)
        share, place = max((mine.jaccard(each), -number) for number, each in enumerate(theirs))
        if share >= 0.8:
            wanted[text] = (f"their-{-place}", share)
    assert found == wanted
    assert 12 < len(wanted) < 50


def test_what_goes_out_comes_in_again(here):
    write_texts("ours.jsonl", texts(40, 8))
    how = {"tokens": "words", "ngram": 3, "lowercase": True, "num_perm": 32, "scheme": "affine64"}
    out = api.index("ours", kind="datasketch", of="ours.jsonl", **how).artifact.folder
    said = {key: how[key] for key in ("tokens", "ngram", "lowercase")}
    back = api.index("theirs", kind="datasketch", of=str(out / "minhashes.parquet"), **said).artifact.folder

    same = {path.name for path in out.iterdir()} - {"manifest.json"}
    assert "values.u64" in same
    assert {name: (out / name).read_bytes() for name in same} == {name: (back / name).read_bytes() for name in same}


def imported(sketches: list[MinHash], monkeypatch, mine: np.ndarray, **more):
    """An index of sketches, and new sketches that stand for texts."""
    write_sketches("theirs.parquet", [in_bytes(each) for each in sketches])
    made = api.index("theirs", kind="datasketch", of="theirs.parquet", **SAID, **more)
    monkeypatch.setattr(Sketching, "values", lambda _self, text: (mine, np.ones(len(text), np.bool_)))
    return datasketch_index(str(made.artifact.folder.resolve()))


def test_the_share_itself_is_enough_and_the_next_number_is_not(here, monkeypatch):
    old = sketch("the quick brown fox jumps over the lazy dog", 100)
    mine = np.array([old.hashvalues])
    mine[0, 30:37] += 1
    index = imported([old], monkeypatch, mine, threshold=0.5)
    text = Text(pl.Series(["-"]))

    assert index.best(text, 0.93).similarity.tolist() == [0.93]
    assert index.best(text, np.nextafter(0.93, 1)).similarity.tolist() == [0.0]


def test_bands_miss_one_pair_in_a_hundred_at_most(here, monkeypatch):
    draw = np.random.default_rng(9)
    values = draw.integers(0, 2**32, (2000, 128), np.uint32)
    mine = values.copy()
    for row in mine:
        row[draw.permutation(128)[:32]] = 5  # 96 of 128 places agree
    leans = [LeanMinHash(seed=1, hashvalues=each, scheme="affine32") for each in values]
    index = imported(leans, monkeypatch, mine, threshold=0.75)

    best = index.best(Text(pl.Series(["-"] * 2000)), 0.75)

    assert (best.similarity == 0.75).mean() > 0.985
    assert best.names.to_list() == [f"their-{n}" for n in np.flatnonzero(best.similarity)]


def test_of_many_equal_sketches_the_first_is_named(here, monkeypatch):
    other, same = sketch("others are here", 64), sketch("请问我的订单什么时候可以发货", 64)
    index = imported([other, *[same] * 300, other], monkeypatch, np.array([same.hashvalues]))

    assert index.best(Text(pl.Series(["-"])), 0.8).names.to_list() == ["their-1"]


def test_sketches_without_a_shingle_are_nobodys_twins(here):
    write_sketches("theirs.parquet", [in_bytes(MinHash(64)), in_bytes(sketch("now and then", **SAID)), in_bytes(MinHash(64))])
    made = api.index("theirs", kind="datasketch", of="theirs.parquet", **SAID).artifact

    found = Against(index=str(made.folder.resolve())).find(Text(pl.Series(["", "  ", "now and then", "never before"])))

    assert (found.found.tolist(), found.names.to_list()) == ([False, False, True, False], ["their-1"])
    assert made.manifest["details"]["without_shingles"] == 2


GOOD = in_bytes(sketch("the first of all"))


@pytest.mark.parametrize(
    ("sketches", "ids", "sentence"),
    [
        ([GOOD, GOOD[:-1]], None, "row 2 of `theirs.parquet`: the sketch of `their-1` is no LeanMinHash"),
        ([GOOD, GOOD + b"\0"], None, "the sketch of `their-1` is no LeanMinHash"),
        ([GOOD, b""], None, "the sketch of `their-1` is no LeanMinHash"),
        ([GOOD, b"\xff" * len(GOOD)], None, "the sketch of `their-1` is no LeanMinHash"),
        ([GOOD, in_bytes(sketch("x"), ">")], None, "the sketch of `their-1` is no LeanMinHash"),
        ([b"no sketch at all"], None, "row 1 of `theirs.parquet`"),
        ([GOOD, None], None, "the sketch of `their-1` is null"),
        ([GOOD, GOOD], ["a", None], "row 2 of `theirs.parquet`: the id is null"),
        ([GOOD, GOOD, GOOD], ["a", "b", "a"], "1 id is there more than once: `a`"),
        ([GOOD, in_bytes(sketch("x", 32))], None, "`their-1` has 32 hashes, seed 1 and scheme `affine32`, the first 64 hashes"),
        ([GOOD, in_bytes(sketch("x", seed=2))], None, "has 64 hashes, seed 2"),
        ([GOOD, in_bytes(sketch("x", scheme="legacy"))], None, "scheme `legacy`, the first 64 hashes"),
        ([GOOD, b"\0" * 16], ["a", "b\x1b[31m"], "the sketch of `b\\u001b[31m` is no LeanMinHash"),
        ([], None, "there is no row to index"),
    ],
)
def test_what_is_wrong_with_sketches_is_told_by_row(here, sketches, ids, sentence):
    write_sketches("theirs.parquet", sketches, ids)
    with pytest.raises(Error) as fault:
        api.index("theirs", kind="datasketch", of="theirs.parquet", **SAID)

    assert sentence in str(fault.value)
    assert not list(Path().glob("store/artifacts/theirs/v*"))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"of": "theirs.parquet"}, "how their shingles were made is not said: `tokens`, `ngram`, `lowercase`"),
        ({"of": "theirs.parquet", **SAID, "num_perm": 128}, "have `num_perm` 64, and 128 was said"),
        ({"of": "theirs.parquet", **SAID, "key": "name"}, "has no column `name`"),
        ({"of": ["theirs.parquet", "ours.jsonl"], **SAID}, "`ours.jsonl` holds no sketches, and `theirs.parquet` does"),
        ({"of": "broken.parquet", **SAID}, "broken.parquet"),
        ({"of": "ours.jsonl", "tokens": "sentences"}, "tokens"),
        ({"of": "ours.jsonl", "key": "text"}, "is there more than once"),
    ],
)
def test_what_is_wrong_with_a_command_is_told(here, asked, sentence):
    write_sketches("theirs.parquet", [GOOD])
    write_texts("ours.jsonl", ["one and the same", "one and the same"])
    Path("broken.parquet").write_bytes(b"PAR1 broken PAR1")
    with pytest.raises(Error) as fault:
        api.index("theirs", kind="datasketch", **asked)

    assert sentence in str(fault.value)


def test_a_threshold_below_the_indexes_and_another_kind_are_told(here):
    write_texts("ours.jsonl", texts(3, 1))
    made = api.index("ours", kind="datasketch", of="ours.jsonl", store="store").artifact.folder
    api.index("tests", kind="benchmark", of="ours.jsonl", store="store")
    with pytest.raises(Error, match=r"from 0\.8 on, and `threshold` is 0\.7"):
        Against(index=str(made.resolve()), threshold=0.7).check_files()

    Path("recipe.toml").write_text(
        '[dataset]\nname = "post"\ntask = "text"\n[[source]]\npath = "ours.jsonl"\n'
        '[[step]]\nop = "dedup.against"\nindex = "tests@v1"\n'
    )
    with pytest.raises(Error, match="of kind `benchmark`, not `rows` or `datasketch`"):
        api.run("recipe.toml", store="store", workers=1)
