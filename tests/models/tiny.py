"""Real models that are small enough to be made in a test: BERT with a WordPiece tokenizer learnt from a few lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LINES = {
    "thanks": (
        "thank you for the quick help",
        "thanks, the parcel is here and all is well",
        "many thanks for your kind answer",
        "great service, thank you very much",
        "谢谢你们的帮助",
        "非常感谢，包裹已经到了",
    ),
    "complaint": (
        "the parcel is broken and nobody answers",
        "this is the third time that the lamp is broken",
        "I want my money back, the jacket is torn",
        "nobody answers my mails, I am angry",
        "灯坏了，我要退款",
        "包裹还没有到，没有人回答",
    ),
    "question": (
        "where is my parcel",
        "when will the jacket come",
        "how can I change my address",
        "what does the lamp cost",
        "我的包裹在哪里？",
        "这件夹克多少钱？",
    ),
}


def tokenizer(folder: Path, texts: Sequence[str], limit: int = 64) -> Any:
    """A WordPiece tokenizer as BERT has one, learnt from `texts` and saved."""
    import tokenizers
    from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertTokenizerFast

    made = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=320, special_tokens=special, show_progress=False))
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    wrapped = BertTokenizerFast(tokenizer_object=made, model_max_length=limit)
    wrapped.save_pretrained(folder)
    return wrapped


def config(words: int, **more: Any) -> Any:
    """A BERT of one layer."""
    from transformers import BertConfig

    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, **more}
    return BertConfig(vocab_size=words, max_position_embeddings=64, pad_token_id=0, **sizes)


def encoder(folder: Path, pooling: Mapping[str, Any] | None = None, normalize: bool = True) -> Path:
    """An encoder with random weights; pooling: the settings of a sentence-transformers folder, if it is to be one."""
    import json

    import torch
    from transformers import BertModel

    words = tokenizer(folder, [line for lines in LINES.values() for line in lines])
    torch.manual_seed(5)
    BertModel(config(len(words), initializer_range=0.5, hidden_size=8), add_pooling_layer=False).eval().save_pretrained(folder)
    if pooling is not None:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
        kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), *([("2_Normalize", "Normalize")] if normalize else [])]
        modules = [{"idx": n, "name": str(n), "path": path, "type": f"m.{kind}"} for n, (path, kind) in enumerate(kinds)]
        (folder / "modules.json").write_text(json.dumps(modules))
    return folder


def classifier(folder: Path, steps: int = 0, **more: Any) -> Path:
    """A classifier of LINES; without `steps` of training its weights are random."""
    import torch
    from transformers import BertForSequenceClassification

    texts, places = zip(*[(line, n) for n, lines in enumerate(LINES.values()) for line in lines], strict=True)
    words = tokenizer(folder, texts)
    torch.manual_seed(5)
    labels = {"id2label": dict(enumerate(LINES)), "label2id": {name: n for n, name in enumerate(LINES)}}
    settings = {**labels, "initializer_range": 0.5, "hidden_dropout_prob": 0.0, **more}
    model = BertForSequenceClassification(config(len(words), **settings))
    batch = words(list(texts), padding=True, return_tensors="pt")
    learner = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(steps):
        loss = model(**batch, labels=torch.tensor(places)).loss
        learner.zero_grad()
        loss.backward()
        learner.step()
    model.eval().save_pretrained(folder)
    return folder
