"""Real architectures, small enough to be made in a test, with tokenizers made from a few lines. Weights are random but seeded.

The trainers of WordPiece and Unigram break ties anew in each process; so their vocabularies are counted here, and the same
test sees the same ids.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.models.tiny import LINES as LABELLED

LABELS = tuple(sorted(LABELLED))
LINES = tuple(line for lines in LABELLED.values() for line in lines)
"""English and Chinese, for tokenizers."""
KINDS = {
    "bert": "wordpiece",
    "distilbert": "wordpiece",
    "modernbert": "bpe-encoder",
    "xlm-roberta": "unigram",
    "t5": "unigram-seq2seq",
    "marian": "unigram-seq2seq",
    "llama": "bpe",
    "qwen2": "bpe",
}
"""Model type -> the kind of tokenizer that such models have."""
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}"
    "{% else %}{{ message['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""A chat template that marks what the assistant says, with the special tokens of kind `bpe`."""
POSITIONS = 128


def tiny_tokenizer(
    folder: Path, texts: Sequence[str] = LINES, kind: str = "wordpiece", template: str = "", limit: int = POSITIONS
) -> Any:
    """A tokenizer learnt from `texts` and saved in `folder`.

    kind: `wordpiece` ([CLS] … [SEP], pad 0), `unigram` (<s> … </s>, pad 1), `unigram-seq2seq` (… </s>, pad 0), `bpe` (nothing
    added; eos `<|im_end|>`, pad `<|endoftext|>`) or `bpe-encoder` ([CLS] … [SEP] around bytes, as ModernBERT has).
    """
    made = _MAKERS[kind](texts, limit)
    if template:
        made.chat_template = template
    made.save_pretrained(folder)
    return made


def tiny_model(folder: Path, type: str, tokenizer: Any = None, auto: str = "", seed: int = 5, **config: Any) -> Path:
    """A model with random weights, saved in `folder` with its tokenizer; answers `folder`.

    tokenizer: default, one of the usual kind learnt from LINES. auto: the Auto class that makes it; default: with its
    language-model head, as checkpoints to start from have it. config: what the configuration shall say instead.
    """
    import torch
    import transformers

    words = tokenizer if tokenizer is not None else tiny_tokenizer(folder, kind=KINDS[type])
    settings = {**_special_ids(words), **_SIZES[type], "vocab_size": len(words), **config}
    if type in {"t5", "marian"}:
        settings.setdefault("decoder_start_token_id", words.pad_token_id)
    torch.manual_seed(seed)
    made = getattr(transformers, auto or _auto(type)).from_config(transformers.AutoConfig.for_model(type, **settings))
    made.eval().save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def _auto(type: str) -> str:
    if type in {"t5", "marian"}:
        return "AutoModelForSeq2SeqLM"
    return "AutoModelForCausalLM" if type in {"llama", "qwen2"} else "AutoModelForMaskedLM"


def _special_ids(words: Any) -> dict[str, Any]:
    names = ("pad_token_id", "bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id")
    return {name: getattr(words, name) for name in names}


_PLAIN = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
_BERT = {**_PLAIN, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "initializer_range": 0.2}
_LLAMA = {**_PLAIN, "num_key_value_heads": 2, "max_position_embeddings": POSITIONS, "initializer_range": 0.2}
_SIZES: dict[str, dict[str, Any]] = {
    "bert": {**_BERT, "max_position_embeddings": POSITIONS},
    "xlm-roberta": {**_BERT, "max_position_embeddings": POSITIONS + 2, "type_vocab_size": 1},
    "distilbert": {
        "dim": 32,
        "n_layers": 2,
        "n_heads": 4,
        "hidden_dim": 64,
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "max_position_embeddings": POSITIONS,
        "initializer_range": 0.2,
    },
    "modernbert": {
        **_PLAIN,
        "num_hidden_layers": 3,  # the first sees all, the others a window
        "max_position_embeddings": POSITIONS,
        "local_attention": 16,
        "initializer_range": 0.2,
        "embedding_dropout": 0.0,
    },
    "llama": _LLAMA,
    "qwen2": _LLAMA,
    "t5": {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "dropout_rate": 0.0},
    "marian": {
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "dropout": 0.0,
        "max_position_embeddings": POSITIONS,
        "forced_eos_token_id": None,
    },
}


def _wordpiece(texts: Sequence[str], limit: int) -> Any:
    import tokenizers
    from tokenizers import decoders, models, normalizers, pre_tokenizers, processors
    from transformers import BertTokenizerFast

    words = sorted({word for text in texts for word in _words(text.lower())})
    pieces = sorted({mark + character for word in words for character in word for mark in ("", "##")})
    names = list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces, *words]))
    made = tokenizers.Tokenizer(models.WordPiece({name: place for place, name in enumerate(names)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return BertTokenizerFast(tokenizer_object=made, model_max_length=limit)


def _unigram(texts: Sequence[str], limit: int) -> Any:
    from tokenizers import processors

    special = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
    made = _unigrams(texts, special)
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=False, add_prefix_space=False)
    return _wrapped(made, limit, bos="<s>", eos="</s>", cls="<s>", sep="</s>", pad="<pad>", unk="<unk>", mask="<mask>")


def _unigram_seq2seq(texts: Sequence[str], limit: int) -> Any:
    from tokenizers import processors

    made = _unigrams(texts, ("<pad>", "</s>", "<unk>"))
    made.post_processor = processors.TemplateProcessing("$A </s>", "$A </s> $B </s>", [("</s>", 1)])
    return _wrapped(made, limit, eos="</s>", pad="<pad>", unk="<unk>")


def _unigrams(texts: Sequence[str], special: Sequence[str]) -> Any:
    import tokenizers
    from tokenizers import decoders, models, normalizers, pre_tokenizers

    counts = Counter("▁" + word for text in texts for word in _words(text))
    counts.update(character for text in texts for character in "▁" + text if not character.isspace())
    total = math.log(counts.total())
    pieces = [(piece, math.log(count) - total) for piece, count in sorted(counts.items())]
    made = tokenizers.Tokenizer(models.Unigram([*((each, 0.0) for each in special), *pieces], list(special).index("<unk>")))
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    return made


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\u4e00-\u9fff]+|\S", text)


def _bpe(texts: Sequence[str], limit: int) -> Any:
    made = _bytes(texts, ("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
    return _wrapped(made, limit, eos="<|im_end|>", pad="<|endoftext|>")


def _bpe_encoder(texts: Sequence[str], limit: int) -> Any:
    from tokenizers import processors

    made = _bytes(texts, ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"))
    made.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", [("[CLS]", 1), ("[SEP]", 2)]
    )
    return _wrapped(made, limit, cls="[CLS]", sep="[SEP]", pad="[PAD]", unk="[UNK]", mask="[MASK]")


def _bytes(texts: Sequence[str], special: Sequence[str]) -> Any:
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers, trainers

    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=list(special), initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator(texts, trainer)
    return made


def _wrapped(made: Any, limit: int, **special: str) -> Any:
    from transformers import PreTrainedTokenizerFast

    names = {f"{name}_token": token for name, token in special.items()}
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=limit, **names)


_MAKERS: dict[str, Callable[[Sequence[str], int], Any]] = {
    "wordpiece": _wordpiece,
    "unigram": _unigram,
    "unigram-seq2seq": _unigram_seq2seq,
    "bpe": _bpe,
    "bpe-encoder": _bpe_encoder,
}
