"""Are questions of benchmarks found in real texts, named rightly, and nothing else accused? And how fast is it?

    python benchmarks/decontaminate.py [--corpora DIR] [--items N] [--speed FILE.parquet ...]

Every question of `bench-test-sets` (or N of each file) is planted in a passage of a real text: of novels and C4 for most, of
Chinese laws for Chinese ones; once as it is, once with light edits made here by rule (`edited`). The truth is counted here, in
plain Python on sets of strings with a normalisation of its own: which questions share a run of 13 words with the row, and how
many of all runs of the question that is. The index and the step are those of `dprep index` and `dprep run`.

  copies      questions of 8 words or more, word for word                  found and named by `method = "ngram"`
  13-grams    edited rows that still have a run of 13 words of the question, by the count made here
  edited      all edited rows, by `ngram` with 13 and 8 words; edited questions standing alone also by `minhash`
  strangers   passages without a planted question: accused ones are listed by the words that accuse them

A name is right if the named question is the planted one or shares a run of 13 words with the row as well (twins in the test
sets: mgsm_en is part of gsm8k_test).
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"

import argparse
import gzip
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder, whose html.py is not the standard library's

from dprep import api  # noqa: E402
from dprep.base.text import Text  # noqa: E402
from dprep.ops.dedup.against import Against  # noqa: E402
from dprep.ops.dedup.decontaminate import Decontaminate  # noqa: E402
from dprep.store.versions import open_version  # noqa: E402

COLUMNS = ("passage", "premise", "question", "prompt", "input", "turns")
"""Where the questions of these files stand."""
TEMPLATE = 10
"""Runs that more questions of one file share are no evidence; so are questions that consist of them."""
_SINGLE = r"\u0e00-\u0eff\u1000-\u109f\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORDS = re.compile(f"[{_SINGLE}]|[^{_SINGLE}]+")
_OTHERS = {"en": ("quite", "several", "often", "perhaps", "again", "there", "seven", "later"), "zh": tuple("也又还就都很再才")}


@dataclass(frozen=True)
class Question:
    """One row of a test set."""

    name: str
    columns: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.columns)


def words(text: str) -> list[str]:
    """Words without case and accents; characters of scripts without blanks one by one."""
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = unicodedata.normalize("NFC", "".join(c for c in bare if not 0x300 <= ord(c) < 0x370))
    bare = "".join(" " if unicodedata.category(c)[0] not in "LNM" and unicodedata.category(c) != "Cf" else c for c in bare)
    bare = "".join(c for c in bare if unicodedata.category(c) != "Cf")
    return [word for part in bare.split() for word in _WORDS.findall(part)]


def runs(found: list[str], length: int) -> set[tuple[str, ...]]:
    """Every run of so many words."""
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


def item_runs(question: Question, length: int = 13, least: int = 8) -> set[tuple[str, ...]]:
    """The runs of a question's columns; of one without a long column its shorter columns as they are."""
    columns = [words(column) for column in question.columns]
    long = [column for column in columns if len(column) >= length]
    return set().union(*(runs(c, length) for c in long)) if long else {tuple(c) for c in columns if len(c) >= least}


def read(path: Path) -> str:
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dc", str(path)], capture_output=True, check=True).stdout.decode()
    return gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()


def questions(folder: Path, most: int) -> Iterator[list[Question]]:
    """The questions of each test set."""
    for path in sorted(folder.iterdir()):
        found, stem = [], path.name.partition(".")[0]
        for number, line in enumerate(read(path).splitlines(), 1):
            if ".tsv" in path.name:
                columns = (line.split("\t")[0],)
            else:
                row = json.loads(line)
                held = [row.get(name) for name in COLUMNS]
                columns = tuple("\n".join(each) if isinstance(each, list) else each for each in held if each)
            found.append(Question(f"{stem}:{number}", columns))
        yield found if not most else random.Random(7).sample(found, min(most, len(found)))


