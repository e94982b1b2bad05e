"""Documents computed packed, padded and alone: the same numbers, and none sees another."""

from __future__ import annotations

import copy
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is needed to compute")
transformers = pytest.importorskip("transformers", reason="transformers is needed to compute")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from dprep.train.computing import documents  # noqa: E402
from tests.train.tiny_configs import flat_batch, tiny  # noqa: E402

PACKED = ["bert", "xlm-roberta", "electra", "albert", "distilbert", "modernbert", "llama", "qwen2", "qwen2-sliding",
          "mistral-long-window", "gemma3", "gpt2"]  # fmt: skip
LENGTHS = [11, 4, 23, 4, 1, 17]
CLOSE = 2e-5


def _packed(name: str, auto: str = "AutoModel", **config: Any) -> Any:
    model = tiny(name, auto, **config)
    assert documents.prepare(model, True), documents.why_not(model)
    return model


def _alone(model: Any, batch: dict[str, Any]) -> list[Any]:
    """Each document by itself through the model of transformers as it comes: no mask, no padding, nothing of ours."""
    plain = transformers.AutoModel.from_config(copy.deepcopy(model.config), attn_implementation="sdpa").eval()
    plain.load_state_dict(documents.backbone(model).state_dict(), strict=False)
    ids = torch.split(batch["input_ids"], batch["lengths"].tolist())
    return [plain(input_ids=each[None]).last_hidden_state[0] for each in ids]


def _apart(one: Any, other: Any) -> float:
    return float(((one - other).abs().max() / other.abs().max()).detach())


@pytest.mark.parametrize("name", PACKED)
def test_packed_padded_and_alone_say_the_same(name: str) -> None:
    """Complaint 10: packed samples attend to each other."""
    model, batch = _packed(name), flat_batch(LENGTHS)
    alone = torch.cat(_alone(model, batch))
    packed = documents.hidden(model, batch)
    model.dprep_packs = False
    padded = documents.hidden(model, batch)
    assert _apart(packed, alone) < CLOSE
    assert _apart(padded, alone) < CLOSE


@pytest.mark.parametrize("name", PACKED)
def test_another_document_changes_no_bit_of_the_others(name: str) -> None:
    """Complaint 10, to the last bit."""
    model, batch = _packed(name), flat_batch(LENGTHS)
    changed = {**batch, "input_ids": batch["input_ids"].clone()}
    changed["input_ids"][11:15] = torch.tensor([60, 61, 62, 63])
    one, other = documents.hidden(model, batch), documents.hidden(model, changed)
    assert not torch.equal(one[11:15], other[11:15])
    assert torch.equal(one[:11], other[:11])
    assert torch.equal(one[15:], other[15:])


@pytest.mark.parametrize("name", ["bert", "xlm-roberta", "modernbert", "llama", "qwen2", "qwen2-sliding"])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_gradients_are_the_same_packed_and_padded(name: str, checkpointing: bool) -> None:
    model, batch = _packed(name), flat_batch(LENGTHS)
    if checkpointing:
        model.train()
        model.gradient_checkpointing_enable({"use_reentrant": False})
    found = []
    for packs in (True, False):
        model.dprep_packs = packs
        model.zero_grad()
        # two forward passes before one backward pass: layers computed again must see their own documents
        other = flat_batch([5, 30], seed=4)
        (documents.hidden(model, batch).square().sum() + documents.hidden(model, other).square().sum()).backward()
        found.append({name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None})
    largest = max(float(each.abs().max()) for each in found[1].values())
    assert found[0].keys() == found[1].keys()
    for key, packed in found[0].items():
        assert float((packed - found[1][key]).abs().max()) < CLOSE * largest, key


HEADS = [
    ("bert", "AutoModelForSequenceClassification"),
    ("xlm-roberta", "AutoModelForSequenceClassification"),
    ("albert", "AutoModelForSequenceClassification"),
    ("electra", "AutoModelForTokenClassification"),
    ("distilbert", "AutoModelForQuestionAnswering"),
    ("modernbert", "AutoModelForSequenceClassification"),
    ("llama", "AutoModelForSequenceClassification"),
    ("qwen2", "AutoModelForTokenClassification"),
    ("bert", "AutoModelForMaskedLM"),
    ("qwen2", "AutoModelForCausalLM"),
]


