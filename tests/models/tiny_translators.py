"""Real translation models that are small enough to be made in a test: Marian and M2M-100 of one layer, learnt from a few lines.

`python -m tests.models.tiny_translators FOLDER` writes the two that the examples of `augment.back_translate` name.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Pair = tuple[str, str]

LINES: tuple[tuple[str, str, str, str], ...] = (
    ("Where is my parcel?", "我的包裹在哪里？", "Where has my parcel got to?", "我的包裹到哪儿了？"),
    ("The lamp is broken.", "灯坏了。", "The lamp does not work.", "这盏灯不亮了。"),
    ("I want my money back.", "我要退款。", "Please refund me.", "请把钱退给我。"),
    ("Thank you for the quick help.", "谢谢你们的帮助。", "Many thanks for your help.", "非常感谢你们帮忙。"),
    ("Please send ZQ0Q to ZQ1Q.", "请把 ZQ0Q 寄到 ZQ1Q。", "Kindly ship ZQ0Q to ZQ1Q.", "麻烦将 ZQ0Q 发往 ZQ1Q。"),
    ("See ZQ0Q", "请看 ZQ0Q", "Look at ZQ0Q", "看一下 ZQ0Q"),
    ("Nobody answers.", "没有人回答。", "I get no answer.", "一直没人理我。"),
)
"""English, Chinese, other English, other Chinese: there and back changes the wording in both languages."""

ENGLISH_CHINESE: tuple[Pair, ...] = tuple(pair for a, b, c, d in LINES for pair in ((a, b), (c, d)))
CHINESE_ENGLISH: tuple[Pair, ...] = tuple(pair for a, b, c, d in LINES for pair in ((b, c), (d, a)))


def pieces(lines: Sequence[str], file: Path, size: int = 200) -> list[str]:
    """A SentencePiece model of `lines`, saved; its words."""
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        vocab_size=size,
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="identity",
        bos_id=-1,
        eos_id=-1,
        pad_id=-1,
        unk_id=0,
        minloglevel=2,
    )
    file.write_bytes(model.getvalue())
    read = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return [read.IdToPiece(number) for number in range(read.GetPieceSize())]


def marian(folder: Path, pairs: Sequence[Pair], steps: int = 200, width: int = 32, limit: int = 64) -> Path:
    """A Marian model of one layer that knows `pairs`; without steps its weights are random."""
    from transformers import MarianTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    known = [pieces([pair[side] for pair in pairs], folder / f"{name}.spm") for side, name in enumerate(("source", "target"))]
    words = ["</s>", "<unk>", *dict.fromkeys(w for each in known for w in each if w not in ("</s>", "<unk>")), "<pad>"]
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({word: number for number, word in enumerate(words)}, ensure_ascii=False))
    sides = {"source_spm": str(folder / "source.spm"), "target_spm": str(folder / "target.spm")}
    tokenizer = MarianTokenizer(**sides, vocab=str(vocabulary), model_max_length=limit)
    tokenizer.save_pretrained(folder)
    batch = tokenizer([a for a, _ in pairs], padding=True, return_tensors="pt")
    wanted = tokenizer(text_target=[b for _, b in pairs], padding=True, return_tensors="pt").input_ids
    model = _marian_model(len(words), width, limit)
    _learn(model, batch, wanted.masked_fill(wanted == tokenizer.pad_token_id, -100), steps, blank=len(words) - 1)
    model.eval().save_pretrained(folder)
    return folder


def _marian_model(words: int, width: int, limit: int) -> Any:
    import torch
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(5)
    sizes = {f"{side}_{what}": n for side in ("encoder", "decoder") for what, n in _sizes(width).items()}
    special = {"pad_token_id": words - 1, "eos_token_id": 0, "forced_eos_token_id": 0, "decoder_start_token_id": words - 1}
    model = MarianMTModel(
        MarianConfig(
            vocab_size=words, d_model=width, max_position_embeddings=limit, scale_embedding=True, **_calm(), **special, **sizes
        )
    )
    model.generation_config.bad_words_ids = [[words - 1]]
    return model


def _sizes(width: int) -> dict[str, int]:
    return {"layers": 1, "attention_heads": 4, "ffn_dim": 2 * width}


def _calm() -> dict[str, float]:
    return {"dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0}


def _learn(model: Any, batch: Any, wanted: Any, steps: int, blank: int) -> None:
    """blank: the token of padding, whose vector stays zero, as Marian has it."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a model gains nothing by more, and loses much where others work beside it
    learner = torch.optim.AdamW(model.parameters(), lr=5e-3)
    model.get_input_embeddings().weight.data[blank] = 0
    for _ in range(steps):
        loss = model(**batch, labels=wanted).loss
        learner.zero_grad()
        loss.backward()
        learner.step()
        model.get_input_embeddings().weight.data[blank] = 0
    torch.set_num_threads(threads)


def m2m(folder: Path, steps: int = 250) -> Path:
    """An M2M-100 of one layer that translates between English and Chinese, both ways."""
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    folder.mkdir(parents=True, exist_ok=True)
    known = pieces([line for pair in (*ENGLISH_CHINESE, *CHINESE_ENGLISH) for line in pair], folder / "spm.model", 400)
    words = ["<s>", "<pad>", "</s>", "<unk>", *(word for word in known if word not in ("<s>", "<pad>", "</s>", "<unk>"))]
    (folder / "words.json").write_text(json.dumps({word: number for number, word in enumerate(words)}, ensure_ascii=False))
    tokenizer = M2M100Tokenizer(str(folder / "words.json"), str(folder / "spm.model"), model_max_length=64)
    tokenizer.save_pretrained(folder)
    sides = [("en", "zh", pair) for pair in ENGLISH_CHINESE] + [("zh", "en", pair) for pair in CHINESE_ENGLISH]
    texts, wanted = [], []
    for source, target, (before, after) in sides:
        tokenizer.src_lang, tokenizer.tgt_lang = source, target
        texts.append(tokenizer(before)["input_ids"])
        wanted.append(tokenizer(text_target=after)["input_ids"])
    most = max(tokenizer.convert_tokens_to_ids(["__af__", "__en__", "__zh__", "__zu__"]))
    torch.manual_seed(5)
    sizes = {f"{side}_{what}": n for side in ("encoder", "decoder") for what, n in _sizes(32).items()}
    calm = {**_calm(), "encoder_layerdrop": 0.0, "decoder_layerdrop": 0.0}
    settings = {"vocab_size": most + 1, "d_model": 32, "max_position_embeddings": 64, "decoder_start_token_id": 2}
    model = M2M100ForConditionalGeneration(M2M100Config(**settings, **sizes, **calm))
    batch = tokenizer.pad({"input_ids": texts}, return_tensors="pt")
    labels = tokenizer.pad({"input_ids": wanted}, return_tensors="pt")["input_ids"]
    _learn(model, batch, labels.masked_fill(labels == tokenizer.pad_token_id, -100), steps, blank=1)
    model.eval().save_pretrained(folder)
    return folder


def converted(model: Path, folder: Path) -> Path:
    """The model as CTranslate2 reads it, by its own converter."""
    import ctranslate2

    files = [name for name in ("source.spm", "target.spm", "sentencepiece.bpe.model") if (model / name).is_file()]
    ctranslate2.converters.TransformersConverter(str(model), copy_files=files).convert(str(folder))
    return folder


if __name__ == "__main__":
    marian(Path(sys.argv[1]) / "tiny-en-zh", ENGLISH_CHINESE)
    marian(Path(sys.argv[1]) / "tiny-zh-en", CHINESE_ENGLISH)
