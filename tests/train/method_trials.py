"""What the tests of methods share: real architectures with a task each, a plain loop, and the answers to one batch."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import transformers
from torch.nn import functional

from dprep.train.computing import documents
from dprep.train.methods import method_class
from dprep.train.settings import Settings

TASKS: dict[str, Any] = {
    "classification": SimpleNamespace(name="classification", peft_type="SEQ_CLS", new_head=True),
    "tagging": SimpleNamespace(name="tagging", peft_type="TOKEN_CLS", new_head=True),
    "qa": SimpleNamespace(name="qa", peft_type="QUESTION_ANS", new_head=True),
    "completion": SimpleNamespace(name="completion", peft_type="CAUSAL_LM", new_head=False),
    "seq2seq": SimpleNamespace(name="seq2seq", peft_type="SEQ_2_SEQ_LM", new_head=False),
}
AUTO = {
    "classification": "AutoModelForSequenceClassification",
    "tagging": "AutoModelForTokenClassification",
    "qa": "AutoModelForQuestionAnswering",
    "completion": "AutoModelForCausalLM",
    "seq2seq": "AutoModelForSeq2SeqLM",
}
PAIRS = {
    "bert": "classification",
    "xlm-roberta": "tagging",
    "modernbert": "tagging",
    "distilbert": "qa",
    "llama": "completion",
    "qwen2": "classification",
    "t5": "seq2seq",
}
LENGTHS = torch.tensor([5, 9, 3, 7])


def base(folder: Path, task: str, seed: int = 0) -> Any:
    """The base model; its new head is as random as `seed`."""
    torch.manual_seed(seed)
    more = {"num_labels": 3} if task in {"classification", "tagging"} else {}
    model = getattr(transformers, AUTO[task]).from_pretrained(folder, **more)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def batch() -> dict[str, Any]:
    ids = torch.randint(6, 40, (int(LENGTHS.sum()),), generator=torch.Generator().manual_seed(1))
    return {"input_ids": ids, "lengths": LENGTHS}


def said(model: Any, task: str) -> Any:
    """(items, classes): what the model says of the batch."""
    more = {}
    if task == "seq2seq":
        more = {"decoder_input_ids": torch.randint(6, 40, (4, 6), generator=torch.Generator().manual_seed(2))}
    output = documents.call(model, batch(), **more)
    if task == "qa":
        return documents.flat(torch.stack([output.start_logits, output.end_logits], dim=-1), LENGTHS)
    if task == "classification":
        return output.logits
    return output.logits.flatten(0, 1) if task == "seq2seq" else documents.flat(output.logits, LENGTHS)


def loss_of(model: Any, task: str) -> Any:
    logits = said(model, task)
    return functional.cross_entropy(logits, torch.arange(len(logits)) % min(3, logits.shape[-1]))


def train(method: Any, model: Any, task: str, steps: int, rate: float = 0.0, first: int = 0) -> list[float]:
    moving = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=rate or method.learning_rate, weight_decay=0.0)
    losses = []
    model.train()
    for step in range(first + 1, first + steps + 1):
        loss = loss_of(model, task)
        losses.append(float(loss.detach()))
        penalty = method.penalty(model)
        (loss if penalty is None else loss + penalty).backward()
        optimizer.step()
        optimizer.zero_grad()
        method.after_step(model, step)
    model.eval()
    return losses


def tensors(model: Any) -> dict[str, Any]:
    return {name: each.detach().clone() for name, each in [*model.named_parameters(), *model.named_buffers()]}


def made(name: str, **options: Any) -> Any:
    return method_class(name)(Settings(method=name, options=options))
