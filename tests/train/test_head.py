"""The head on supervised positions, in chunks, against plain cross entropy on whole logits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is needed to compute")
transformers = pytest.importorskip("transformers", reason="transformers is needed to compute")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from torch.nn import functional  # noqa: E402

from dprep.train.computing import documents, head  # noqa: E402
from dprep.train.computing.matrix_head import sum_of_losses  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from tests.train.tiny_configs import WORDS, flat_batch, tiny  # noqa: E402

LENGTHS = [13, 30, 1, 7, 30]
CAUSAL, MASKED = "AutoModelForCausalLM", "AutoModelForMaskedLM"
MODELS = [
    ("qwen2", CAUSAL, "matrix"),
    ("llama", CAUSAL, "matrix"),
    ("granite", CAUSAL, "matrix"),  # its logits are scaled
    ("gpt2", CAUSAL, "matrix"),
    ("gemma3", CAUSAL, "rows"),  # its logits have a soft cap
    ("bert", MASKED, "rows"),
    ("xlm-roberta", MASKED, "rows"),
    ("distilbert", MASKED, "rows"),
    ("modernbert", MASKED, "rows"),
    ("electra", MASKED, "rows"),
]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several chunks, the last one smaller, also of few rows."""
    monkeypatch.setattr(head, "_rows_at_once", lambda *_: 16)


def _targets(seed: int = 1) -> Any:
    luck = torch.Generator().manual_seed(seed)
    count = sum(LENGTHS)
    said = torch.randint(0, WORDS, (count,), generator=luck)
    return torch.where(torch.rand(count, generator=luck) < 0.4, head.IGNORE, said)


def _whole_logits(model: Any, batch: dict[str, Any]) -> Any:
    """By transformers alone, document by document."""
    ids = torch.split(batch["input_ids"], batch["lengths"].tolist())
    return torch.cat([model(input_ids=each[None]).logits[0] for each in ids])


def _gradients(model: Any) -> dict[str, Any]:
    found = {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}
    model.zero_grad()
    return found


def _assert_alike(found: dict[str, Any], truth: dict[str, Any], close: float = 3e-6) -> None:
    assert found.keys() == truth.keys()
    largest = max(float(each.abs().max()) for each in truth.values())
    for name, gradient in found.items():
        assert float((gradient - truth[name]).abs().max()) <= close * largest, name


@pytest.mark.parametrize(("name", "auto", "kind"), MODELS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_losses_and_gradients_are_those_of_whole_logits(name: str, auto: str, kind: str, smoothing: float) -> None:
    model, batch, targets = tiny(name, auto), flat_batch(LENGTHS), _targets()
    assert documents.prepare(model, True), documents.why_not(model)
    found, count = head.token_losses(model, batch, targets, replace(Settings(), label_smoothing=smoothing))
    (found / count).backward()
    gradients = _gradients(model)
    logits = _whole_logits(model, batch)
    truth = functional.cross_entropy(logits, targets, reduction="sum", label_smoothing=smoothing, ignore_index=head.IGNORE)
    (truth / count).backward()
    assert count == int((targets != head.IGNORE).sum())
    assert float(found.detach()) == pytest.approx(float(truth.detach()), rel=2e-6)
    _assert_alike(gradients, _gradients(model))
    how = head.head_of(model)
    assert kind == ("matrix" if how.matrix is not None else "rows")
    if name == "granite":
        assert how.scale == 0.25


@pytest.mark.parametrize(("name", "auto"), [("qwen2", CAUSAL), ("gemma3", CAUSAL), ("bert", MASKED)])
def test_log_probabilities_and_their_gradients_are_those_of_whole_logits(name: str, auto: str) -> None:
    model, batch, targets = tiny(name, auto), flat_batch(LENGTHS), _targets()
    weights = torch.randn(len(targets), generator=torch.Generator().manual_seed(2))
    found = head.token_logprobs(model, batch, targets)
    (found * weights).sum().backward()
    gradients = _gradients(model)
    logs = _whole_logits(model, batch).log_softmax(-1).gather(1, targets.clamp(min=0)[:, None])[:, 0]
    truth = torch.where(targets == head.IGNORE, 0.0, logs)
    (truth * weights).sum().backward()
    assert found.dtype == torch.float32
    assert float((found - truth).detach().abs().max()) < 1e-5
    _assert_alike(gradients, _gradients(model))
    with torch.no_grad():
        assert torch.allclose(head.token_logprobs(model, batch, targets), found, atol=1e-6)


def _wrapped(kind: str) -> Any:
    peft = pytest.importorskip("peft", reason="peft makes the adapter")
    config = {
        "lora": {"target_modules": ["q_proj"]},
        "lora-on-head": {"target_modules": ["q_proj", "lm_head"]},
        "head-saved": {"target_modules": ["q_proj"], "modules_to_save": ["lm_head"]},
    }[kind]
    adapter = peft.LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, **config)
    return peft.get_peft_model(tiny("llama", CAUSAL), adapter).eval()


@pytest.mark.parametrize("kind", ["lora", "lora-on-head", "head-saved"])
def test_adapters_on_and_below_the_head_get_their_gradients(kind: str) -> None:
    model, batch, targets = _wrapped(kind), flat_batch(LENGTHS), _targets()
    found, _ = head.token_losses(model, batch, targets, Settings())
    found.backward()
    gradients = _gradients(model)
    functional.cross_entropy(_whole_logits(model, batch), targets, reduction="sum").backward()
    truth = _gradients(model)
    _assert_alike(gradients, truth)
    assert any("lm_head" in name for name in truth) == (kind != "lora")


