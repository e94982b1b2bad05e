from __future__ import annotations

import difflib
import io
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.ops.augment.synonym import Synonym
from tests.ops.shared_corpora import corpus_bytes
from tests.ops.strange import batches

pytest.importorskip("lemminflect")
pytest.importorskip("jieba")

WORDNET = Path("/usr/share/wordnet")
FILES = Path(__file__).parents[1] / "laws" / "files"
SMALL, SMALL_ZH = str(FILES / "wordnet"), str(FILES / "wordnet-zh.tab")
JUDGED = Path(__file__).parent / "data" / "synonyms_judged.jsonl"
needs_wordnet = pytest.mark.skipif(not (WORDNET / "data.noun").is_file(), reason="needs Debian's wordnet-base")


def luck(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)


def variants(text: str, n: int = 40, **parameters) -> set[str | None]:
    """What `n` draws make of a text, every word that can be replaced being so."""
    made = Synonym(**({"rate": 1.0} | parameters)).variant(Text(pl.Series([text] * n)), luck(n), 1)
    assert made.dtype == pl.String
    return set(made.to_list())


@pytest.fixture(scope="module")
def cmn(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("zh") / "cmn.tab"
    file.write_bytes(corpus_bytes("res-multi-wordnet/wn-data-cmn.tab.zst"))
    return str(file)


# what a dictionary of English says of each, with the form that the sentence asks for
ENGLISH = [
    ("two cars", {"two autos", "two automobiles", "two motorcars"}),
    ("He bought it.", {"He purchased it."}),
    ("buying bread", {"purchasing bread"}),
    ("the countries", {"the nations"}),
    ("the children sleep", {"the kids sleep", "the youngsters sleep", "the minors sleep"}),
    ("an error", {"a mistake", "a fault"}),
    ("a mistake", {"an error", "a fault"}),
    ("A mistake", {"An error", "A fault"}),
    ("many errors", {"many mistakes", "many faults"}),
    ("it began", {"it started", "it commenced"}),
    ("the biggest house", {"the largest house"}),
    ("a bigger house", {"a larger house"}),
    ("she went quickly", {"she went rapidly"}),
    ("my sofa", {"my couch"}),
    ("two sofas", {"two couches"}),
    ("her salary", {"her wage", "her pay", "her earnings"}),
    ("it happened", {"it occurred", "it took place"}),
    ("it disappeared", {"it vanished"}),
    ("I attempted it", {"I tried it"}),
    ("a vacation", {"a holiday"}),
    ("the process", {"the procedure"}),
    ("a terrible day", {"an awful day", "a dreadful day", "a frightening day"}),
    ("Children", {"Kids", "Youngsters", "Minors"}),
    ("THE BIGGEST ERRORS", {"THE LARGEST MISTAKES", "THE LARGEST FAULTS"}),
    ("photographs", {"photos", "exposures", "pictures"}),
    ("my physician", {"my doctor"}),
    ("two physicians", {"two doctors"}),
    ("he remembered it", {"he recalled it", "he recollected it", "he retrieved it"}),
    ("the purpose", {"the intent", "the aim", "the intention", "the design"}),
    ("two nations", {"two countries", "two states", "two lands"}),
    ("my dad", {"my pop", "my papa", "my dada", "my daddy", "my pa", "my pappa"}),
    ("my telephone", {"my phone"}),
]


@needs_wordnet
@pytest.mark.parametrize(("text", "right"), ENGLISH)
def test_english_words_become_synonyms_in_the_same_form(text, right):
    made = variants(text)

    assert made <= right | {None}
    assert made != {None} or text in {"photographs", "my dad"}


@needs_wordnet
@pytest.mark.parametrize(
    "text",
    [
        "a credit card",  # a phrase of WordNet
        "he looked it up and gave up",
        "the and of to from would",
        "yesterday Carr met Buy and Sofa",
        "Mr. Smith",
        "put",  # past or present: no synonym is both
        "xyzzy qwfp",
        "",
        " \n",
        "12345",
    ],
)
def test_where_nothing_is_sure_there_is_no_variant(text):
    assert variants(text) == {None}


@needs_wordnet
def test_first_senses_come_first():
    assert "we obtained it" in variants("we received it", senses=2)
    assert "we obtained it" not in variants("we received it", senses=1)


@needs_wordnet
def test_phrases_are_an_option():
    assert not any(" out" in made for made in variants("they begin") - {None})
    assert any("set out" in made for made in variants("they begin", phrases=True) - {None})


CHINESE = [
    ("他维持原来的看法", "他保持原来的看法"),
    ("这次处罚太重", "这次惩罚太重"),
    ("我昨天看了一部电影", "我昨天看了一部影片"),
    ("市场垄断必须打破", "市场独占必须打破"),
    ("办公室昨天成立", "办公室昨天设立"),
    ("贷款利率下调", "借款利率下调"),
    ("我的丈夫很高", "我的老公很高"),
    ("他的母亲很老", "他的妈妈很老"),
    ("经济增长正在加速", "经济增长正在加快"),
    ("他捍卫自己的权利", "他守卫自己的权利"),
    ("商品已经卖完", "货物已经卖完"),
]


@pytest.mark.parametrize(("text", "wanted"), CHINESE)
def test_chinese_words_become_synonyms(cmn, text, wanted):
    assert wanted in variants(text, n=200, synonyms=cmn, rate=0.4)


@pytest.mark.parametrize(
    "text", ["我在北京", "李静和戴军", "《贷款电影》", "《母亲》", "的了吗", "12345", "where is my car", "贷"]
)
def test_chinese_names_and_stop_words_stay(cmn, text):
    assert variants(text, synonyms=cmn) == {None}


@pytest.mark.parametrize(
    ("file", "text", "wanted"),
    [
        ("thes_fr.dat", "abaissement", "décadence"),
        ("th_es_ES_v2.dat", "altísimo", "dios"),  # ISO8859-1
        ("th_ru_RU_v2.dat", "абзац", "отступ"),  # a mark before the first line
        ("th_de_DE_v2.dat", "glücklich", "froh"),
        ("th_en_US_v2.dat", "two cars", "two automobiles"),
    ],
)
def test_thesauri_of_all_encodings_are_read(file, text, wanted):
    path = Path("/usr/share/mythes") / file
    if not path.is_file():
        pytest.skip(f"needs Debian's package of {file}")

    assert wanted in {made.lower() for made in variants(text, n=200, synonyms=str(path)) - {None}}


def test_marked_terms_are_left_out(tmp_path):
    file = tmp_path / "th.dat"
    file.write_text("UTF-8\nnass|1\n-|feucht|pitschnass (ugs.)|Eigenschaft (Oberbegriff)\n", encoding="utf-8")

    assert variants("nass", synonyms=str(file)) == {"feucht"}


def test_a_list_of_ones_own_is_taken_as_it_stands(tmp_path):
    file = tmp_path / "own.tsv"
    file.write_text("# words\nparcel\tpackage\tbox\nrefund\trepayment,chargeback\n包裹\t邮包\n", encoding="utf-8")

    assert variants("the parcel", synonyms=str(file)) == {"the package", "the box"}
    assert variants("parcels", synonyms=str(file)) == {None}
    assert variants("parcels", synonyms=str(file), language="en") == {"packages", "boxes"}
    assert variants("a refund", synonyms=str(file)) == {"a repayment", "a chargeback"}
    assert variants("我的包裹", synonyms=str(file)) == {"我的邮包"}


def test_listed_words_stay(tmp_path):
    listed = tmp_path / "kept.txt"
    listed.write_text("bought\n", encoding="utf-8")

    assert variants("He bought a CAR, a car", synonyms=SMALL, protect=("car",), protect_file=str(listed)) == {None}
    assert variants("the big car", synonyms=SMALL, protect=("big car",)) == {None}


def test_german_nouns_need_to_be_told(tmp_path):
    file = tmp_path / "own.tsv"
    file.write_text("hund\tKöter\n", encoding="utf-8")

    assert variants("der Hund", synonyms=str(file)) == {None}
    assert variants("der Hund", synonyms=str(file), capitals=True) == {"der Köter"}


KEPT = ["http://a.b/car", "car@big.org", "@car", "#car", "{car}", "<b car>", "`big car`", "car_big", "car.big", "3cars", "$car"]


@pytest.mark.parametrize("kept", KEPT)
@given(before=st.sampled_from(["", "big ", "the car, "]), after=st.sampled_from(["", " error", ", a big car"]))
@settings(max_examples=9, deadline=None)
def test_what_is_protected_never_changes(kept, before, after):
    assert all(kept in made for made in variants(f"{before}{kept}{after}", n=6, synonyms=SMALL) - {None})


@given(batches, st.sampled_from([SMALL, SMALL_ZH]), st.floats(0.01, 1.0))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_a_different_text_or_none_by_its_own_luck(rows, book, rate):
    rows = [row + " big car error 电影" for row in rows] + rows
    op, chance = Synonym(synonyms=book, rate=rate), luck(len(rows), seed=3)
    made = op.variant(Text(pl.Series(rows, dtype=pl.String)), chance, 1).to_list()

    assert all(v is None or v != row for v, row in zip(made, rows, strict=True))
    assert made == [op.variant(Text(pl.Series([r])), chance[i : i + 1], 1)[0] for i, r in enumerate(rows)]
    digits = re.compile(r"\d+|https?:\S+")
    assert all(v is None or digits.findall(v) == digits.findall(row) for v, row in zip(made, rows, strict=True))


def test_the_rate_is_the_share_of_words_replaced():
    text = "car error " * 500
    made = Synonym(synonyms=SMALL, rate=0.2).variant(Text(pl.Series([text])), luck(1), 1)[0]

    assert np.mean([a != b for a, b in zip(text.split(), made.split(), strict=True)]) == pytest.approx(0.2, abs=0.04)


def test_a_line_of_a_megabyte_comes_out_whole():
    text = "car " * 250_000
    made = Synonym(synonyms=SMALL, rate=1.0).variant(Text(pl.Series([text])), luck(1), 1)[0]

    assert made == "automobile " * 250_000


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.tsv", b""),
        ("blank.tsv", b"\n \n"),
        ("binary.dat", bytes(range(256)) * 9),
        ("packed.tab.zst", b"\x28\xb5\x2f\xfd\x00\x00\x01\x00\x00"),
        ("latin.tsv", "wort\tÜbel\n".encode("latin-1")),
        ("words.txt", b"one\ntwo\n"),
        ("cut.dat", b"UTF-8\ncar|3\n(noun)|auto\n"),
        ("strange.dat", b"KLINGON-7\ncar|1\n(noun)|auto\n"),
        ("wrong.dat", b"UTF-8\ncar|many\n(noun)|auto\n"),
        ("none.dat", b"UTF-8\n|\n"),
        ("two.tab", b"00000001-n\tfra:lemma\tvoiture\n00000001-n\tcmn:lemma\tche\n"),
    ],
)
def test_files_that_are_none_are_told(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Error) as told:
        Synonym(synonyms=str(tmp_path / name)).check_files()

    assert told.value.problems[0].code == "unreadable-file"
    assert name in told.value.problems[0].sentence