def passages(corpora: Path, kind: str) -> list[str]:
    """Passages of about 1,500 characters."""
    if kind == "zh":
        texts = [json.loads(line)["text"] for line in read(corpora / "raw-zh-laws" / "laws.jsonl.zst").splitlines()[:1500]]
    else:
        books = read(corpora / "raw-en-books" / "chapters.jsonl.zst").splitlines()
        texts = [
            re.sub(r"<[^>]+>", " ", next(v for k, v in json.loads(line).items() if k in {"xhtml", "html", "text", "raw"}))
            for line in books
        ]
        texts += [json.loads(line)["text"] for line in read(corpora / "raw-en-c4-demo" / "c4_demo.jsonl.zst").splitlines()]
    size = 600 if kind == "zh" else 1500
    return [text[i : i + size] for text in texts for i in range(0, max(1, len(text) - size), size)]


def is_chinese(text: str) -> bool:
    return len(re.findall(r"[\u4e00-\u9fff]", text)) > len(text) / 4


def edited(text: str, chance: random.Random) -> str:
    """Light edits: about every twentieth word another one, dropped or doubled; cases, numbers and punctuation changed."""
    chinese = is_chinese(text)
    tokens = list(text) if chinese else re.split(r"(\s+)", text)
    for place, token in enumerate(tokens):
        if not token.strip() or not token[0].isalnum():
            continue
        draw = chance.random()
        if draw < 0.02:
            tokens[place] = chance.choice(_OTHERS["zh" if chinese else "en"])
        elif draw < 0.03:
            tokens[place] = ""
        elif draw < 0.04:
            tokens[place] = token + ("" if chinese else " ") + chance.choice(_OTHERS["zh" if chinese else "en"])
        elif draw < 0.05 and token.isdigit():
            tokens[place] = str(chance.randrange(2, 90))
        elif draw < 0.2:
            tokens[place] = token.upper() if chance.random() < 0.5 else token.capitalize()
    whole = "".join(tokens)
    return whole.replace(",", " -").replace("，", "、") if chance.random() < 0.5 else whole


def planted(hosts: list[str], text: str, chance: random.Random) -> str:
    """`text` as a paragraph of its own in a passage."""
    host = chance.choice(hosts)
    cut = host.find("\n", chance.randrange(len(host) or 1)) if "\n" in host else len(host) // 2
    return f"{host[:cut]}\n\n{text}\n\n{host[cut:]}"


def judged(rows: list[dict[str, str]], index: str, store: Path, settings: str) -> dict[str, dict[str, str]]:
    """key -> what the dropped rows tell, for rows that a recipe with one step drops."""
    folder = Path(tempfile.mkdtemp(dir=store.parent))
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n")
    recipe = folder / "recipe.toml"
    recipe.write_text(
        '[dataset]\nname = "rows"\ntask = "text"\n[[source]]\npath = "rows.jsonl"\n'
        f'[[step]]\nop = "dedup.decontaminate"\nindex = "{index}"\n{settings}'
    )
    version = open_version(api.run(recipe, store=store, workers=1).folder)
    told = (
        version.dropped().select("key", "twin", "measured").collect().rows(named=True)
        if version.manifest["rows"]["out"] < len(rows)
        else []
    )
    return {row["key"]: {"twin": row["twin"], **json.loads(row["measured"])} for row in told}


def indexes(folder: Path, store: Path) -> None:
    """Index the test sets with runs of 13 and of 8 words."""
    files = [str(path) for path in sorted(folder.iterdir())]
    for name, ngram in (("b13", 13), ("b8", 8)):
        made = api.index(name, kind="benchmark", of=files, store=store, ngram=ngram, column_names=["question", "answer"])
        print(f"index {name}: {json.dumps(made.artifact.manifest['details'])}")