@pytest.mark.parametrize(("name", "auto"), HEADS)
def test_heads_work_as_they_are_on_a_packed_backbone(name: str, auto: str) -> None:
    model, batch = _packed(name, auto), flat_batch(LENGTHS)
    packed = documents.call(model, batch)
    ids = torch.nn.utils.rnn.pad_sequence(torch.split(batch["input_ids"], LENGTHS), batch_first=True, padding_value=1)
    mask = torch.arange(max(LENGTHS))[None] < batch["lengths"][:, None]
    plain = model(input_ids=ids, attention_mask=mask.long())
    compared = 0
    for key, value in plain.items():
        if isinstance(value, torch.Tensor):
            per_token = value.ndim > 1 and value.shape[1] == max(LENGTHS)
            assert packed[key].shape == value.shape
            assert _apart(packed[key][mask] if per_token else packed[key], value[mask] if per_token else value) < CLOSE
            compared += 1
    assert compared


@pytest.mark.parametrize(
    ("name", "reason"), [("t5", "encoder-decoder"), ("stablelm", "attention"), ("bloom", "attention cannot be replaced")]
)
def test_what_is_not_proved_is_computed_padded(name: str, reason: str) -> None:
    model = tiny(name)
    before = model.config._attn_implementation
    assert not documents.prepare(model, True)
    assert reason in documents.why_not(model)
    assert model.config._attn_implementation == before
    if name != "t5":
        alone = torch.cat(_alone(model, flat_batch(LENGTHS))) if name != "bloom" else None
        padded = documents.hidden(model, flat_batch(LENGTHS))
        assert padded.shape == (sum(LENGTHS), 32)
        assert alone is None or _apart(padded, alone) < CLOSE