def test_an_entry_in_another_encoding_is_told(tmp_path):
    file = tmp_path / "th.dat"
    file.write_bytes(b"UTF-8\nnass|1\n-|" + "Übel".encode("latin-1") + b"\n")
    with pytest.raises(Error, match="not text in `utf-8`"):
        variants("nass", synonyms=str(file))


@pytest.mark.parametrize("damage", ["cut", "missing", "swapped"])
def test_a_damaged_wordnet_is_told(tmp_path, damage):
    folder = Path(shutil.copytree(SMALL, tmp_path / "wordnet"))
    data = folder / "data.noun"
    if damage == "missing":
        data.unlink()
    else:
        data.write_bytes(data.read_bytes()[:-40] if damage == "cut" else (folder / "data.verb").read_bytes())
    with pytest.raises(Error) as told:
        variants("a car", synonyms=str(folder))

    assert told.value.problems[0].code == "unreadable-file"


def test_a_machine_without_wordnet_is_told_the_command():
    with pytest.raises(Error, match="apt install wordnet-base"):
        Synonym(synonyms="/usr/share/wordnet-that-is-not-there").check_files()


def test_a_book_written_again_is_read_again(tmp_path):
    file = tmp_path / "own.tsv"
    file.write_text("parcel\tpackage\n")
    assert variants("parcel", synonyms=str(file)) == {"package"}
    file.write_text("parcel\tcontainer\n")
    assert variants("parcel", synonyms=str(file)) == {"container"}


