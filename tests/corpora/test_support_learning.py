"""The support set is worth learning, and most of it is no near copy of the rest; judged by scikit-learn and datasketch."""

from __future__ import annotations

import re

import pytest

from tests.corpora.support_set import cleaned, listing, records, tickets, unique_rows


def shingles(text: str) -> set[str]:
    """Word 3-grams, or character 5-grams where the text is mostly Chinese or Japanese."""
    if len(re.findall("[\u3040-\u9fff]", text)) > 0.2 * len(text):
        return {text[start : start + 5] for start in range(max(1, len(text) - 4))}
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[start : start + 3]) for start in range(max(1, len(words) - 2))}


def test_intents_can_be_learnt_but_not_perfectly() -> None:
    sklearn = pytest.importorskip("sklearn", reason="scikit-learn is a development dependency")
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline, make_union

    assert sklearn.__version__
    texts, intents = list(unique_rows()), list(unique_rows().values())
    learn, judge, learn_intents, judge_intents = train_test_split(
        texts, intents, test_size=0.2, stratify=intents, random_state=7
    )
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    characters = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True, min_df=3)
    model = make_pipeline(make_union(words, characters), LogisticRegression(C=10, max_iter=100, tol=1e-2))

    score = model.fit(learn, learn_intents).score(judge, judge_intents)

    assert 0.75 <= score <= 0.95


def test_four_fifths_survive_near_deduplication() -> None:
    datasketch = pytest.importorskip("datasketch", reason="datasketch is needed for an independent judgement")
    index = datasketch.MinHashLSH(threshold=0.7, num_perm=128)
    seen: list[set[str]] = []
    kept = 0

    for number, text in enumerate(unique_rows()):
        own = shingles(text)
        sketch = datasketch.MinHash(num_perm=128)
        sketch.update_batch([shingle.encode() for shingle in own])
        kept += not any(len(own & seen[other]) >= 0.8 * len(own | seen[other]) for other in index.query(sketch))
        index.insert(number, sketch)
        seen.append(own)

    assert kept / len(records()) >= 0.8
    assert kept / len(seen) >= 0.9


def test_most_planted_near_duplicates_are_near() -> None:
    near = [(copy, listing()["copy_of"][copy]) for copy in tickets("near_duplicate")]

    close = 0
    for pair in near:
        one, other = (shingles(cleaned(records()[ticket]["text"])) for ticket in pair)
        close += len(one & other) >= 0.8 * len(one | other)

    assert close / len(near) >= 0.85
