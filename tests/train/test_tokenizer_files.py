"""Tokenizers of training: the ids are those of SentencePiece itself, before and after the model was saved."""

from __future__ import annotations

import io
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="tokenizers of training are those of transformers")
sentencepiece: Any = pytest.importorskip("sentencepiece", reason="the truth is what SentencePiece itself says")

from dprep.base.problem import Error  # noqa: E402
from dprep.store import artifacts  # noqa: E402
from dprep.train.loading import architectures, tokenizer_files  # noqa: E402
from dprep.train.loading.sentencepiece_file import NoModel, read  # noqa: E402
from tests.train.tiny import LINES, tiny_tokenizer  # noqa: E402

TEXTS = (
    *LINES,
    "",
    "   ",
    "  two  spaces and  ends  ",
    "tabs\tand\r\nlines\u3000and wide ones",
    "Ｆｕｌｌ　ｗｉｄｔｈ，ＡＢＣ１２３～",
    "ﬁne ① ½ ™ Ⅷ ㌔",
    "e\u0301te\u0301 u\u0308\u0304 taken apart",
    "half ｶﾞｷﾞﾊﾟ width",
    "\u1112\u1161\u11ab\u1100\u1173\u11af",
    "👩‍👩‍👧 🇩🇪 emoji",
    "\u200bno\u200bwidth",
    "a▁mark of a word ▁",
    "我们明天去北京，然后回来！3.14%",
    "a-very-long_identifier(with=symbols)[0] + http://example.org/?q=1",
    "ω" * 50,
)
KINDS = [("unigram", "nmt_nfkc", False), ("unigram", "identity", True), ("bpe", "nmt_nfkc_cf", True), ("bpe", "nfkc", False)]


def learnt(folder: Path, kind: str = "unigram", normalization: str = "nmt_nfkc", fallback: bool = False, **more: Any) -> Path:
    """A SentencePiece model of the lines, saved."""
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter(LINES * 4),
        model_writer=made,
        vocab_size=400 if fallback else 150,
        model_type=kind,
        normalization_rule_name=normalization,
        byte_fallback=fallback,
        hard_vocab_limit=False,
        minloglevel=2,
        num_threads=1,
        **more,
    )
    (folder / "tokenizer.model").write_bytes(made.getvalue())
    return folder / "tokenizer.model"


def truth(file: Path) -> Any:
    return sentencepiece.SentencePieceProcessor(model_proto=file.read_bytes())


@pytest.mark.parametrize(("kind", "normalization", "fallback"), KINDS)
def test_ids_are_those_of_sentencepiece(tmp_path: Path, kind: str, normalization: str, fallback: bool) -> None:
    file = learnt(tmp_path, kind, normalization, fallback)

    made = tokenizer_files.load(file, "decoder")

    for text in TEXTS:
        assert made(text, add_special_tokens=False)["input_ids"] == truth(file).encode(text), text
    for text in (text for text in TEXTS if fallback):
        assert made.decode(truth(file).encode(text)) == truth(file).decode(truth(file).encode(text)), text


@pytest.mark.parametrize("normalization", ["nmt_nfkc", "nmt_nfkc_cf"])
def test_every_character_becomes_what_sentencepiece_makes_of_it(tmp_path: Path, normalization: str) -> None:
    file = learnt(tmp_path, "bpe", normalization)
    normal, model = tokenizer_files.load(file, "decoder").backend_tokenizer.normalizer, truth(file)
    characters = [chr(n) for n in range(1, 0x11000) if unicodedata.category(chr(n)) not in {"Cn", "Co", "Cs"}]
    texts = [*characters, *(unicodedata.normalize("NFD", each) for each in characters)]

    assert [ascii(text) for text in texts if normal.normalize_str(text) != model.normalize(text)] == []


@pytest.mark.parametrize("type", ["bert", "modernbert", "llama", "t5"])
def test_a_served_tokenizer_gives_the_ids_of_training(tmp_path: Path, type: str) -> None:
    from transformers import AutoTokenizer

    made = tokenizer_files.load(learnt(tmp_path), architectures.KINDS[type])
    served = tmp_path / "served"
    made.save_pretrained(served)
    architectures.configuration(architectures.complete({"type": type, "size": "tiny"}), made).save_pretrained(served)

    again = AutoTokenizer.from_pretrained(served)

    assert [again(text)["input_ids"] for text in TEXTS] == [made(text)["input_ids"] for text in TEXTS]
    assert (again.pad_token_id, again.eos_token_id, len(again)) == (made.pad_token_id, made.eos_token_id, len(made))


@pytest.mark.parametrize(
    ("kind", "before", "behind", "between"),
    [("encoder", ["<s>"], ["</s>"], ["</s>"]), ("encoder-decoder", [], ["</s>"], ["</s>"]), ("decoder", ["<s>"], [], [])],
)
def test_texts_stand_between_what_their_kind_of_model_needs(
    tmp_path: Path, kind: str, before: list[str], behind: list[str], between: list[str]
) -> None:
    made = tokenizer_files.load(learnt(tmp_path), kind)
    one, two = (made.tokenize(text) for text in ("thank you", "谢谢"))

    assert made.convert_ids_to_tokens(made("thank you")["input_ids"]) == [*before, *one, *behind]
    assert made.convert_ids_to_tokens(made("thank you", "谢谢")["input_ids"]) == [*before, *one, *between, *two, *behind]
    assert made.pad_token_id not in {made.eos_token_id, made.bos_token_id, None}
    assert (made.mask_token is not None) == (kind == "encoder")