def test_a_head_put_in_later_is_found_out_anew() -> None:
    model, batch, targets = tiny("llama", CAUSAL), flat_batch(LENGTHS), _targets()
    head.token_losses(model, batch, targets, Settings())
    peft = pytest.importorskip("peft", reason="peft makes the adapter")
    config = peft.LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, target_modules=["lm_head"])
    wrapped = peft.get_peft_model(model, config).eval()
    found, _ = head.token_losses(wrapped, batch, targets, Settings())
    truth = functional.cross_entropy(_whole_logits(wrapped, batch), targets, reduction="sum")
    assert float(found) == pytest.approx(float(truth), rel=2e-6)


def test_virtual_tokens_reach_the_loss() -> None:
    peft = pytest.importorskip("peft", reason="peft makes the prompts")
    torch.manual_seed(5)
    model = peft.get_peft_model(tiny("qwen2", CAUSAL), peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3))
    batch, targets = flat_batch([6, 3]), torch.tensor([4, 5, 6, 7, 8, -100, 9, 10, -100])
    found, count = head.token_losses(model.eval(), batch, targets, Settings())
    found.backward()
    gradients = _gradients(model)
    logits = [model(input_ids=ids[None]).logits[0, 3:] for ids in torch.split(batch["input_ids"], [6, 3])]
    truth = functional.cross_entropy(torch.cat(logits), targets, reduction="sum")
    truth.backward()
    assert count == 7
    assert float(found.detach()) == pytest.approx(float(truth.detach()), rel=2e-6)
    _assert_alike(gradients, _gradients(model))


def test_nothing_supervised_is_no_loss_and_no_failure() -> None:
    model, batch = tiny("qwen2", CAUSAL), flat_batch([4, 2])
    nothing = torch.full((6,), head.IGNORE)
    found, count = head.token_losses(model, batch, nothing, Settings())
    found.backward()
    assert (float(found.detach()), count) == (0.0, 0)
    assert head.token_logprobs(model, batch, nothing).tolist() == [0.0] * 6


def test_whole_logits_of_a_batch_never_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Complaint 15: logits of all positions at once. No tensor of a step is larger than a chunk of logits allows."""
    from torch.utils._python_dispatch import TorchDispatchMode

    largest = 0

    class Sizes(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            nonlocal largest
            out = func(*args, **(kwargs or {}))
            for each in out if isinstance(out, tuple) else (out,):
                if isinstance(each, torch.Tensor):
                    largest = max(largest, each.numel())
            return out

    model = tiny("qwen2", CAUSAL, vocab_size=5000)
    batch, targets = flat_batch([120, 120, 120]), torch.randint(0, 5000, (360,))
    head.head_of(model)
    with Sizes():
        head.token_losses(model, batch, targets, Settings())[0].backward()
    assert largest == 5000 * 32  # the head's own gradient; whole logits would be 360 * 5000


@settings(max_examples=30, deadline=None)
@given(
    rows=st.integers(1, 40), words=st.integers(2, 50), chunk=st.integers(1, 50),
    smoothing=st.sampled_from([0.0, 0.2]), scale=st.sampled_from([1.0, 0.25]), biased=st.booleans(),
)  # fmt: skip
def test_the_matrix_head_is_cross_entropy(
    rows: int, words: int, chunk: int, smoothing: float, scale: float, biased: bool
) -> None:
    torch.manual_seed(rows * 100 + words)
    states, weight, bias = torch.randn(rows, 8), torch.randn(words, 8), torch.randn(words) if biased else None
    targets = torch.randint(0, words, (rows,))
    found = []
    for ours in (True, False):
        leaves = [each.clone().requires_grad_() for each in (states, weight, *([bias] if bias is not None else []))]
        shift = leaves[2] if biased else None
        if ours:
            loss = sum_of_losses(leaves[0], leaves[1], shift, targets, smoothing, scale, chunk)
        else:
            logits = functional.linear(leaves[0].double(), leaves[1].double(), None if shift is None else shift.double())
            loss = functional.cross_entropy(logits * scale, targets, reduction="sum", label_smoothing=smoothing)
        (loss * 0.5).backward()
        found.append([loss.detach().double(), *(leaf.grad.double() for leaf in leaves)])
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=1e-5, atol=1e-5)


def test_the_gradient_of_a_sure_word_survives_half_precision() -> None:
    """`probability - 1` of a word with probability 0.9995 is nothing in bf16."""
    weight = torch.zeros(3, 4, dtype=torch.bfloat16)
    weight[0, 0] = 1.0
    states = torch.tensor([[8.25, 0, 0, 0]], dtype=torch.bfloat16, requires_grad=True)
    sum_of_losses(states, weight, None, torch.tensor([0]), 0.0, 1.0, 8).backward()
    sure = torch.tensor([8.25, 0.0, 0.0]).softmax(0)[0] - 1
    assert states.grad is not None
    assert float(states.grad[0, 0]) == pytest.approx(float(sure), rel=1e-2)


def test_a_frozen_head_gets_no_gradient() -> None:
    weight, states = torch.randn(5, 4), torch.randn(3, 4, requires_grad=True)
    sum_of_losses(states, weight, None, torch.tensor([0, 1, 2]), 0.0, 1.0, 2).backward()
    assert states.grad is not None
    assert weight.grad is None


def test_lower_precision_by_autocast_is_kept_to() -> None:
    model, batch, targets = tiny("qwen2", CAUSAL), flat_batch(LENGTHS), _targets()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, _count = head.token_losses(model, batch, targets, Settings())
    found.backward()
    truth = functional.cross_entropy(_whole_logits(model, batch), targets, reduction="sum")
    assert found.dtype == torch.float32
    assert float(found.detach()) == pytest.approx(float(truth.detach()), rel=2e-2)
    assert all(weight.grad.dtype == torch.float32 for weight in model.parameters() if weight.grad is not None)
