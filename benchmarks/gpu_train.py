"""How fast and in how much memory we train, beside the plain Trainer: `python benchmarks/gpu_train.py [SHAPE ...]`.

    SHAPE  0.5B  Qwen2.5-0.5B from its configuration, all weights, documents up to 2,048 tokens
           1.5B  Qwen2.5-1.5B, the same
           8B    Llama-3.1-8B, LoRA of rank 16 on every linear map, frozen weights in bf16, documents up to 4,096 tokens
           tiny  two layers, for a machine without a GPU (what runs there whatever is asked)
    --way ours|plain|both    --steps 12    --supervised 1.0    --accumulate N    --tokens N    --compile
    --checkpointing (activation checkpointing, both ways)

Weights are random, rows are synthetic: documents of log-normal lengths (median a quarter of the longest allowed),
words by chance.
ours    dprep's own path: packs of so many tokens by best fit, attention within documents, the head on supervised positions in
        chunks, loss divided over the whole step
plain   transformers' Trainer as its guides show it: rows padded to the longest of a batch (as many rows as make the same number
        of places), scaled-dot-product attention with a mask, whole logits
Both: Hugging Face's loop, fused AdamW, fp32 weights under bf16 autocast (8B: bf16), the same documents.

Each way of each shape runs in a process of its own. A step is timed from the second one on, the GPU waited for. Told are real
tokens per second (padding is none); the arithmetic that the model needs per token (6 per weight trained, 4 per frozen one,
attention by document length; nothing that is done twice) and its share of a measured matrix multiplication; the most memory
held.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

# ruff: noqa: E402
import numpy as np
import torch
import transformers

from dprep.train import loop
from dprep.train.computing import compiling, documents, head
from dprep.train.computing.throughput import Meter, matmul_peak, peak_memory, work_of
from dprep.train.data import batch_plan
from dprep.train.method import Method
from dprep.train.settings import Settings
from dprep.train.task import Task
from dprep.train.trainer import Job, Trainer

_QWEN = {"vocab_size": 151_936, "tie_word_embeddings": True, "num_key_value_heads": 2, "use_sliding_window": False}
SHAPES: dict[str, dict[str, Any]] = {
    "0.5B": {
        "type": "qwen2", "longest": 2048, "tokens": 8192, "accumulate": 4, "lora": 0, "goal": 125_000,
        "config": {**_QWEN, "hidden_size": 896, "num_hidden_layers": 24, "num_attention_heads": 14, "intermediate_size": 4864},
    },
    "1.5B": {
        "type": "qwen2", "longest": 2048, "tokens": 8192, "accumulate": 4, "lora": 0, "goal": 48_500,
        "config": {**_QWEN, "hidden_size": 1536, "num_hidden_layers": 28, "num_attention_heads": 12, "intermediate_size": 8960},
    },
    "8B": {
        "type": "llama", "longest": 4096, "tokens": 4096, "accumulate": 8, "lora": 16, "goal": 14_300,
        "config": {"vocab_size": 128_256, "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
                   "num_key_value_heads": 8, "intermediate_size": 14336, "tie_word_embeddings": False},
    },
    "tiny": {
        "type": "qwen2", "longest": 256, "tokens": 1024, "accumulate": 2, "lora": 0, "goal": 0,
        "config": {"vocab_size": 8192, "hidden_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
                   "num_key_value_heads": 2, "intermediate_size": 768, "tie_word_embeddings": True},
    },
}  # fmt: skip


class Rows:
    """Synthetic documents: what an encoded part is to the trainer."""

    def __init__(self, asked: argparse.Namespace, shape: dict[str, Any]) -> None:
        luck = np.random.default_rng(5)
        longest = shape["longest"]
        wanted = asked.steps * asked.accumulate * asked.tokens
        lengths = np.clip(luck.lognormal(np.log(longest / 4), 1.0, 4 * wanted // longest * 4 + 64), 8, longest).astype(np.int64)
        enough = int(np.searchsorted(np.cumsum(lengths), wanted)) + asked.accumulate
        self.sizes, self.supervised, self.words = lengths[:enough], asked.supervised, shape["config"]["vocab_size"]

    def __len__(self) -> int:
        return len(self.sizes)

    def take(self, places: Any) -> list[dict[str, Any]]:
        return [self._row(int(place)) for place in places]

    def _row(self, place: int) -> dict[str, Any]:
        luck, size = np.random.default_rng([7, place]), int(self.sizes[place])
        ids = luck.integers(10, self.words, size)
        labels = np.where(np.arange(size) >= round(size * (1 - self.supervised)), ids, head.IGNORE)
        return {"row": place, "input_ids": ids, "labels": labels}


class Saying(Task):
    """Next words of the supervised tail of each document."""

    name, models, columns, best, peft_type = "text", ("decoder",), ("text",), "loss", "CAUSAL_LM"

    def auto_class(self) -> str:
        return "AutoModelForCausalLM"

    def encode(self, rows: Any, first: int) -> Any:
        return iter(())

    def collate(self, examples: Any, chance: Any = None) -> dict[str, Any]:
        shifted = [np.append(each["labels"][1:], head.IGNORE) for each in examples]
        return {
            "input_ids": torch.from_numpy(np.concatenate([each["input_ids"] for each in examples])),
            "lengths": torch.tensor([len(each["input_ids"]) for each in examples]),
            "targets": torch.from_numpy(np.concatenate(shifted)),
        }

    def items(self, batch: Any) -> int:
        return int((batch["targets"] != head.IGNORE).sum())

    def loss(self, model: Any, batch: Any) -> Any:
        return head.token_losses(model, batch, batch["targets"], self.settings)[0]

    def predict(self, model: Any, batch: Any) -> list[dict[str, Any]]:
        return []


class AsItIs(Method):
    """The model was made ready before."""

    name, sentence = "full", ""

    def apply(self, model: Any, task: Any, steps: int) -> Any:
        return model

    def save(self, model: Any, folder: Path) -> None: ...

    def load(self, model: Any, folder: Path, task: Any) -> Any:
        return model


class Clock(transformers.TrainerCallback):
    """Seconds of each step."""

    def __init__(self, device: str) -> None:
        self.device, self.seconds = device, list[float]()

    def on_step_begin(self, *_args: Any, **_more: Any) -> None:
        self._wait()
        self.began = time.perf_counter()

    def on_step_end(self, *_args: Any, **_more: Any) -> None:
        self._wait()
        self.seconds.append(time.perf_counter() - self.began)

    def _wait(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()


def model_of(asked: argparse.Namespace, shape: dict[str, Any], device: str) -> Any:
    """The model with random weights, made on the device."""
    settings = {**shape["config"], "max_position_embeddings": shape["longest"], "use_cache": False}
    config = transformers.AutoConfig.for_model(shape["type"], **settings)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16 if shape["lora"] else torch.float32)
    try:
        with torch.device(device):
            model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    finally:
        torch.set_default_dtype(before)
    if asked.checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    if shape["lora"]:
        import peft

        model = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", r=shape["lora"], target_modules="all-linear"))
    return model


def ours(asked: argparse.Namespace, shape: dict[str, Any], device: str, folder: str) -> dict[str, Any]:
    """Our own path through our own Trainer."""
    settings = settings_of(asked, device)
    rows, model = Rows(asked, shape), model_of(asked, shape, device)
    packs = documents.prepare(model, True)
    if asked.compile:
        compiling.compile_layers(model)
    plan = batch_plan.Plan(rows.sizes, settings)
    steps = min(asked.steps, plan.steps_each)
    task = Saying(settings, None)
    job = Job(
        task=task, method=AsItIs(settings), settings=settings, encoded=rows, learnt=np.arange(len(rows)),  # type: ignore[arg-type]
        plan=plan, steps=steps, evaluate_at=frozenset(), save_at=frozenset(), evaluate=None, make_optimizer=optimizer,
        make_schedule=lambda made, _steps: torch.optim.lr_scheduler.ConstantLR(made, 1.0), unfreezing=None,
        meter=Meter(model, settings, float(rows.sizes.mean())), told=lambda _line: None,
        ids=lambda places: [str(place) for place in places], stamp=lambda _folder: None,
    )  # fmt: skip
    arguments = loop.arguments(job, SimpleNamespace(checkpoints=folder, name="bench"))  # type: ignore[arg-type]
    arguments.save_strategy = "no"
    clock = Clock(device)
    trainer = Trainer(documents.callable_with_work(model), arguments, job)
    trainer.add_callback(clock)
    trainer.train()
    portions = [plan.at(number)[1] for number in range(steps * settings.accumulate)]
    done = [
        rows.sizes[np.concatenate(portions[at : at + settings.accumulate])]
        for at in range(0, len(portions), settings.accumulate)
    ]
    why = "" if packs else documents.why_not(model)
    return {**told(asked, model, clock, done, device), "packed": packs, "why_not": why}


def plain(asked: argparse.Namespace, shape: dict[str, Any], device: str, folder: str) -> dict[str, Any]:
    """transformers' Trainer on padded rows."""
    rows, model = Rows(asked, shape), model_of(asked, shape, device)
    each = max(1, asked.tokens // shape["longest"])
    order = np.random.default_rng(1).permutation(len(rows))
    steps = min(asked.steps, len(rows) // (each * asked.accumulate))
    dataset = [rows.take([place])[0] for place in order[: steps * each * asked.accumulate]]

    def collate(some: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        longest = max(len(row["input_ids"]) for row in some)
        fill = {"input_ids": 0, "labels": head.IGNORE}
        batch = {
            name: torch.tensor(
                np.stack([np.pad(row[name], (0, longest - len(row[name])), constant_values=fill[name]) for row in some])
            )
            for name in fill
        }
        mask = [[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in some]
        return {**batch, "attention_mask": torch.tensor(mask)}

    arguments = transformers.TrainingArguments(
        output_dir=folder, max_steps=steps, per_device_train_batch_size=each, gradient_accumulation_steps=asked.accumulate,
        bf16=device == "cuda", use_cpu=device == "cpu", optim="adamw_torch_fused" if device == "cuda" else "adamw_torch",
        learning_rate=1e-5, lr_scheduler_type="constant", save_strategy="no", logging_steps=10**6, report_to="none",
        disable_tqdm=True, remove_unused_columns=False, train_sampling_strategy="sequential", log_level="error",
    )  # fmt: skip
    clock = Clock(device)
    trainer = transformers.Trainer(model, arguments, train_dataset=dataset, data_collator=collate, callbacks=[clock])  # type: ignore[arg-type]
    trainer.train()
    lengths = np.array([len(row["input_ids"]) for row in dataset])
    return told(asked, model, clock, list(lengths.reshape(steps, -1)), device)


def optimizer(model: Any) -> Any:
    """AdamW as both ways use it."""
    moving = [weight for weight in model.parameters() if weight.requires_grad]
    return torch.optim.AdamW(moving, lr=1e-5, weight_decay=0.0, fused=moving[0].is_cuda or None)


def settings_of(asked: argparse.Namespace, device: str) -> Settings:
    precision = "bf16" if device == "cuda" else "fp32"
    return replace(
        Settings(),
        batch_tokens=asked.tokens,
        accumulate=asked.accumulate,
        learning_rate=1e-5,
        device=device,
        precision=precision,
    )


def told(asked: argparse.Namespace, model: Any, clock: Clock, done: list[Any], device: str) -> dict[str, Any]:
    """From the steps' seconds and the lengths of their documents to speed. The first step is left out: it warms up."""
    work, peak = work_of(model), matmul_peak(device, "bf16" if device == "cuda" else "fp32")
    assert work is not None
    timed = list(zip(clock.seconds, done, strict=True))[1:]
    seconds = sum(each for each, _ in timed)
    tokens = sum(int(lengths.sum()) for _, lengths in timed)
    flops = sum(
        work.flops(float(length), float(length) * asked.supervised, float(length)) for _, lengths in timed for length in lengths
    )
    return {
        "tokens_per_second": tokens / seconds,
        "tflops": flops / seconds / 1e12,
        "mfu": flops / seconds / peak,
        "peak_tflops": peak / 1e12,
        "memory_gib": peak_memory(device) / 2**30,
        "tokens_per_step": tokens / len(timed),
        "steps": len(timed),
        "spread": float(np.std([each for each, _ in timed]) / np.mean([each for each, _ in timed])),
    }


def one(asked: argparse.Namespace) -> None:
    """One way of one shape, told as a line of JSON."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    shape = SHAPES[asked.shapes[0]]
    torch.manual_seed(3)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps({"ours": ours, "plain": plain}[asked.way](asked, shape, device, folder)))


def main() -> None:
    asked = _arguments()
    if asked.one:
        one(asked)
        return
    gpu = torch.cuda.is_available()
    name = torch.cuda.get_device_name() if gpu else "no GPU: a tiny shape on the CPU, which says nothing about GPUs"
    print(f"{name}; torch {torch.__version__}, transformers {transformers.__version__}")
    for shape in (asked.shapes or ["0.5B", "1.5B", "8B"]) if gpu else ["tiny"]:
        goal = f" (goal {SHAPES[shape]['goal']:,} tokens/s on an H100 or H200)" if SHAPES[shape]["goal"] else ""
        print(f"\n{shape}{goal}")
        for way in ("ours", "plain") if asked.way == "both" else (asked.way,):
            print("  " + line(way, *run(asked, shape, way)), flush=True)


def run(asked: argparse.Namespace, shape: str, way: str) -> tuple[dict[str, Any] | None, str]:
    """What a process of its own told, or why it told nothing."""
    of_shape = SHAPES[shape]
    command = [sys.executable, __file__, shape, "--one", "--way", way, "--steps", str(asked.steps)]
    command += ["--supervised", str(asked.supervised), "--accumulate", str(asked.accumulate or of_shape["accumulate"])]
    command += ["--tokens", str(asked.tokens or of_shape["tokens"])]
    command += [flag for flag in ("--compile", "--checkpointing") if getattr(asked, flag[2:])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        error = done.stderr.strip().splitlines()
        return None, error[-1][:300] if error else f"exit status {done.returncode}"
    return json.loads(done.stdout.strip().splitlines()[-1]), ""


def line(way: str, told: dict[str, Any] | None, error: str) -> str:
    if told is None:
        return f"{way:6} failed: {error}"
    said = f"{way:6} {told['tokens_per_second']:>10,.0f} tokens/s  {told['tflops']:7.2f} TFLOP/s"
    said += f"  {100 * told['mfu']:5.1f} % of {told['peak_tflops']:,.1f} measured  {told['memory_gib']:5.1f} GiB"
    said += f"  {told['tokens_per_step']:,.0f} tokens a step, {told['steps']} steps, spread {100 * told['spread']:.1f} %"
    return said + (f"  not packed: {told['why_not']}" if told.get("why_not") else "")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", choices=[*SHAPES, []])
    parser.add_argument("--way", choices=["ours", "plain", "both"], default="both")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--supervised", type=float, default=1.0)
    parser.add_argument("--accumulate", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=0, help="of a portion: places, for the plain way")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--checkpointing", action="store_true")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