def test_a_leak_between_documents_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof is no formality: attention that forgets where documents begin is refused."""
    from dprep.train.computing import attention

    def leaky(query: Any, key: Any, value: Any, _documents: Any, how: Any) -> Any:
        heads = [each.transpose(0, 1)[None] for each in (query, key, value)]
        out = torch.nn.functional.scaled_dot_product_attention(*heads, is_causal=how.causal, scale=how.scale)
        return out[0].transpose(0, 1)

    monkeypatch.setattr(attention, "_blocks", leaky)
    model = tiny("bert")
    assert not documents.prepare(model, True)
    assert "see each other" in documents.why_not(model)


def test_a_window_that_is_forgotten_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from dprep.train.computing import attention

    monkeypatch.setattr(attention, "_within", lambda length, *_more: torch.ones(length, length).tril().bool())
    for name in ("qwen2-sliding", "mistral-long-window"):
        model = tiny(name)
        window = model.config.sliding_window
        assert not documents.prepare(model, True)
        assert "differ" in documents.why_not(model)
        assert model.config.sliding_window == window


def test_another_attention_given_later_ends_packing() -> None:
    model, batch = _packed("bert"), flat_batch(LENGTHS)
    before = documents.hidden(model, batch)
    model.set_attn_implementation("eager")
    assert not documents.packs_now(model)
    assert _apart(documents.hidden(model, batch), before) < CLOSE


def test_preparing_leaves_chance_and_mode_alone() -> None:
    model = tiny("bert").train()
    model.encoder.layer[0].eval()
    before = torch.get_rng_state()
    assert documents.prepare(model, True)
    assert torch.equal(before, torch.get_rng_state())
    assert model.training
    assert not model.encoder.layer[0].training
    assert documents.report(model) == {"packed": True, "why_not": "", "attention_dropout_left_out": 0.0}


def test_a_prepared_model_still_generates() -> None:
    model, ids = tiny("qwen2", "AutoModelForCausalLM"), torch.tensor([[5, 6, 7, 8]])
    before = model.generate(ids, max_new_tokens=6, do_sample=False)
    assert documents.prepare(model, True)
    assert torch.equal(before, model.generate(ids, max_new_tokens=6, do_sample=False))


@pytest.mark.parametrize("name", ["bert", "llama"])
def test_lora_is_computed_packed(name: str) -> None:
    peft = pytest.importorskip("peft", reason="peft makes the adapter")
    auto = "AutoModelForSequenceClassification"
    model = peft.get_peft_model(tiny(name, auto), peft.LoraConfig(task_type="SEQ_CLS", init_lora_weights=False))
    assert documents.prepare(model, True), documents.why_not(model)
    batch, found = flat_batch(LENGTHS), []
    model.eval()
    for packs in (True, False):
        documents.inner(model).dprep_packs = packs
        model.zero_grad()
        logits = documents.call(model, batch).logits
        logits.square().sum().backward()
        found.append([logits.detach(), *(weight.grad.clone() for weight in model.parameters() if weight.grad is not None)])
    assert len(found[0]) > 4
    for packed, padded in zip(*found, strict=True):
        assert float((packed - padded).abs().max()) < CLOSE * max(1.0, float(padded.abs().max()))


@pytest.mark.parametrize("kind", ["PromptTuningConfig", "PrefixTuningConfig", "PromptEncoderConfig"])
def test_virtual_tokens_are_put_before_each_document_and_taken_off_again(kind: str) -> None:
    peft = pytest.importorskip("peft", reason="peft makes the prompts")
    torch.manual_seed(3)
    config = getattr(peft, kind)(task_type="CAUSAL_LM", num_virtual_tokens=3)
    model = peft.get_peft_model(tiny("qwen2", "AutoModelForCausalLM"), config).eval()
    assert not documents.prepare(model, True)
    assert "virtual tokens" in documents.why_not(model)
    batch = flat_batch([6, 3])
    together = documents.flat(documents.call(model, batch).logits, batch["lengths"])
    assert documents.call(model, batch).logits.shape == (2, 6, 97)
    alone = [
        documents.call(model, {"input_ids": ids, "lengths": torch.tensor([len(ids)])}).logits[0]
        for ids in torch.split(batch["input_ids"], [6, 3])
    ]
    assert _apart(together, torch.cat(alone)) < CLOSE
    hidden = documents.hidden(model, batch)
    assert _apart(documents.inner(model).lm_head(hidden), together) < CLOSE


def test_a_model_can_be_given_work() -> None:
    model = documents.callable_with_work(tiny("bert"))
    batch = flat_batch([3, 5])
    assert model(work=lambda inner: documents.hidden(inner, batch)).shape == (8, 32)
    assert model(input_ids=batch["input_ids"][None]).last_hidden_state.shape == (1, 8, 32)
    again = documents.callable_with_work(model)
    assert again(work=lambda inner: inner is model)


def test_work_survives_the_wrappers_of_accelerate() -> None:
    """Unwrapping follows `__wrapped__` down to the first forward, which knows no work."""
    accelerate = pytest.importorskip("accelerate", reason="accelerate wraps models")
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)  # one process has one, and other tests train
    model = documents.callable_with_work(tiny("bert"))
    accelerator = accelerate.Accelerator(mixed_precision="bf16", cpu=True)
    prepared = accelerator.prepare_model(model)
    assert prepared(work=lambda inner: inner is model)
    assert accelerator.unwrap_model(prepared, keep_fp32_wrapper=False)(work=lambda inner: inner is model)
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_any_lengths_packed_as_padded(lengths: list[int]) -> None:
    model, batch = _MODERNBERT(), flat_batch(lengths, seed=len(lengths))
    model.dprep_packs = True
    packed = documents.hidden(model, batch)
    model.dprep_packs = False
    assert _apart(packed, documents.hidden(model, batch)) < CLOSE


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_padding_and_taking_it_off_gives_what_was_there(lengths: list[int]) -> None:
    values, sizes = torch.arange(sum(lengths) * 2).reshape(-1, 2), torch.tensor(lengths)
    rectangle = documents.padded(values, sizes, -7)
    assert rectangle.shape == (len(lengths), max(lengths), 2)
    for row, length in zip(rectangle, lengths, strict=True):
        assert (row[length:] == -7).all()
        assert (row[:length] >= 0).all()
    assert torch.equal(documents.flat(rectangle, sizes), values)


class _Once:
    def __init__(self) -> None:
        self.model: Any = None

    def __call__(self) -> Any:
        self.model = self.model or _packed("modernbert")
        return self.model


_MODERNBERT = _Once()


@pytest.mark.parametrize(("name", "checkpointing"), [("qwen2", True), ("bert", False)])
def test_compiled_layers_say_the_same(name: str, checkpointing: bool) -> None:
    """As the compiler sees them, without the minutes that machine code takes."""
    from dprep.train.computing.compiling import compile_layers

    model = _packed(name)
    if checkpointing:
        model.train()
        model.gradient_checkpointing_enable({"use_reentrant": False})
    batches, found = [flat_batch([11, 4, 23]), flat_batch([30, 2, 9, 9])], []
    for compiled in (False, True):
        if compiled:
            assert compile_layers(model, backend="aot_eager") >= 2
        model.zero_grad()
        for batch in batches:
            documents.hidden(model, batch).square().sum().backward()
        found.append([weight.grad.clone() for weight in model.parameters() if weight.grad is not None])
    largest = max(float(each.abs().max()) for each in found[0])
    for one, other in zip(*found, strict=True):
        assert float((one - other).abs().max()) < CLOSE * largest
