"""Token counts against the libraries' own encoders."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.models.tokenizers import tokenizer_file
from dprep.ops.tag.tokens import Tokens
from tests.ops.strange import PIECES

MODEL = Path(__file__).resolve().parents[1] / "laws/files/pieces.model"
TEXTS = ["", "the parcel", "我的包裹在哪里？", " ".join(PIECES), "the " * 50_000, "\n\n", *PIECES]


def counted(tokenizer: Path, *texts: str) -> list[int]:
    return Tokens(tokenizer=str(tokenizer)).note(Text(pl.Series(texts, dtype=pl.String)))["tokens"].to_list()


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A Hugging Face tokenizer that splits at blanks, adds special tokens and cuts after three."""
    library = pytest.importorskip("tokenizers")
    made = library.Tokenizer(library.models.WordLevel({"[UNK]": 0, "[CLS]": 1, "the": 2}, unk_token="[UNK]"))
    made.pre_tokenizer = library.pre_tokenizers.WhitespaceSplit()
    made.post_processor = library.processors.TemplateProcessing("[CLS] $A", special_tokens=[("[CLS]", 1)])
    made.enable_truncation(3)
    made.enable_padding(length=8)
    made.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


def test_sentencepiece_tokens_are_those_of_its_own_encoder():
    library = pytest.importorskip("sentencepiece")
    model = library.SentencePieceProcessor(model_file=str(MODEL))

    assert counted(MODEL, *TEXTS) == [len(model.Encode(text)) for text in TEXTS]


def test_hugging_face_tokens_without_special_ones_padding_or_a_cut(words):
    assert counted(words, "", "the", "the parcel is very late") == [0, 1, 5]


def test_a_folder_is_searched_for_its_tokenizer(words):
    assert tokenizer_file(str(words.parent)) == words
    assert counted(words.parent, "the parcel") == [2]


@pytest.mark.parametrize(
    ("name", "content"), [("a.model", b"no model"), ("a.json", b"{}"), ("a.json", b"\xff"), ("a.model", b"")]
)
def test_a_file_that_is_no_tokenizer_is_a_problem(tmp_path, name, content):
    pytest.importorskip("sentencepiece")
    pytest.importorskip("tokenizers")
    (tmp_path / name).write_bytes(content)

    with pytest.raises(Error) as raised:
        counted(tmp_path / name, "text")
    assert raised.value.problems[0].code == "unreadable-file"


def test_a_folder_without_a_tokenizer_is_a_problem(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({}))

    with pytest.raises(Error) as raised:
        counted(tmp_path, "text")
    assert raised.value.problems[0].code == "unreadable-file"
