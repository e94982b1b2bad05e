"""Models straight from configurations, for tests of computing: no tokenizer, no file, large random weights, no dropout."""

from __future__ import annotations

from typing import Any

WORDS = 97
_PLAIN = {
    "vocab_size": WORDS,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
    "max_position_embeddings": 130,
    "initializer_range": 0.2,
}
_BERT = {**_PLAIN, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
_LLAMA = {**_PLAIN, "num_key_value_heads": 2}
CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("bert", _BERT),
    "xlm-roberta": ("xlm-roberta", _BERT),
    "electra": ("electra", {**_BERT, "embedding_size": 16}),
    "albert": ("albert", {**_BERT, "embedding_size": 16}),
    "distilbert": (
        "distilbert",
        {
            "vocab_size": WORDS,
            "dim": 32,
            "n_layers": 2,
            "n_heads": 4,
            "hidden_dim": 48,
            "dropout": 0.0,
            "attention_dropout": 0.0,
            "max_position_embeddings": 130,
            "pad_token_id": 1,
            "initializer_range": 0.2,
        },
    ),
    "modernbert": ("modernbert", {**_PLAIN, "num_hidden_layers": 3, "local_attention": 8, "global_attn_every_n_layers": 3}),
    "llama": ("llama", _LLAMA),
    "qwen2": ("qwen2", _LLAMA),
    "qwen2-sliding": ("qwen2", {**_LLAMA, "use_sliding_window": True, "sliding_window": 6, "max_window_layers": 1}),
    "mistral-long-window": ("mistral", {**_LLAMA, "sliding_window": 4096}),
    "gemma3": ("gemma3_text", {**_LLAMA, "head_dim": 8, "sliding_window": 6, "final_logit_softcapping": 4.0}),
    "granite": ("granite", {**_LLAMA, "logits_scaling": 4.0}),
    "gpt2": (
        "gpt2",
        {
            "vocab_size": WORDS,
            "n_embd": 32,
            "n_layer": 2,
            "n_head": 4,
            "n_positions": 130,
            "pad_token_id": 1,
            "bos_token_id": 0,
            "eos_token_id": 2,
            "resid_pdrop": 0.0,
            "embd_pdrop": 0.0,
            "attn_pdrop": 0.0,
        },
    ),
    "stablelm": ("stablelm", _LLAMA),
    "bloom": ("bloom", {"vocab_size": WORDS, "hidden_size": 32, "n_layer": 2, "n_head": 4, "pad_token_id": 1}),
    "t5": (
        "t5",
        {
            "vocab_size": WORDS,
            "d_model": 32,
            "d_kv": 8,
            "d_ff": 48,
            "num_layers": 2,
            "num_heads": 4,
            "decoder_start_token_id": 1,
        },
    ),
}
"""Name -> (model type, configuration)."""


def tiny(name: str, auto: str = "AutoModel", **config: Any) -> Any:
    """A model in eval mode, the same each time."""
    import torch
    import transformers

    torch.set_num_threads(1)
    torch.manual_seed(11)
    kind, settings = CONFIGS[name]
    return getattr(transformers, auto).from_config(transformers.AutoConfig.for_model(kind, **{**settings, **config})).eval()


def flat_batch(lengths: list[int], seed: int = 0) -> dict[str, Any]:
    """Random documents of some lengths, as a task collates them; no token is the padding."""
    import torch

    luck = torch.Generator().manual_seed(seed)
    return {"input_ids": torch.randint(3, WORDS, (sum(lengths),), generator=luck), "lengths": torch.tensor(lengths)}
