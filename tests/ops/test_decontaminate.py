"""Questions of benchmarks in texts: against counts made by hand or in plain Python."""

from __future__ import annotations

import json
import random

import polars as pl
import pytest

from dprep import api
from dprep.base.problem import Error
from dprep.base.step import Step, run_step
from dprep.ops.dedup.decontaminate import Decontaminate

WORDS = [f"word{n}" for n in range(2000)]


@pytest.fixture
def index(tmp_path):
    """Indexes the questions of one or more benchmarks and gives the folder."""

    def make(settings=None, **benchmarks):
        files = []
        for name, questions in benchmarks.items():
            files.append(tmp_path / f"{name}.jsonl")
            rows = [question if isinstance(question, dict) else {"question": question} for question in questions]
            files[-1].write_text("".join(json.dumps(row) + "\n" for row in rows))
        store = tmp_path / f"store{len(list(tmp_path.iterdir()))}"
        made = api.index("b", kind="benchmark", of=[str(file) for file in files], store=store, **(settings or {}))
        return str(made.artifact.folder)

    return make


def told(folder: str, texts: list[str], **settings) -> dict[str, dict]:
    """text -> the twin and what was measured, for what is dropped."""
    rows = pl.DataFrame({"id": [f"{n}" for n in range(len(texts))], "text": texts})
    done = run_step(Step("d", "dedup.decontaminate", Decontaminate(index=folder, **settings)), rows)
    assert set(done.dropped.get_column("reason")) <= {"contaminated"}
    each = done.dropped.select("text", "twin", "measured").iter_rows()
    return {text: {"twin": twin, **json.loads(measured)} for text, twin, measured in each}


def some(draw: random.Random, count: int) -> str:
    return " ".join(draw.sample(WORDS, count))


def test_thirteen_words_are_evidence_and_twelve_are_not(index):
    question = some(random.Random(1), 40)
    words = question.split()
    twelve, thirteen = (f"before {' '.join(words[5 : 5 + n])} after" for n in (12, 13))

    found = told(index(b=[question]), [twelve, thirteen])

    assert found == {
        thirteen: {"twin": "b:1", "overlap": 1 / 28, "benchmark": "b", "words": " ".join(words[5:18])},
    }


def test_the_overlap_is_the_share_of_the_runs_that_are_there(index):
    draw = random.Random(2)
    questions = [some(draw, 30) for _ in range(20)]
    texts = {}
    for number, question in enumerate(questions, 1):
        count = draw.randrange(13, 31)
        texts[f"{some(draw, 9)} {' '.join(question.split()[:count])} {some(draw, 9)}"] = (f"b:{number}", (count - 12) / 18)

    found = told(index(b=questions), list(texts))

    assert {text: (each["twin"], each["overlap"]) for text, each in found.items()} == texts


def test_case_accents_width_and_punctuation_do_not_count(index):
    question = "Le café de la gare est ouvert de sept heures à midi, sauf le dimanche matin."
    other = "LE CAFE de la “gare” est ouvert\nde sept ｈｅｕｒｅｓ a midi -- sauf le dimanche matin"

    assert told(index(b=[question]), [other])[other]["overlap"] == 1.0


def test_chinese_is_taken_character_by_character(index):
    question = "某工厂原计划每天生产零件六十个，实际每天多生产二十个，提前几天完成？"
    run = "答：原计划每天生产零件六十个。"  # 12 of its characters
    more = "答：原计划每天生产零件，六十个实。"  # 13

    found = told(index(b=[question]), [run, more])

    assert [each["words"] for each in found.values()] == ["原计划每天生产零件，六十个实"]
    assert list(found) == [more]


def test_a_short_question_must_stand_there_as_a_whole(index):
    eight, seven = some(random.Random(3), 8), some(random.Random(4), 7)
    folder = index(b=[eight, seven])

    texts = [f"x {eight} y", f"x {eight.rpartition(' ')[0]} y", f"x {seven} y"]

    assert {text: each["twin"] for text, each in told(folder, texts).items()} == {texts[0]: "b:1"}
    whole = index({"min_words": 7}, b=[eight, seven])
    assert [each["twin"] for each in told(whole, texts).values()] == ["b:1", "b:2"]