def test_special_pieces_of_the_model_are_kept_and_others_come_behind(tmp_path: Path) -> None:
    file = learnt(tmp_path, user_defined_symbols=["<call>"], control_symbols=["<turn>"], pad_id=3)

    made = tokenizer_files.load(file, "decoder")

    assert made.pad_token_id == truth(file).pad_id() == 3
    assert len(made) == truth(file).get_piece_size()
    assert made.tokenize("a <call> b") == ["▁a", "<call>", "▁b"]
    assert made.convert_tokens_to_ids("<call>") == truth(file).piece_to_id("<call>")
    assert made.convert_tokens_to_ids("<turn>") == truth(file).piece_to_id("<turn>")
    assert tokenizer_files.load(file, "encoder").mask_token_id == truth(file).get_piece_size()


def test_a_model_file_is_read_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = learnt(tmp_path)
    pieces = [(truth(file).id_to_piece(n), truth(file).get_score(n)) for n in range(truth(file).get_piece_size())]
    monkeypatch.setitem(sys.modules, "sentencepiece", None)

    made = read(file)

    assert [(each.text, each.score) for each in made.pieces] == pieces


def test_an_artifact_of_fit_is_a_tokenizer(tmp_path: Path) -> None:
    def learn(folder: Path) -> dict[str, Any]:
        learnt(folder)
        return {"kind": "tokenizer"}

    artifacts.make(tmp_path, "pieces", "a" * 32, learn)

    found = tokenizer_files.find("pieces@v1", tmp_path)

    assert tokenizer_files.load(found, "encoder").tokenize("谢谢") == truth(found).encode("谢谢", out_type=str)


def test_a_bare_tokenizer_json_finds_its_special_tokens(tmp_path: Path) -> None:
    whole = tiny_tokenizer(tmp_path)

    made = tokenizer_files.load(tmp_path / "tokenizer.json", "encoder")

    assert made("thank you 谢谢")["input_ids"] == whole("thank you 谢谢")["input_ids"]
    assert (made.pad_token, made.sep_token, made.mask_token) == ("[PAD]", "[SEP]", "[MASK]")


def test_padding_is_never_what_ends_an_answer(tmp_path: Path) -> None:
    given = tiny_tokenizer(tmp_path, kind="bpe")
    given.pad_token = given.eos_token
    given.save_pretrained(tmp_path)

    made = tokenizer_files.load(tmp_path, "decoder")

    assert made.eos_token == "<|im_end|>"
    assert made.pad_token == "<|endoftext|>"
    assert made.dprep_told == ("the padding token is `<|endoftext|>`: it was `<|im_end|>`, which ends an answer",)


def test_padding_is_new_where_the_vocabulary_has_none(tmp_path: Path) -> None:
    from transformers import PreTrainedTokenizerFast

    plain = tiny_tokenizer(tmp_path, kind="bpe")
    plain.backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    text = (tmp_path / "tokenizer.json").read_text().replace("<|endoftext|>", "<|begin|>")
    (tmp_path / "tokenizer.json").write_text(text)
    PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json"), eos_token="<|im_end|>").save_pretrained(tmp_path)

    made = tokenizer_files.load(tmp_path, "decoder")

    assert (made.pad_token, made.pad_token_id) == ("<pad>", len(plain))
    assert made.dprep_told == ("the padding token is `<pad>`, which is new: it had none",)


@pytest.mark.parametrize("content", [b"", b"no model at all", bytes(range(256)) * 9, b"\x0a\x05\x0a\x03abc" * 3 + b"\x0a\xff"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.model"
    file.write_bytes(content)

    with pytest.raises(NoModel):
        read(file)
    with pytest.raises(Error) as fault:
        tokenizer_files.load(file, "encoder")
    assert fault.value.problems[0].code == "train-tokenizer"


@pytest.mark.parametrize(
    ("settings", "why"), [({"model_type": "char"}, "characters"), ({"treat_whitespace_as_suffix": True}, "ends")]
)
def test_models_that_cut_otherwise_are_refused(tmp_path: Path, settings: dict[str, Any], why: str) -> None:
    kind = settings.pop("model_type", "unigram")

    with pytest.raises(Error, match=why):
        tokenizer_files.load(learnt(tmp_path, kind, **settings), "encoder")


def test_a_tokenizer_that_is_not_there_is_told(tmp_path: Path) -> None:
    for named, code in (("nowhere/tokenizer.json", "train-tokenizer"), ("pieces@v1", "no-such-artifact")):
        with pytest.raises(Error) as fault:
            tokenizer_files.find(named, tmp_path)
        assert fault.value.problems[0].code == code
    with pytest.raises(Error, match="holds no tokenizer"):
        tokenizer_files.load(tmp_path, "encoder")
