from __future__ import annotations

import io
import math
from pathlib import Path

import polars as pl
import pytest
import zstandard

from dprep.base.problem import Error
from dprep.base.step import Step, run_step
from dprep.base.text import Text
from dprep.models.spelling import dictionary, misspellings
from dprep.ops.filter.spelling import Spelling


def file(folder: Path, name: str, text: str, encoding: str = "utf-8") -> str:
    (folder / name).write_bytes(text.encode(encoding))
    return str(folder / name)


def measured(texts: list[str], **parameters) -> pl.DataFrame:
    op = Spelling(max_misspellings=9, **parameters)
    return pl.DataFrame(op.measure(Text(pl.Series(texts, dtype=pl.String))))


AFF = """SET UTF-8
PFX A Y 1
PFX A 0 re .
SFX B Y 2
SFX B 0 ed [^y]
SFX B y ied y
SFX C N 1
SFX C 0 able/Z .
"""


def test_affixes_are_expanded_as_hunspells_manual_says(tmp_path):
    dic = file(tmp_path, "d.dic", "3\nhello\ntry/B\nwork/AB\nread/AC po:verb\n")

    found = dictionary(dic, file(tmp_path, "d.aff", AFF))

    assert set(found) == {"hello", "try", "tried", "work", "worked", "rework", "reworked", "read", "reread", "readable"}


@pytest.mark.parametrize(
    ("head", "flags", "entry"),
    [
        ("FLAG long\n", ("Xx", "Yy"), "walk/XxYy"),
        ("FLAG num\n", ("7", "100"), "walk/7,100"),
        ("AF 2\nAF XY\nAF Q\n", ("X", "Y"), "walk/1"),
        ("FLAG UTF-8\n", ("é", "ß"), "walk/éß"),
    ],
)
def test_flags_of_all_kinds_are_understood(tmp_path, head, flags, entry):
    rules = "".join(f"SFX {flag} Y 1\nSFX {flag} 0 {end} .\n" for flag, end in zip(flags, ("s", "ed"), strict=True))

    found = dictionary(file(tmp_path, "d.dic", f"1\n{entry}\n"), file(tmp_path, "d.aff", f"SET UTF-8\n{head}{rules}"))

    assert set(found) == {"walk", "walks", "walked"}


def test_an_old_encoding_and_stems_that_are_no_words(tmp_path):
    aff = "SET ISO8859-1\nNEEDAFFIX N\nFORBIDDENWORD F\nSFX S Y 1\nSFX S 0 s .\n"
    dic = file(tmp_path, "d.dic", "3\ncafé/S\nphoeni/NS\nbad/F\n", "latin-1")

    assert set(dictionary(dic, file(tmp_path, "d.aff", aff))) == {"café", "cafés", "phoenis"}


def test_unknown_words_are_counted(tmp_path):
    words = file(tmp_path, "w.txt", "the\nmill\nwell\nknown\ndon't\nÉté\n")
    texts = ["The MILL", "the mlil", "mill's don’t well-known été", "well-knwon", "42 1st 中文 ナ 한국", "", "x" * 1_000_000]

    found = measured(texts, dictionary=words)["unknown_share"].to_list()

    assert found == [0.0, 0.5, 0.0, 1.0, 1.0, 0.0, 1.0]


def test_misspellings_are_counted_where_they_stand_alone(tmp_path):
    wrong = file(tmp_path, "m.txt", "teh->the\nalot of->a lot of\n在坐各位->在座各位\nit's self->itself, its self,\n")
    texts = ["Teh end of teh", "tehran alot of", "请在坐各位，在坐各位坐", "fine", "It’s self evident"]

    found = measured(texts, misspellings=wrong)

    assert found["misspellings"].to_list() == [2, 1, 2, 0, 1]
    assert found["misspelling_share"].to_list()[0] == 0.5


def test_a_list_of_65_000_misspellings_is_read(shared, tmp_path):
    packed = (shared / "corpora/res-en-misspellings/dictionary.txt.zst").read_bytes()
    lines = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)).read().decode()
    wrong = [line.partition("->")[0] for line in lines.splitlines() if line]
    path = file(tmp_path, "dictionary.txt", lines)

    assert len(misspellings(path)) == len({word.lower() for word in wrong})
    letters = " ".join(word for word in wrong[5000:5100] if word.isalpha())
    assert measured([letters], misspellings=path)["misspelling_share"][0] == 1.0


def test_a_share_equal_to_its_limit_is_kept(tmp_path):
    words = file(tmp_path, "w.txt", "a\nb\n")
    rows = pl.DataFrame({"text": ["a b c"]})

    def kept(limit: float) -> int:
        op = Spelling(dictionary=words, max_unknown_share=limit)
        return len(run_step(Step("s", "filter.spelling", op), rows).kept)

    assert (kept(1 / 3), kept(math.nextafter(1 / 3, 0))) == (1, 0)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [({}, "missing-parameter"), ({"affixes": "x", "misspellings": "y"}, "missing-parameter")],
)
def test_lists_that_lack_are_told(parameters, code):
    with pytest.raises(Error) as fault:
        Spelling(**parameters)
    assert fault.value.problems[0].code == code


@pytest.mark.parametrize(
    ("aff", "dic"), [("SET UTF-8\nSFX A Y 1\nSFX A 0 s [\n", "1\na/A\n"), ("SET nonsense\n", "1\na\n"), ("", "")]
)
def test_files_that_are_no_dictionary_are_told(tmp_path, aff, dic):
    with pytest.raises(Error) as fault:
        dictionary(file(tmp_path, "d.dic", dic), file(tmp_path, "d.aff", aff))
    assert fault.value.problems[0].code == "unreadable-file"
