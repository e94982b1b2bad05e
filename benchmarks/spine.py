"""Speed, memory and start-up of the spine: `python benchmarks/spine.py [speed|memory|startup] [--size 1G]`.

speed    clean.unicode + clean.whitespace + filter.length + dedup.exact + split, Parquet in and out, 2 workers, beside a plain
         polars scan-to-sink copy of the same file in the same run; cold (first run on a machine: kernels compile) and warm
memory   peak RSS of all processes together on JSON Lines of two sizes, and its growth per row
startup  `dprep --help` and `dprep check`

Inputs are generated (seeded) under --work; results go to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import psutil
import pyarrow.parquet as pq

RESULTS = Path(__file__).parent / "results"
DPREP = [sys.executable, "-m", "dprep"]

RECIPE = """
[dataset]
name = "bench"
seed = 1
task = "text"

[[source]]
path = "{path}"

[[step]]
op = "clean.unicode"

[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_words = 20

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
"""


def paragraphs(rng: np.random.Generator, count: int) -> list[str]:
    """Made-up English and Chinese paragraphs; one in fifty has something to clean."""
    onsets = ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pl"]
    syllables = [onset + vowel for onset in onsets for vowel in ["a", "e", "i", "o", "u", "ai", "ea", "ou"]]
    lexicon = ["".join(rng.choice(syllables, size=rng.integers(1, 4))) for _ in range(5_000)]
    hanzi = [chr(c) for c in range(0x4E00, 0x4E00 + 2_500)]
    made = []
    for number in range(count):
        if number % 5 == 0:
            picked = rng.choice(hanzi, size=rng.integers(60, 200))
            text = "".join(picked[:40]) + "，" + "".join(picked[40:]) + "。"
        else:
            sentences = (
                " ".join(rng.choice(lexicon, size=rng.integers(6, 18))).capitalize() + "." for _ in range(rng.integers(3, 8))
            )
            text = " ".join(sentences)
        if number % 50 == 0:
            text = text.replace(" ", "  ", 3).replace(".", ". cafe\u0301 \u200b", 1)
        made.append(text)
    return made


def documents(size: int, seed: int = 1) -> pl.Series:
    """Documents of one to eight paragraphs, `size` bytes in all; one in twenty is an exact copy of another."""
    rng = np.random.default_rng(seed)
    pieces = paragraphs(rng, 8_000)
    mean = sum(len(p.encode()) for p in pieces) / len(pieces) * 4.5
    rows = int(size / mean)
    texts = []
    for number in range(rows):
        if number % 20 == 19:
            texts.append(texts[int(rng.integers(0, number))])
        else:
            texts.append(
                "\n\n".join([f"Document {number}", *(pieces[i] for i in rng.integers(0, len(pieces), size=rng.integers(1, 8)))])
            )
    return pl.Series("text", texts)


def versions() -> str:
    """Machine and libraries, for the head of a result."""
    libraries = " ".join(f"{name} {importlib.metadata.version(name)}" for name in ("dprep", "polars", "pyarrow", "numba"))
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {libraries}"


def watched(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, int]:
    """Seconds, and the peak RSS of the process tree in bytes, sampled every 20 ms."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})}
    )
    peak = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal peak
        root = psutil.Process(process.pid)
        while not stop.is_set():
            total = 0
            try:
                for member in [root, *root.children(recursive=True)]:
                    total += member.memory_info().rss
            except psutil.Error:
                pass
            peak = max(peak, total)
            time.sleep(0.02)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    _, errors = process.communicate()
    seconds = time.perf_counter() - started
    stop.set()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode()[-2000:]}")
    return seconds, peak


