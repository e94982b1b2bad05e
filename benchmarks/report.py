"""What the report adds to a run: `python benchmarks/report.py [--shared FOLDER] [--only NAME …] [--repeats 3]`.

Each recipe is run as it is and with a report that does nothing, in processes of their own, into fresh stores, by turns: wall
time, peak memory of all processes together and of the one that makes the report, bytes of report.html. Then each chapter by
itself on the version that was made: seconds for its facts and its blocks, and for the page. A run before compiles the kernels.

quickstart   recipes/quickstart.toml: 4,000 mails in English and Chinese
banking77    recipes/banking77.toml: 13,000 questions (needs the shared corpora)
english      8,400 documents, 153 MB, made by the shared corpora's tools (needs them)
million      1,000,000 rows of 12 to 24 made-up words, exact copies taken out, split in three

Results are printed and kept in benchmarks/results/report.txt.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil

RESULT = Path(__file__).parent / "results" / "report.txt"
ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # for `benchmarks/html.py` would stand before Python's own
RECIPE = """
[dataset]
name = "{name}"
seed = 1
task = "text"

[[source]]
path = "{path}"
columns = {{ {columns} }}

[[step]]
op = "clean.unicode"

[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_words = 5

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
ratios = {{ train = 8, validation = 1, test = 1 }}
"""


class Case(NamedTuple):
    """A recipe to run, and where its source paths start."""

    name: str
    recipe: Path
    root: Path


class Run(NamedTuple):
    """Of one run: wall seconds, peak of all processes and of the one that makes the report (MB), bytes of the page."""

    seconds: float
    all_peak: float
    own_peak: float
    page: int


def cases(work: Path, shared: Path, only: list[str]) -> Iterator[Case]:
    """Those whose data is there; what must be made is made under `work`."""
    wanted = only or ["quickstart", "banking77", "english", "million"]
    if "quickstart" in wanted:
        yield Case("quickstart", ROOT / "recipes" / "quickstart.toml", ROOT / "recipes")
    corpora = shared / "corpora"
    if "banking77" in wanted and corpora.is_dir():
        yield Case("banking77", ROOT / "recipes" / "banking77.toml", corpora)
    if "english" in wanted and corpora.is_dir():
        path = work / "english.parquet"
        made = [str(shared / "tools" / "make_corpus.py"), "--corpora", str(corpora), "--kind", "bench_en", "--out", str(path)]
        subprocess.run([sys.executable, *made], check=True, stdout=subprocess.DEVNULL)
        yield Case("english", written(work, "english", path, 'file_id = "id"'), work)
    if "million" in wanted:
        from benchmarks.incremental import made_up

        path = work / "million.parquet"
        made_up(1_000_000).write_parquet(path)
        yield Case("million", written(work, "million", path, ""), work)


def written(work: Path, name: str, path: Path, columns: str) -> Path:
    """A recipe for a file."""
    recipe = work / f"{name}.toml"
    recipe.write_text(RECIPE.format(name=name, path=path.name, columns=columns))
    return recipe


def child(case: Case, store: Path, *, reported: bool) -> None:
    """In a process of its own: one run; prints what it took."""
    from dprep import api
    from dprep.engine.run import Request, run_plan
    from dprep.report.writing import report_of_run

    started = time.perf_counter()
    plan, _ = api.plan(case.recipe, root=case.root, store=store)
    ran = run_plan(plan, Request(store), report_of_run if reported else nothing)
    seconds = time.perf_counter() - started
    page = ran.folder / "report.html"
    fault = json.loads((ran.folder / "manifest.json").read_bytes())["clock"].get("report", "")
    size = page.stat().st_size if page.exists() else 0
    print(json.dumps({"seconds": seconds, "page": size, "folder": str(ran.folder), "fault": fault}))


def nothing(folder: Path, *, manifest: Any, ledger: Any) -> str:
    """A report that is none."""
    return ""


def watched(case: Case, store: Path, *, reported: bool) -> tuple[Run, Path]:
    """One run in a process of its own, its memory watched."""
    mode = "with" if reported else "without"
    command = [sys.executable, __file__, "--child", mode, str(case.recipe), str(case.root), str(store)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
    peak, own, over = [0], [0], threading.Event()

    def watch() -> None:
        while not over.is_set():
            try:
                root = psutil.Process(process.pid)
                held = [each.memory_info().rss for each in [root, *root.children(recursive=True)]]
                peak[0], own[0] = max(peak[0], sum(held)), max(own[0], held[0])
            except psutil.Error:
                pass
            time.sleep(0.01)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    out, _ = process.communicate()
    over.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{case.name} failed")
    told = json.loads(out.decode().strip().splitlines()[-1])
    if told["fault"]:
        print(f"{case.name}: the report could not be made: {told['fault']}", file=sys.stderr)
    return Run(told["seconds"], peak[0] / 2**20, own[0] / 2**20, told["page"]), Path(told["folder"])


def chapters(folder: Path) -> list[tuple[str, float]]:
    """Seconds of what all chapters share, of each by itself, and of the page, in this process, where all is loaded."""
    from dprep.report.reading.found import Found

    once(Found.of(folder))
    return once(Found.of(folder))


def once(found: Any) -> list[tuple[str, float]]:
    """The same; the first call in a process loads libraries and kernels too."""
    from dprep.report import sections
    from dprep.report.making import gather, report
    from dprep.report.renderers.html_page.page import write_page
    from dprep.report.say import Say

    timed, clock = [], time.perf_counter()
    for part in found.parts:
        found.sample(part)
    timed.append(("samples", time.perf_counter() - clock))
    for chapter in sections.CHAPTERS:
        clock = time.perf_counter()
        facts = chapter.facts(found)
        if facts is not None:
            chapter.section(facts, Say("en"))
        timed.append((chapter.ID, time.perf_counter() - clock))
    whole = report(gather(found))
    clock = time.perf_counter()
    write_page(whole)
    return [*timed, ("page", time.perf_counter() - clock)]


def measured(case: Case, work: Path, repeats: int) -> list[str]:
    """Lines of the tables for one case."""
    stores = iter(work / f"{case.name}-{number}" for number in range(2 * repeats + 1))
    _, folder = watched(case, next(stores), reported=True)
    runs: dict[bool, list[Run]] = {True: [], False: []}
    for _ in range(repeats):
        for reported in (False, True):
            runs[reported].append(watched(case, next(stores), reported=reported)[0])
    bare, full = (Run(*map(min, zip(*runs[kind], strict=True))) for kind in (False, True))
    added = full.seconds - bare.seconds
    line = (
        f"{case.name:<12} {bare.seconds:8.2f} {full.seconds:8.2f} {added:8.2f} {100 * added / bare.seconds:6.1f} % "
        f"{bare.all_peak:8.0f} {full.all_peak:8.0f} {bare.own_peak:8.0f} {full.own_peak:8.0f} {full.page / 1000:9.0f}"
    )
    parts = "  ".join(f"{name} {seconds:.2f}" for name, seconds in chapters(folder))
    return [line, f"  seconds: {parts}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared")))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        mode, recipe, root, store = asked.child
        child(Case("", Path(recipe), Path(root)), Path(store), reported=mode == "with")
        return
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("polars", "pyarrow", "numba"))
    titles = ("without", "with", "added", "share", "all MB", "with", "own MB", "with", "page kB")
    widths = (8, 8, 8, 8, 8, 8, 8, 8, 9)
    head = " " * 12 + "".join(f" {title:>{width}}" for title, width in zip(titles, widths, strict=True))
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}"
    lines = [f"The report's share of a run, least of {asked.repeats}; {machine}"]
    lines += ["seconds of a run without and with a report; peak memory of all processes and of the one that makes it", "", head]
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory() as work:
        for case in cases(Path(work), asked.shared, asked.only):
            found = measured(case, Path(work), asked.repeats)
            print("\n".join(found), flush=True)
            lines += found
    if not asked.only:
        RESULT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
