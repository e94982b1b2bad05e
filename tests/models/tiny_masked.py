"""Masked language models small enough to be trained in a test, with tokenizers of the three kinds there are.

Each sees sentences of a few patterns and learns which words may stand where: animals where animals stand, and so on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ANIMALS = ("cat", "dog", "horse", "rabbit", "tiger", "monkey")
COLOURS = ("red", "green", "yellow", "purple", "black", "white")
PLACES = ("garden", "kitchen", "forest", "station", "library", "market")
SPEED = ("slowly", "quickly", "silently", "happily")
HAN_THINGS = ("苹果", "香蕉", "西瓜", "葡萄", "橘子")
HAN_PLACES = ("北京", "上海", "广州", "南京")

PATTERNS = ("The {c} {a} walks {s} through the {p}.", "A {a} sleeps in the {c} {p}, {s}.", "I saw the {c} {a} near the {p}!")
HAN_PATTERNS = ("我喜欢吃{t}，他喜欢吃{t}。", "我们明天去{q}买{t}。", "{q}的{t}很便宜。")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROBERTA = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def sentences(count: int, seed: int = 1) -> list[str]:
    """Sentences of the patterns, half of them Chinese."""
    chance = random.Random(seed)
    sets = {"a": ANIMALS, "c": COLOURS, "p": PLACES, "s": SPEED, "t": HAN_THINGS, "q": HAN_PLACES}
    made = []
    for number in range(count):
        pattern = chance.choice(HAN_PATTERNS if number % 2 else PATTERNS)
        for key, words in sets.items():
            while f"{{{key}}}" in pattern:
                pattern = pattern.replace(f"{{{key}}}", chance.choice(words), 1)
        made.append(pattern)
    return made


def bert(folder: Path, kind: str = "Bert", limit: int = 64, steps: int = 60) -> Path:
    """WordPiece, one token per Chinese character, lower case. kind: Bert, DistilBert or Electra."""
    import tokenizers
    import transformers
    from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

    made = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.train_from_iterator(
        sentences(400), trainers.WordPieceTrainer(vocab_size=500, special_tokens=list(SPECIAL), show_progress=False)
    )
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    wrapped = transformers.BertTokenizerFast(tokenizer_object=made, model_max_length=limit)
    size = {"vocab_size": len(wrapped), "max_position_embeddings": limit}
    if kind == "DistilBert":
        config = transformers.DistilBertConfig(**size, dim=32, n_layers=1, n_heads=2, hidden_dim=64, dropout=0.0)
    else:
        sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
        config = getattr(transformers, f"{kind}Config")(**size, **sizes, hidden_dropout_prob=0.0)
    return _saved(folder, wrapped, config, f"{kind}ForMaskedLM", steps)


def roberta(folder: Path, limit: int = 64, steps: int = 60) -> Path:
    """Byte-level BPE, with case: `Ġ` begins a word."""
    import tokenizers
    import transformers
    from tokenizers import decoders, models, pre_tokenizers, processors, trainers

    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        sentences(400)[::2],
        trainers.BpeTrainer(vocab_size=600, special_tokens=list(ROBERTA), initial_alphabet=alphabet, show_progress=False),
    )
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return _roberta(folder, made, transformers.RobertaTokenizerFast, "Roberta", limit, steps)


def xlmr(folder: Path, limit: int = 64, steps: int = 60) -> Path:
    """Unigrams as SentencePiece has them, with Chinese words of several characters: `▁` begins a word."""
    import tokenizers
    import transformers
    from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

    made = tokenizers.Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    made.train_from_iterator(
        sentences(400),
        trainers.UnigramTrainer(vocab_size=300, special_tokens=list(ROBERTA), unk_token="<unk>", show_progress=False),
    )
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=False)
    return _roberta(folder, made, transformers.PreTrainedTokenizerFast, "XLMRoberta", limit, steps)


def _roberta(folder: Path, made: Any, wrapper: Callable[..., Any], kind: str, limit: int, steps: int) -> Path:
    import transformers
    from tokenizers import AddedToken

    mask = AddedToken("<mask>", lstrip=True, special=True, normalized=False)
    wrapped = wrapper(
        tokenizer_object=made,
        model_max_length=limit,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token=mask,
    )
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=len(wrapped), max_position_embeddings=limit + 2, pad_token_id=1, hidden_dropout_prob=0.0, **sizes
    )
    return _saved(folder, wrapped, config, f"{kind}ForMaskedLM", steps)


def _saved(folder: Path, words: Any, config: Any, kind: str, steps: int) -> Path:
    import torch
    import transformers

    torch.manual_seed(5)
    model = getattr(transformers, kind)(config)
    # bytes of Chinese make long texts, of which a byte-level model learns nothing here
    _train(model, words, sentences(200)[::2] if kind.startswith("Roberta") else sentences(200), steps)
    model.eval().save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def _train(model: Any, words: Any, texts: Sequence[str], steps: int) -> None:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a model waits for other threads more than it gains
    learner = torch.optim.AdamW(model.parameters(), lr=5e-3)
    batch = words(list(texts), padding=True, return_tensors="pt")
    ids, mask = batch["input_ids"], batch["attention_mask"]
    special = torch.isin(ids, torch.tensor(words.all_special_ids))
    for step in range(steps):
        some = torch.arange(step * 32, step * 32 + 32) % len(texts)
        hidden = (torch.rand(ids[some].shape) < 0.25) & ~special[some]
        seen = torch.where(hidden, words.mask_token_id, ids[some])
        loss = model(input_ids=seen, attention_mask=mask[some], labels=torch.where(hidden, ids[some], -100)).loss
        learner.zero_grad()
        loss.backward()
        learner.step()
    torch.set_num_threads(threads)