def evidence(sets: list[list[Question]]) -> dict[str, set[tuple[str, ...]]]:
    """Name -> the runs that prove a question: those of its own that are no template of its set."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for each in sets:
        own = {question.name: item_runs(question) for question in each}
        shared = Counter(run for some in own.values() for run in some)
        found |= {name: {run for run in some if shared[run] <= TEMPLATE} for name, some in own.items()}
    return found


def right(row: str, named: str, proof: dict[str, set[tuple[str, ...]]]) -> tuple[bool, float]:
    """Whether the row has a run of the named question, and the share of its runs that are there."""
    found = words(row)
    mine = proof[named]
    there = {run for run in mine if run in runs(found, len(run))} if len(mine) < 3 else mine & runs(found, 13)
    return bool(there), len(there) / len(mine) if mine else 0.0


def report(what: str, found: int, of: int) -> None:
    print(f"{what:<66} {found:>7,} of {of:>7,}  {found / of if of else 0:8.4f}")


def measure(corpora: Path, most: int, store: Path) -> None:
    sets = list(questions(corpora / "bench-test-sets", 0))
    indexes(corpora / "bench-test-sets", store)
    proof = evidence(sets)
    chance = random.Random(11)
    chosen = [q for each in sets for q in (each if not most else random.Random(7).sample(each, min(most, len(each))))]
    hosts = {kind: passages(corpora, kind) for kind in ("en", "zh")}
    texts = {
        q.name: (planted(hosts["zh" if is_chinese(q.text) else "en"], q.text, chance), edited(q.text, chance)) for q in chosen
    }
    known = [q for q in chosen if proof[q.name]]
    short = sum(not item_runs(q) for q in chosen)
    print(f"questions {len(chosen):,}; under 8 words {short:,}; template alone {len(chosen) - short - len(known):,}")

    copies = judged([{"key": q.name, "text": texts[q.name][0]} for q in chosen], "b13@v1", store, "")
    report("copies of questions that can be known: found", sum(q.name in copies for q in known), len(known))
    checks = {q.name: right(texts[q.name][0], copies[q.name]["twin"], proof) for q in known if q.name in copies}
    report("  named rightly", sum(good for good, _ in checks.values()), len(checks))
    report("  named the planted one", sum(copies[name]["twin"] == name for name in checks), len(checks))
    same = sum(abs(float(copies[name]["overlap"]) - share) < 1e-9 for name, (_, share) in checks.items())
    report("  overlap as counted here", same, len(checks))
    whole = [q for q in chosen if not proof[q.name]]
    report("copies of the others (too short, template): found", sum(q.name in copies for q in whole), len(whole))
    edits(chosen, known, texts, hosts, proof, store, chance)
    strangers(hosts, store, proof)


def edits(chosen, known, texts, hosts, proof, store, chance) -> None:  # type: ignore[no-untyped-def]
    rows = {q.name: planted(hosts["zh" if is_chinese(q.text) else "en"], texts[q.name][1], chance) for q in known}
    given = [{"key": name, "text": text} for name, text in rows.items()]
    by13, by8 = judged(given, "b13@v1", store, ""), judged(given, "b8@v1", store, "")
    shares = {name for name, text in rows.items() if right(text, name, proof)[0]}
    report("edited, with a run of 13 words left: found by 13-grams", sum(name in by13 for name in shares), len(shares))
    report("edited: found by 13-grams", len(by13), len(rows))
    report("edited: found by 8-grams", len(by8), len(rows))
    alone = [{"key": q.name, "text": texts[q.name][1]} for q in known]
    for threshold in (0.8, 0.6):
        found = judged(alone, "b13@v1", store, f'method = "minhash"\nthreshold = {threshold}\n')
        named = sum(each["twin"] == name for name, each in found.items())
        report(f"edited, alone: found by minhash from {threshold} on ({named:,} named the planted one)", len(found), len(alone))
    exact = judged([{"key": q.name, "text": q.text.upper()} for q in chosen], "b13@v1", store, 'method = "exact"\n')
    back = sum(q.text.upper().lower() == q.text.lower() for q in chosen)  # İ and ß do not come back
    report("in capitals, alone, where lower case gives them back: found by exact", len(exact), back)


def strangers(hosts: dict[str, list[str]], store: Path, proof: dict[str, set[tuple[str, ...]]]) -> None:
    rows = {f"{kind}{n}": text for kind, texts in hosts.items() for n, text in enumerate(texts)}
    for index in ("b13@v1", "b8@v1"):
        found = judged([{"key": key, "text": text} for key, text in rows.items()], index, store, "")
        report(f"passages without a planted question: accused by {index}", len(found), len(rows))
        for key, each in list(found.items())[:25]:
            print(f"    {key:<8} {each['twin']:<34} {float(each['overlap']):.3f}  {each['words'][:90]!r}")


def overlaps(corpora: Path, store: Path) -> None:
    """What the corpora are known to share."""
    tests = corpora / "bench-test-sets"
    api.index("gsm8k", kind="benchmark", of=str(tests / "gsm8k_test.jsonl.zst"), store=store)
    rows = [{"key": str(n), "text": line.split("\t")[0]} for n, line in enumerate(read(tests / "mgsm_en.tsv.zst").splitlines())]
    found = judged(rows, "gsm8k@v1", store, "")
    report("mgsm_en in gsm8k_test", len(found), len(rows))
    train = [json.loads(line) for line in read(corpora / "sft-en-gsm8k" / "train.jsonl.zst").splitlines()]
    found = judged([{"key": str(n), "text": row["question"]} for n, row in enumerate(train)], "gsm8k@v1", store, "")
    report("gsm8k train with a run of gsm8k_test", len(found), len(train))
    for each in list(found.values())[:5]:
        print(f"    {each['twin']:<34} {float(each['overlap']):.3f}  {each['words'][:90]!r}")
    seeds(corpora, store)


def seeds(corpora: Path, store: Path) -> None:
    path = corpora / "sft-en-selfinstruct-seeds" / "seed_tasks.jsonl.zst"
    api.index("seeds", kind="benchmark", of=str(path), store=store, ngram=13, columns=["instruction"])
    alpaca = [json.loads(line) for line in read(corpora / "sft-en-alpaca" / "alpaca_en.jsonl.zst").splitlines()]
    rows = [{"key": str(n), "text": f"{row['instruction']}\n{row['input']}"} for n, row in enumerate(alpaca)]
    proof = {
        f"seed_tasks:{n}": item_runs(Question("", (json.loads(line)["instruction"],)))
        for n, line in enumerate(read(path).splitlines(), 1)
    }
    every = set().union(*proof.values())
    lengths = sorted({len(run) for run in every})
    true = {row["key"] for row in rows if any(runs(words(row["text"]), length) & every for length in lengths)}
    found = judged(rows, "seeds@v1", store, "")
    report("rows of alpaca with a seed task (runs of 13 words, or whole): found", len(found.keys() & true), len(true))
    report("  found that are none by the count made here", len(found.keys() - true), len(found))
    for key, each in list(found.items())[:8]:
        print(f"    {each['twin']:<16} {float(each['overlap']):.3f}  {rows[int(key)]['text'][:90]!r}")


def speed(path: str, store: Path) -> None:
    """Processor seconds of one thread over the texts of a file, best of three."""
    texts = pl.read_parquet(path, columns=["text"]).get_column("text")
    size = texts.str.len_bytes().sum() / 1e6
    items = str(store / "artifacts" / "b13" / "v1")
    for method in ("ngram", "minhash", "exact"):
        told(f"decontaminate {method}", path, size, timed(Decontaminate(index=items, method=method), texts))
    started = time.process_time()
    rows = api.index("speed", of=path, store=store).artifact
    told("index rows", path, size, time.process_time() - started)
    print(f"    {json.dumps(rows.manifest['details'])}")
    against = Against(index=str(rows.folder))
    told("against, every row is there", path, size, timed(against, texts))
    told("against, none is there", path, size, timed(against, texts.str.replace_all(r"(\w)(\w+)", "$2$1")))


def told(what: str, path: str, size: float, seconds: float) -> None:
    print(f"{what:<30} {Path(path).name:<20} {size:8.1f} MB {seconds:7.2f} s {size / seconds:7.1f} MB/s")


def timed(op: Against | Decontaminate, texts: pl.Series) -> float:
    op.find(Text(texts[:10]))
    return min(_seconds(op, texts) for _ in range(3))


def _seconds(op: Against | Decontaminate, texts: pl.Series) -> float:
    started = time.process_time()
    for first in range(0, len(texts), 20_000):
        op.find(Text(texts[first : first + 20_000]))
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--corpora", type=Path, default=Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared")) / "corpora"
    )
    parser.add_argument("--items", type=int, default=0)
    parser.add_argument("--speed", nargs="*", default=[])
    asked = parser.parse_args()
    if not (asked.corpora / "bench-test-sets").is_dir():
        sys.exit(f"the corpora are not at {asked.corpora}: set DPREP_SHARED, or give --corpora")
    print("$ python", *sys.argv)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        measure(asked.corpora, asked.items, store)
        overlaps(asked.corpora, store)
        for path in asked.speed:
            speed(path, store)


if __name__ == "__main__":
    main()