def speed(work: Path, size: int, rounds: int) -> str:
    """The table of the speed benchmark."""
    path = work / f"docs-{size}.parquet"
    if not path.exists():
        pl.DataFrame({"text": documents(size)}).write_parquet(path, row_group_size=20_000)
    text_bytes = pl.scan_parquet(path).select(pl.col("text").str.len_bytes().sum()).collect().item()
    rows = pq.read_metadata(path).num_rows
    recipe = work / "speed.toml"
    recipe.write_text(RECIPE.format(path=path))
    floor_code = f"import polars as pl; pl.scan_parquet({str(path)!r}).sink_parquet({str(work / 'copy.parquet')!r})"

    def once(environment: dict[str, str] | None = None) -> tuple[float, int]:
        shutil.rmtree(work / "store", ignore_errors=True)
        return watched([*DPREP, "run", str(recipe), "--store", str(work / "store"), "--workers", "2"], environment)

    cold = once({"NUMBA_CACHE_DIR": tempfile.mkdtemp(dir=work)})
    once()
    warm, floor = [], []
    for _ in range(rounds):  # in turn, so that both see the same machine
        warm.append(once())
        floor.append(watched([sys.executable, "-c", floor_code]))
    seconds, floor_seconds = statistics.median(s for s, _ in warm), statistics.median(s for s, _ in floor)
    megabytes = text_bytes / 1e6

    def row(name: str, seconds: float, peak: int) -> str:
        return f"{name:28}{seconds:9.2f}{megabytes / seconds:9.1f}{seconds / floor_seconds:9.2f}{peak / 2**20:10.0f}"

    lines = [
        versions(),
        f"input: {megabytes:,.0f} MB of text, {rows:,} rows, Parquet {path.stat().st_size / 1e6:,.0f} MB",
        f"2 workers; median of {rounds} runs",
        f"{'':28}{'seconds':>9}{'MB/s':>9}{'x floor':>9}{'peak MiB':>10}",
        row("polars scan -> sink", floor_seconds, max(peak for _, peak in floor)),
        row("dprep, warm", seconds, max(peak for _, peak in warm)),
        row("dprep, cold (compiles)", *cold),
        "all warm runs: " + ", ".join(f"{s:.2f}" for s, _ in warm),
        "all floor runs: " + ", ".join(f"{s:.2f}" for s, _ in floor),
    ]
    return "\n".join(lines)


def memory(work: Path, size: int, _rounds: int) -> str:
    """Peak RSS on JSON Lines of `size` and a tenth of it."""
    lines = [versions(), "JSON Lines in, 2 workers; RSS of all processes together, sampled every 20 ms"]
    seen = []
    for bytes_ in (size // 10, size):
        path = work / f"docs-{bytes_}.jsonl"
        if not path.exists():
            write_jsonl(path, bytes_)
        rows = sum(1 for _ in path.open("rb"))
        recipe = work / "memory.toml"
        recipe.write_text(RECIPE.format(path=path))
        shutil.rmtree(work / "store", ignore_errors=True)
        seconds, peak = watched([*DPREP, "run", str(recipe), "--store", str(work / "store"), "--workers", "2"])
        seen.append((rows, peak))
        lines.append(f"{path.stat().st_size / 1e6:9,.0f} MB {rows:11,} rows {seconds:8.1f} s   peak {peak / 2**20:7,.0f} MiB")
    (few, small), (many, large) = seen
    lines.append(f"growth: {(large - small) / (many - few):.1f} bytes per row")
    return "\n".join(lines)


def write_jsonl(path: Path, size: int) -> None:
    """A file of about `size` bytes: the same 20 MB of documents again and again, each time under another heading."""
    texts = documents(min(size, 20_000_000)).to_list()
    with path.open("wb") as file:
        piece = 0
        while file.tell() < size:
            lines = (orjson.dumps({"text": f"{piece} {text}", "number": number}) for number, text in enumerate(texts))
            file.write(b"\n".join(lines) + b"\n")
            piece += 1


def startup(work: Path, _size: int, rounds: int) -> str:
    """Seconds of the commands that a person waits for."""
    recipe = str(Path(__file__).parent.parent / "recipes" / "quickstart.toml")
    lines = [versions(), f"warm, best and median of {rounds + 5}"]
    for command in (["--help"], ["check", recipe]):
        times = sorted(watched([*DPREP, *command])[0] for _ in range(rounds + 5))
        lines.append(f"dprep {command[0]:10} {times[0]:.3f} s  {statistics.median(times):.3f} s")
    return "\n".join(lines)


def main() -> None:
    """Run one benchmark, print its table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=["speed", "memory", "startup"], help="default: all three")
    parser.add_argument("--size", help="bytes of input; default 1200M for speed, 2G for memory")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "dprep-bench")
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    RESULTS.mkdir(exist_ok=True)
    for what in chosen.what:
        size = chosen.size or {"speed": "1200M", "memory": "2G"}.get(what, "1M")
        size_bytes = int(float(size[:-1]) * {"K": 1e3, "M": 1e6, "G": 1e9}[size[-1]])
        table = {"speed": speed, "memory": memory, "startup": startup}[what](chosen.work, size_bytes, chosen.rounds)
        print(table)
        command = f"$ python benchmarks/spine.py {what} --size {size} --rounds {chosen.rounds}"
        (RESULTS / f"spine-{what}.txt").write_text(f"{command}\n{table}\n")


if __name__ == "__main__":
    main()
