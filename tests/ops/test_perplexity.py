"""tag.perplexity, filter.perplexity and `dprep fit ngram`: what they promise on their pages."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dprep import api
from dprep.base.problem import Error
from dprep.base.step import Step, run_step
from dprep.base.text import Text
from dprep.fit.ngram import Ngram, learn
from dprep.models.ngram import ngram_model
from dprep.ops.filter.perplexity import Perplexity as FilterPerplexity
from dprep.ops.tag.perplexity import Perplexity as TagPerplexity

FILES = Path(__file__).parents[1]
SMALL = str(FILES / "laws" / "files" / "small.arpa")
LINES = (FILES / "models" / "files" / "lines.txt").read_text().splitlines()


class Rows:
    """Texts in blocks, as `dprep fit` hands them on."""

    def __init__(self, texts: list[str], block: int = 10**6) -> None:
        self.series = pl.Series(texts, dtype=pl.String)
        self.block = block

    def __len__(self) -> int:
        return len(self.series)

    def texts(self):
        for start in range(0, len(self.series), self.block):
            yield self.series[start : start + self.block]


def made(folder: Path, texts: list[str] = LINES, **parameters: object) -> tuple[str, dict]:
    folder.mkdir()
    asked = Ngram.model_validate({"name": "lm", "from": "set@v1", "order": 3, "held_out": 0.2, **parameters})
    return str(folder), learn(Rows(texts), asked, folder)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory) -> str:
    return made(tmp_path_factory.mktemp("ngram") / "lm")[0]


def noted(op: TagPerplexity, *texts: str) -> dict[str, list]:
    return {name: series.to_list() for name, series in op.note(Text(pl.Series(texts, dtype=pl.String))).items()}


def outcome(op: FilterPerplexity, *texts: str) -> list[str | None]:
    """Per text the reason for which it is dropped, or None."""
    rows = pl.DataFrame({"text": texts}, schema={"text": pl.String}).with_row_index("n")
    done = run_step(Step("p", "filter.perplexity", op), rows)
    reasons = dict(zip(done.dropped["n"], done.dropped["reason"], strict=True))
    return [reasons.get(n) for n in range(len(texts))]


def test_a_text_without_a_token_has_no_perplexity():
    assert noted(TagPerplexity(ngram=SMALL, unit="word"), "", " \n\t\n", "\u3000\u00a0") == {"perplexity": [None] * 3}


def test_scrambled_text_is_more_surprising_in_both_languages():
    op = TagPerplexity(ngram=SMALL, unit="word")

    good_en, bad_en, good_zh, bad_zh = noted(
        op, "my new lamp is broken .", "lamp my . broken is new", "我的灯坏了。", "了坏灯的我。"
    )["perplexity"]

    assert bad_en > 3 * good_en
    assert bad_zh > 3 * good_zh


def test_a_bucket_begins_at_its_cutoff():
    text = "where is my order ?"
    (perplexity,) = noted(TagPerplexity(ngram=SMALL, unit="word"), text)["perplexity"]
    below, above = math.nextafter(perplexity, 0), math.nextafter(perplexity, math.inf)

    def bucket(*cutoffs: float) -> str:
        return noted(TagPerplexity(ngram=SMALL, unit="word", buckets=True, cutoffs=cutoffs), text)["perplexity_bucket"][0]

    assert bucket(above, above) == "head"
    assert bucket(perplexity, above) == "middle"
    assert bucket(below, perplexity) == "tail"
    assert noted(TagPerplexity(ngram=SMALL, unit="word", buckets=True, cutoffs=(2, 3)), "")["perplexity_bucket"] == [None]


def test_filter_bounds_include_their_limit_and_drop_what_has_no_perplexity():
    text = "where is my order ?"
    (p,) = noted(TagPerplexity(ngram=SMALL, unit="word"), text)["perplexity"]

    assert outcome(FilterPerplexity(ngram=SMALL, unit="word", max_perplexity=p), text, "") == [None, "max_perplexity"]
    assert outcome(FilterPerplexity(ngram=SMALL, unit="word", max_perplexity=math.nextafter(p, 0)), text) == ["max_perplexity"]
    assert outcome(FilterPerplexity(ngram=SMALL, unit="word", min_perplexity=p), text) == [None]
    assert outcome(FilterPerplexity(ngram=SMALL, unit="word", min_perplexity=math.nextafter(p, 999)), text) == [
        "min_perplexity"
    ]


def test_percentiles_and_buckets_are_those_of_the_texts_kept_apart(artifact):
    points = json.loads((Path(artifact) / "model.json").read_text())["percentiles"]
    model = ngram_model(artifact)

    assert len(points) == 99
    assert points == sorted(points)
    assert model.thresholds() == (points[29], points[59])
    assert model.percentile(np.array([points[29], points[59], 1.0, 1e30])).tolist() == [30, 60, 0, 100]
    # the texts themselves: of those kept apart, 60 in 100 pass; those learnt from surprise the model less
    kept = [reason is None for reason in outcome(FilterPerplexity(ngram=artifact, max_percentile=60), *LINES)]
    assert 0.7 < np.mean(kept) < 1.0
    heads = noted(TagPerplexity(ngram=artifact, buckets=True), "zq xw vk", "the order")["perplexity_bucket"]
    assert heads[0] == "tail"


def test_an_artifact_lower_cases_what_it_reads(artifact):
    same = noted(TagPerplexity(ngram=artifact), "The Order", "the order")["perplexity"]

    assert same[0] == same[1]


def test_a_bare_file_has_no_percentiles_and_says_so():
    for op in (FilterPerplexity(ngram=SMALL, max_percentile=60), TagPerplexity(ngram=SMALL, buckets=True)):
        with pytest.raises(Error, match="does not know the perplexities of usual texts"):
            op.measure(Text(pl.Series(["a"]))) if isinstance(op, FilterPerplexity) else op.note(Text(pl.Series(["a"])))


def test_tag_and_filter_ask_the_model_once():
    text = Text(pl.Series(["where is my order ?"]))
    TagPerplexity(ngram=SMALL, unit="word").note(text)
    views = len(text._views)
    FilterPerplexity(ngram=SMALL, unit="word", max_perplexity=30).measure(text)

    assert len(text._views) == views


def test_the_same_texts_make_the_same_bytes_in_any_blocks(tmp_path):
    first, _ = made(tmp_path / "a")
    second = tmp_path / "b"
    second.mkdir()
    learn(Rows(LINES, block=37), Ngram.model_validate({"name": "x", "from": "y", "order": 3, "held_out": 0.2}), second)

    files = sorted(p.relative_to(first) for p in Path(first).rglob("*") if p.is_file())
    assert [str(f) for f in files][:2] == ["model.arpa", "model.json"]
    for file in files:
        assert (Path(first) / file).read_bytes() == (second / file).read_bytes(), file


def test_nothing_is_learnt_from_the_texts_kept_apart(tmp_path):
    texts = [f"word{n} stands alone" for n in range(200)]

    folder, details = made(tmp_path / "lm", texts)

    words = {line.split("\t")[1] for line in (Path(folder) / "model.arpa").read_text().splitlines() if line.count("\t") == 2}
    assert details["texts"] + details["texts_held_out"] == 200
    assert 15 < details["texts_held_out"] < 70
    assert sum(text.split()[0] in words for text in texts) == details["texts"]


def test_too_few_texts_make_no_percentiles(tmp_path):
    folder, details = made(tmp_path / "lm", LINES[:20])

    assert json.loads((Path(folder) / "model.json").read_text())["percentiles"] == []
    apart = details["texts_held_out"]
    assert details["perplexity_held_out"] == f"none: {apart} {'text' if apart == 1 else 'texts'} kept apart, 20 are needed"


def test_a_model_without_percentiles_is_told_before_a_row_is_read(tmp_path):
    made(tmp_path / "few", LINES[:20])
    asked = {
        'op = "filter.perplexity"\nngram = "few"\nmax_percentile = 60': True,
        'op = "filter.perplexity"\nngram = "few"\nmax_perplexity = 60': False,
        'op = "tag.perplexity"\nngram = "few"\nbuckets = true': True,
        'op = "tag.perplexity"\nngram = "few"\nbuckets = true\ncutoffs = [10, 20]': False,
    }
    (tmp_path / "mail.jsonl").write_text('{"text": "a line"}\n')
    for step, refused in asked.items():
        path = tmp_path / "recipe.toml"
        path.write_text(f'[dataset]\nname = "mail"\n[[source]]\npath = "mail.jsonl"\n[[step]]\n{step}\n')
        assert [found.code for found in api.check(path)] == ["wrong-artifact"] * refused


def test_a_prune_list_that_falls_is_a_problem(tmp_path):
    for prune in ([1], [0, 2, 1]):
        with pytest.raises(Error, match="must start with 0 and never fall"):
            made(tmp_path / str(len(prune)), prune=prune)


def test_pieces_of_sentencepiece_are_tokens_when_a_tokenizer_is_given(tmp_path):
    """The score by hand: the pieces of each line, joined by blanks, scored by the same ARPA as what blanks separate."""
    spm = pytest.importorskip("sentencepiece", reason="SentencePiece is not installed")
    spm.SentencePieceTrainer.Train(
        sentence_iterator=iter(LINES), model_prefix=str(tmp_path / "spm"), vocab_size=1200, minloglevel=2, num_threads=1
    )
    (tmp_path / "tok").mkdir()
    (tmp_path / "tok" / "tokenizer.model").write_bytes((tmp_path / "spm.model").read_bytes())
    folder, _ = made(tmp_path / "lm", tokenizer=str(tmp_path / "tok"))
    texts = ["where is my order ?\n\nthe lamp is broken .", "我 的 订 单", "", "\n", "☃ unknown ☃"]
    pieces = spm.SentencePieceProcessor(model_file=str(tmp_path / "spm.model"))
    split = ["\n".join(" ".join(pieces.encode(line, out_type=str)) for line in text.split("\n")) for text in texts]

    found = noted(TagPerplexity(ngram=folder), *texts)["perplexity"]
    bare = noted(TagPerplexity(ngram=f"{folder}/model.arpa", tokenizer=str(tmp_path / "spm.model")), *texts)["perplexity"]
    expected = noted(TagPerplexity(ngram=f"{folder}/model.arpa"), *split)["perplexity"]

    assert found[2:4] == [None, None]
    assert found == pytest.approx(expected, abs=0.002, nan_ok=True)
    assert bare == pytest.approx(expected, abs=0.002)