def test_a_run_of_more_than_ten_questions_is_a_template(index):
    draw = random.Random(6)
    template = some(draw, 14)
    ten, eleven = ([f"{template} {some(draw, 14)}" for _ in range(n)] for n in (10, 11))

    assert list(told(index(b=ten), [template])) == [template]
    assert told(index(b=eleven), [template]) == {}
    assert told(index(b=eleven), [eleven[3]])[eleven[3]]["twin"] == "b:4"
    assert list(told(index(a=ten[:5], b=eleven[:6]), [template])) == [template]  # it is counted in each benchmark apart


def test_the_question_with_the_larger_share_is_named(index):
    draw = random.Random(7)
    a, b = some(draw, 60), some(draw, 20)
    text = f"{' '.join(a.split()[:30])} {' '.join(b.split()[:19])}"

    found = told(index(first=[a], second=[b]), [text])[text]

    assert (found["twin"], found["benchmark"], found["overlap"]) == ("second:1", "second", 7 / 8)
    assert found["words"] == " ".join(b.split()[:19])


def test_a_larger_share_can_be_asked_for(index):
    question = some(random.Random(8), 22)  # ten runs
    half, less = (" ".join(question.split()[:n]) for n in (17, 16))

    assert list(told(index(b=[question]), [half, less], min_overlap=0.5)) == [half]


def test_columns_do_not_run_into_each_other(index):
    row = {"passage": some(random.Random(9), 20), "question": "Which of these is right?", "answer": "none"}
    text = f"{row['passage'].split()[-1]} Which of these is right"

    folder = index(b=[row])

    assert told(folder, [text, row["passage"]])[row["passage"]]["overlap"] == 1.0
    assert told(folder, [text]) == {}


def test_at_most_two_hundred_characters_are_shown(index):
    question = "".join(chr(0x4E00 + n) for n in range(500))
    (found,) = told(index(b=[question]), [f"𝕊tart {question} end"]).values()

    assert found["words"] == question[:200]


def test_a_long_line_full_of_questions_is_one_row(index):
    question = some(random.Random(10), 30)
    line = f"{question} " * 5000

    assert [(each["twin"], each["overlap"]) for each in told(index(b=[question]), [line]).values()] == [("b:1", 1.0)]


def test_exact_takes_what_is_the_question_but_for_its_signs(index):
    folder = index(b=["What is it?", "你好，世界！"])
    texts = ["WHAT IS IT", "what is it now", "你好 世界"]

    assert {text: each["twin"] for text, each in told(folder, texts, method="exact").items()} == {
        "WHAT IS IT": "b:1",
        "你好 世界": "b:2",
    }


def test_minhash_takes_what_is_nearly_the_question(index):
    question = some(random.Random(11), 40)
    near = question.replace(question.split()[20], "other").replace(question.split()[9], "another")
    folder = index(b=[question])
    a, b = ({text[i : i + 5] for i in range(len(text) - 4)} for text in (question, near))

    found = told(folder, [near, some(random.Random(12), 40)], method="minhash", threshold=0.7)

    assert {text: (each["twin"], each["overlap"]) for text, each in found.items()} == {near: ("b:1", len(a & b) / len(a | b))}
    with pytest.raises(Error, match=r"the index finds likenesses from 0\.6 on"):
        Decontaminate(index=folder, method="minhash", threshold=0.5).check_files()


def test_known_overlaps_of_the_test_sets_are_found(shared, tmp_path):
    tests = shared / "corpora" / "bench-test-sets"
    api.index("gsm8k", kind="benchmark", of=str(tests / "gsm8k_test.jsonl.zst"), store=tmp_path)
    api.index("mgsm", kind="benchmark", of=str(tests / "mgsm_en.tsv.zst"), store=tmp_path, column_names=["question", "answer"])
    rows = pl.read_csv(tests / "mgsm_en.tsv.zst", separator="\t", has_header=False, quote_char=None, infer_schema=False)
    questions = rows.to_series(0).to_list()

    found = told(str(tmp_path / "artifacts" / "gsm8k" / "v1"), questions)
    same = told(str(tmp_path / "artifacts" / "mgsm" / "v1"), questions)

    assert len(found) == len(set(questions)) == 250
    assert [each["twin"] for each in same.values()] == [f"mgsm_en:{n}" for n in range(1, 251)]
