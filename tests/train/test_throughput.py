"""Speed: the arithmetic per token against figures reckoned elsewhere, and sums by hand."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

from dprep.train.computing.throughput import Meter, matmul_peak, peak_memory, work_of  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402

torch.set_num_threads(1)
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "Qwen2.5-0.5B": (
        "qwen2",
        {
            "hidden_size": 896,
            "num_hidden_layers": 24,
            "num_attention_heads": 14,
            "num_key_value_heads": 2,
            "intermediate_size": 4864,
            "vocab_size": 151_936,
            "tie_word_embeddings": True,
        },
    ),
    "Llama-3.1-8B": (
        "llama",
        {
            "hidden_size": 4096,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "intermediate_size": 14_336,
            "vocab_size": 128_256,
        },
    ),
    "BERT-base": ("bert", {}),
}


def model_of(shape: str, auto: str = "AutoModelForCausalLM") -> Any:
    """A model without weights in memory."""
    type, settings = SHAPES[shape]
    config = transformers.AutoConfig.for_model(type, **settings)
    with torch.device("meta"):
        return getattr(transformers, auto).from_config(config)


# GFLOP per token: 6 (full) or 4 (frozen base) per weight that multiplies, attention 6 x length x width x layers (causal) or
# 12 x (both ways); Qwen2.5-0.5B has 0.494 billion such weights, Llama-3.1-8B 7.505 billion, the layers of BERT-base 85 million
@pytest.mark.parametrize(
    ("shape", "auto", "length", "gigaflops"),
    [
        ("Qwen2.5-0.5B", "AutoModelForCausalLM", 512, 3.03),
        ("Qwen2.5-0.5B", "AutoModelForCausalLM", 2048, 3.23),
        ("Qwen2.5-0.5B", "AutoModelForCausalLM", 4096, 3.49),
        ("Llama-3.1-8B", "AutoModelForCausalLM", 512, 45.4),
        ("Llama-3.1-8B", "AutoModelForCausalLM", 8192, 51.5),
        ("BERT-base", "AutoModelForTokenClassification", 128, 0.524),
        ("BERT-base", "AutoModelForTokenClassification", 512, 0.566),
    ],
)
def test_arithmetic_of_full_training(shape: str, auto: str, length: int, gigaflops: float) -> None:
    work = work_of(model_of(shape, auto))

    assert work is not None
    assert work.flops(1000, 1000, length) / 1000 / 1e9 == pytest.approx(gigaflops, rel=0.005)


def test_the_head_counts_where_something_is_supervised() -> None:
    work = work_of(model_of("Qwen2.5-0.5B"))

    assert work is not None
    assert work.flops(1000, 400, 2048) / 1000 / 1e9 == pytest.approx(2.74, rel=0.005)  # 40 % supervised
    assert work.head == 6 * 151_936 * 896


def test_arithmetic_of_lora_is_four_per_frozen_weight() -> None:
    peft = pytest.importorskip("peft", reason="peft is not installed")
    model = model_of("Llama-3.1-8B")
    plain = peft.get_peft_model(model, peft.LoraConfig(r=1, target_modules=["q_proj"], task_type="CAUSAL_LM"))

    work = work_of(plain)

    # (4 x 7.505e9 + 6 x 4096 x 4096 x 32) / 1e9; at rank 1 the adapter is a ten-thousandth
    assert work is not None
    assert work.flops(1, 1, 4096) / 1e9 == pytest.approx(30.02 + 3.22, rel=0.002)


def test_nothing_is_handed_below_what_learns() -> None:
    model = model_of("BERT-base", "AutoModelForSequenceClassification")
    for name, weight in model.named_parameters():
        weight.requires_grad = name.startswith("classifier")
    head_only = work_of(model)
    for name, weight in model.named_parameters():
        weight.requires_grad = name.startswith(("classifier", "bert.pooler")) or any(
            f"layer.{n}." in name for n in range(6, 12)
        )
    upper_half = work_of(model)

    assert head_only is not None
    assert upper_half is not None
    assert head_only.body == 2 * 12 * 7_077_888  # 4 x 768 x 768 + 2 x 768 x 3072 in each layer
    assert upper_half.body == 4 * head_only.body / 2 * 1.0 == (2 + 6) * 6 * 7_077_888


def test_an_encoder_decoder_has_no_one_figure() -> None:
    config = transformers.AutoConfig.for_model("t5", d_model=16, num_layers=1, num_heads=2, d_kv=8, d_ff=16, vocab_size=50)

    assert work_of(transformers.AutoModelForSeq2SeqLM.from_config(config)) is None


def small(**settings: Any) -> Meter:
    config = transformers.AutoConfig.for_model(
        "bert", hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, vocab_size=50
    )
    model = transformers.AutoModelForTokenClassification.from_config(config)
    return Meter(model, Settings(device="cpu", precision="fp32"), 10.0, **settings)


def test_speed_is_told_of_the_steps_since_the_last_time() -> None:
    meter = small(steps=10)
    meter.step(100, 40, 200, 2.0)
    meter.step(300, 60, 600, 2.0)

    first = meter.numbers()
    meter.step(500, 500, 500, 1.0)
    second = meter.numbers()

    assert (first["tokens_per_second"], first["supervised_per_second"], first["padding_share"]) == (100.0, 25.0, 0.5)
    assert first["seconds_per_step"] == 2.0
    assert first["seconds_left"] == 8 * 2.0
    assert (second["tokens_per_second"], second["padding_share"]) == (500.0, 0.0)
    assert second["seconds_left"] == pytest.approx(7 * 5 / 3)
    assert meter.totals() == {"tokens": 900, "supervised": 600, "seconds": 5.0, "tokens_per_second": 180.0}


def test_the_share_of_the_peak_is_work_over_time() -> None:
    meter = small()
    meter.step(1000, 1000, 1000, 1.0)

    told = meter.numbers()

    # a layer of 4 x 16 x 16 + 2 x 16 x 32 weights, a head of 16 x 2; attention 12 x 10 tokens x 16 wide
    per_token = 6 * (4 * 16 * 16 + 2 * 16 * 32 + 16 * 2) + 12 * 10 * 16
    assert told["mfu"] == pytest.approx(1000 * per_token / matmul_peak("cpu", "fp32"))


def test_a_line_says_it_in_words() -> None:
    meter = small(steps=400)
    assert meter.numbers() == {}
    assert meter.line() == ""
    meter.step(12_000, 3_000, 16_000, 10.0)

    line = meter.numbers()["speed"]

    assert line.startswith("1,200 tokens/s, 300 supervised/s, padding 25.0 %, ")
    assert "MFU" not in line, "what a CPU can do depends on who else uses it"
    assert line.endswith(" GiB, 1 h 06 min left")


def test_packed_documents_have_no_padding() -> None:
    config = transformers.AutoConfig.for_model(
        "bert", hidden_size=16, num_hidden_layers=1, num_attention_heads=2, vocab_size=50
    )
    model = transformers.AutoModelForTokenClassification.from_config(config)
    model.dprep_packs = True
    meter = Meter(model, Settings(device="cpu", precision="fp32"), 10.0)
    meter.step(100, 100, 1000, 1.0)

    assert meter.numbers()["padding_share"] == 0.0


def test_the_peak_is_measured_once_and_memory_is_that_of_this_process() -> None:
    assert matmul_peak("cpu", "fp32") == matmul_peak("cpu", "fp32") > 1e8
    assert 50 << 20 < peak_memory("cpu") < 1 << 40