def _judged(corpus: str) -> tuple[list[dict], list[str]]:
    entries = [json.loads(line) for line in JUDGED.read_text(encoding="utf-8").splitlines()]
    if corpus == "cls-en-banking77":
        texts = pl.read_csv(io.BytesIO(corpus_bytes(f"{corpus}/train.csv.zst"))).get_column("text").to_list()
    else:
        lines = corpus_bytes(f"{corpus}/dev.txt.zst").decode().split("\n")
        texts = [line.split("\t")[0] for line in lines if line]
    return [entry for entry in entries if entry["corpus"] == corpus], texts


@needs_wordnet
@pytest.mark.parametrize(
    ("corpus", "shares"), [("cls-en-banking77", (0.55, 0.30, 0.15)), ("cls-zh-thucnews-titles", (22 / 60, 16 / 60, 22 / 60))]
)
def test_what_was_read_and_judged_is_what_comes_out(corpus, shares, cmn):
    entries, texts = _judged(corpus)
    before = [texts[entry["row"]] for entry in entries]
    chance = np.array([int(entry["luck"], 16) for entry in entries], np.uint64)
    op = Synonym() if corpus == "cls-en-banking77" else Synonym(synonyms=cmn)
    after = op.variant(Text(pl.Series(before)), chance, 1).to_list()
    english = corpus == "cls-en-banking77"

    for entry, one, two in zip(entries, before, after, strict=True):
        a, b = (one.split(" "), two.split(" ")) if english else (list(one), list(two))
        joint = " " if english else ""
        steps = difflib.SequenceMatcher(None, a, b, False).get_opcodes()
        found = [[joint.join(a[i:j]), joint.join(b[k:m])] for kind, i, j, k, m in steps if kind != "equal"]
        assert found == entry["changes"]
    counts = Counter(entry["verdict"] for entry in entries)
    assert tuple(counts[v] / len(entries) for v in ("good", "acceptable", "wrong")) == pytest.approx(shares)
