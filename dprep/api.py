"""The Python door: `from dprep import check, run, open, train, evaluate …`. Each raises `dprep.Error` with problems only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.base.problem import Error, Place, Problem, fail, in_order

if TYPE_CHECKING:
    from dprep.engine.leaks import Leaks
    from dprep.engine.local import Progress
    from dprep.engine.run import Ran
    from dprep.fit.learning import Learnt
    from dprep.fit.requests import Request
    from dprep.plan.model import Plan
    from dprep.report.blocks import Report
    from dprep.report.looking.browsing import Rows
    from dprep.report.looking.extremes import Top
    from dprep.report.say import Language
    from dprep.report.wording import Told
    from dprep.store.compare import Difference
    from dprep.store.versions import Version
    from dprep.train.asking import Predicted
    from dprep.train.runs import Run
    from dprep.train.settings import Settings, WhereIs
    from dprep.train.training import Trained
    from dprep.train.watcher import Watcher

STORE = "store"


def plan(
    recipe: str | Path, *, root: str | Path | None = None, set: Sequence[str] = (), store: str | Path = STORE
) -> tuple[Plan, list[Problem]]:
    """The checked plan of a recipe and its warnings. Raises Error with all that is wrong.

    `store`: where the artifacts lie that the recipe names.
    """
    from dprep.plan.check import check as check_recipe
    from dprep.recipe.read import read_recipe

    data = tuple(each for each in set if not _of_training(each))
    found, problems = check_recipe(read_recipe(Path(recipe), Path(root) if root else None, data), Path(store))
    problems = [*problems, *_training_problems(recipe, root, set)]
    if found is None or any(problem.severity == "error" for problem in problems):
        raise Error(in_order(problems))
    return found, problems


def _training_problems(recipe: str | Path, root: str | Path | None, set: Sequence[str]) -> list[Problem]:
    """What is wrong with the `[train]` table."""
    from dprep.train.table import of_task, read_settings

    table, where, task = _train_table(recipe, root, set)
    try:
        return of_task(read_settings(table, where), task, where)
    except Error as error:
        return list(error.problems)


def check(
    recipe: str | Path, *, root: str | Path | None = None, set: Sequence[str] = (), store: str | Path = STORE
) -> list[Problem]:
    """Everything that is wrong with a recipe, and every piece of advice; reads no data but column names."""
    try:
        return plan(recipe, root=root, set=set, store=store)[1]
    except Error as error:
        return list(error.problems)


def run(
    recipe: str | Path,
    *,
    store: str | Path = STORE,
    root: str | Path | None = None,
    workers: int | None = None,
    memory: str | None = None,
    limit: int | None = None,
    until: str | None = None,
    fresh: bool = False,
    set: Sequence[str] = (),
    progress: Progress | None = None,
) -> Ran:
    """Make the version that `recipe` asks for, or find it. Raises Error.

    `workers`: processes (default: the cores); `memory`: a ceiling such as "4G"; `limit`: rows of input for a trial;
    `until`: the last step of a trial; `fresh`: use nothing that earlier runs left.
    """
    from dprep.engine.local import quiet
    from dprep.engine.run import Request, run_plan
    from dprep.report.writing import report_of_run

    checked, _ = plan(recipe, root=root, set=set, store=store)
    return run_plan(checked, Request(Path(store), workers, memory, limit, until, fresh), report_of_run, progress or quiet)


def open(reference: str, *, store: str | Path = STORE) -> Version:
    """A version: "name@v3", "name@latest", "name", "name@<hash prefix>" or the path of its folder. Raises Error."""
    from dprep.store.versions import resolve

    return resolve(Path(store), reference)


def fit(what: str | Path, *, store: str | Path = STORE, progress: Progress | None = None, **parameters: Any) -> list[Learnt]:
    """Learn what a file of `[[fit]]` tables asks for; or one thing: `fit("tokenizer", name="pieces", from_="support@v3")`.

    A recipe in `from` is run first, as `run` does it. Raises Error.
    """
    from dprep.engine.local import quiet
    from dprep.fit.learning import learn
    from dprep.fit.requests import read_requests, request, with_files

    tell, place = progress or quiet, Path(store)
    requests = read_requests(Path(what)) if str(what).endswith(".toml") else [request(str(what), parameters)]
    located = (with_files(each, place) for each in requests)  # one by one: a fit may name what the one before it made
    return [learn(each.kind, each.asked, _rows_of(each, place, tell), place, tell) for each in located]


def index(
    name: str,
    *,
    of: str | Sequence[str],
    kind: str = "rows",
    store: str | Path = STORE,
    progress: Progress | None = None,
    **parameters: Any,
) -> Learnt:
    """Index versions, recipes (run first, as `run` does it) or files: `index("pages", of="pages@v1", threshold=0.7)`.

    Raises Error.
    """
    from dprep.engine.local import quiet
    from dprep.fit.index_kinds import index_request
    from dprep.fit.indexing import make_index, units_of

    tell, place = progress or quiet, Path(store)
    asked = index_request(kind, {"name": name, "of": (of,) if isinstance(of, str) else tuple(of), **parameters})
    rows = [_indexed(each, place, tell) for each in asked.of]
    return make_index(asked, *units_of(asked, rows), place, tell)


def _indexed(of: str, store: Path, progress: Progress) -> Version | str:
    """The version that an index is made of, made by a run where `of` names a recipe; or the pattern of files."""
    from dprep.store.manifest import NAME
    from dprep.store.versions import datasets

    if of.endswith(".toml"):
        return _made(Path(of), None, store, progress)
    known = of.partition("@")[0] in datasets(store) and not Path(of).exists()
    return open(of, store=store) if "@" in of or known or (Path(of) / NAME).is_file() else of


def _rows_of(request: Request, store: Path, progress: Progress) -> Version:
    """The version that a fit learns from, made by a run where it names a recipe."""
    if request.recipe is None:
        return open(request.version, store=store)
    return _made(request.recipe, request.asked.until, store, progress)


def _made(path: Path, until: str | None, store: Path, progress: Progress) -> Version:
    """The version that a recipe makes, run up to the step `until`."""
    from dprep.engine.run import Request as Run
    from dprep.engine.run import run_plan
    from dprep.plan.check import check as check_recipe
    from dprep.recipe.read import read_recipe
    from dprep.report.writing import report_of_run
    from dprep.store.versions import open_version

    recipe = read_recipe(path)
    if until in [step.name for step in recipe.steps]:  # what comes after may name what is not learnt yet
        recipe = replace(recipe, steps=recipe.steps[: [step.name for step in recipe.steps].index(until) + 1])
    checked, problems = check_recipe(recipe, store)
    if checked is None:
        raise Error(problems)
    return open_version(run_plan(checked, Run(store, until=until), report_of_run, progress).folder)


def diff(a: str, b: str, *, store: str | Path = STORE, sample: int = 5) -> Difference:
    """Rows added, removed and changed from version `a` to version `b`, by step and reason. Raises Error."""
    from dprep.store.compare import compare

    return compare(open(a, store=store), open(b, store=store), sample)


def show(
    version: str,
    *,
    part: str = "",
    where: str = "",
    first: int = 10,
    sample: int | None = None,
    columns: Sequence[str] = (),
    dropped: bool = False,
    step: str = "",
    store: str | Path = STORE,
) -> Rows:
    """The first rows of a version that fit, or a sample of them, the same every time. Raises Error.

    `where`: polars SQL on the columns of a row, such as "label = 'refund'"; `dropped`: those that a step dropped, of any step
    or of `step`, with `reason` and `measured`.
    """
    from dprep.report.looking.browsing import Asked, look

    asked = Asked(part, where, first if sample is None else sample, sample is not None, tuple(columns), dropped, step)
    return look(open(version, store=store), asked)


def top(version: str, kinds: Sequence[str] = (), *, most: int = 10, store: str | Path = STORE) -> Top:
    """What stands out in a version: `clusters`, `rows`, `labels`, `reasons`, or all; at most `most` of each. Raises Error."""
    from dprep.report.looking import extremes

    return extremes.top(open(version, store=store), tuple(kinds) or extremes.KINDS, most)


def report(what: str, *, against: str = "", language: Language = "en", store: str | Path = STORE) -> Report:
    """The report of a version, of two versions, or of one or two runs of `train`, for any renderer. Raises Error."""
    from dprep.report.wording import in_words

    return in_words(facts(what, against=against, store=store), language)


def facts(what: str, *, against: str = "", store: str | Path = STORE) -> Told:
    """All that such a report tells, as plain values: `facts("support@v3").to_json()`. Raises Error."""
    from dprep.report.wording import gathered
    from dprep.train.runs import is_meant

    if is_meant(Path(store), what):
        return _facts_of_run(what, against, Path(store))
    return gathered(open(what, store=store), open(against, store=store) if against else None)


def _facts_of_run(name: str, against: str, store: Path) -> Told:
    from dprep.report.run_making import gather_run
    from dprep.train.runs import resolve
    from dprep.train.table import defaults

    run, other = resolve(store, name), resolve(store, against).folder if against else None
    part = next((part for part in ("test", "validation") if run.told["parts"].get(part)), "test")
    compared = compare(against, name, part=part, store=store) if against else None
    return gather_run(run.folder, store=store, against=other, comparison=compared, defaults=defaults())


def leaks(
    version: str,
    *,
    against: Sequence[str] = (),
    threshold: float = 0.8,
    shingles: str = "auto",
    ngram: int = 0,
    show: int = 5,
    columns: Sequence[str] = (),
    store: str | Path = STORE,
    progress: Progress | None = None,
) -> Leaks:
    """The rows of each part of a version that have a twin in another part, or in the files or indexes `against`. Raises Error.

    `threshold`: Jaccard similarity of near twins; `shingles`: auto, words or characters, `ngram` in a run (0: by the texts);
    `show`: how many twins are given as examples of each two parts; `columns`: those of the version that are compared, without
    it all texts of its task.
    """
    from dprep.engine.leaks import Asked, find_leaks
    from dprep.engine.local import quiet

    asked = Asked(threshold, shingles, ngram, show, tuple(columns))
    return find_leaks(open(version, store=store), tuple(against), asked, Path(store), progress or quiet)


def train(
    what: str | Path,
    *,
    store: str | Path = STORE,
    root: str | Path | None = None,
    set: Sequence[str] = (),
    name: str = "",
    fresh: bool = False,
    progress: Progress | None = None,
    watcher: Watcher | None = None,
) -> Trained:
    """Fine-tune as the `[train]` table of a recipe says, on the version that it makes; or on a version, as its recipe says.

    `set`: keys of `[train]`, such as "train.epochs=5"; `name`: what the run is called; `fresh`: train anew what is there.
    A run that broke off is gone on with. Raises Error.
    """
    version, settings = training_of(what, store=store, root=root, set=set, progress=progress)
    from dprep.train.training import train as fine_tune  # needs torch, which is asked for above

    trained = fine_tune(version, settings, Path(store), watcher, name=name, fresh=fresh)
    missed = page_of_run(trained.run, store=store)
    if missed is not None and watcher is not None:
        watcher.warn(missed)
    return trained


def page_of_run(run: Run, *, store: str | Path = STORE) -> Problem | None:
    """Write report.html into the folder of a run that has none; why there is none then, or nothing. Raises Error.

    The weights took hours, the page a second: neither a library that a GPU machine lacks nor a fault of ours may cost the run.
    """
    from dprep.train.together import leads

    page = run.folder / "report.html"
    if page.is_file() or not leads():
        return None
    try:
        from dprep.report.renderers.html_page.page import write_page
        from dprep.report.wording import in_words

        content = write_page(in_words(_facts_of_run(str(run.folder), "", Path(store))))
    except (Error, MemoryError):
        raise
    except Exception as fault:
        told = f"the run is whole, but its page could not be written: {type(fault).__name__}: {fault}"
        help = f"`dprep report {run.name}` writes it where all of dprep is installed"
        return Problem("no-report", told, help=help, severity="warning")
    from dprep.store.commit import write_file

    write_file(page, content)
    return None


def training_of(
    what: str | Path,
    *,
    store: str | Path = STORE,
    root: str | Path | None = None,
    set: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[Version, Settings]:
    """The version and the settings that `train` would train with; a recipe is run if need be. Raises Error."""
    _share_cores()
    from dprep.store.versions import open_version
    from dprep.train.loading.bases import demand, demand_libraries
    from dprep.train.table import beside, overridden, read_settings, table_of_version

    demand_libraries()
    if not str(what).endswith(".toml"):
        version = open(str(what), store=store)
        settings = read_settings(*overridden(table_of_version(version.folder), tuple(set)))
        return version, beside(settings, _recipe_folder(version), set)
    plan(what, root=root, set=set, store=store)
    table, where, _ = _train_table(what, root, set)
    settings = beside(read_settings(table, where), Path(what).absolute().parent, set)
    demand(settings, str(what))
    ran = run(what, store=store, root=root, set=[each for each in set if not _of_training(each)], progress=progress)
    return open_version(ran.folder), settings


def _train_table(what: str | Path, root: str | Path | None, set: Sequence[str]) -> tuple[dict[str, Any], WhereIs, str]:
    """The `[train]` table of a recipe, where its keys stand, and the task of the dataset."""
    from dprep.recipe.read import read_recipe
    from dprep.train.table import defaults, overridden

    data = tuple(each for each in set if not _of_training(each))
    recipe = read_recipe(Path(what), Path(root) if root else None, data)
    asked = tuple(each for each in set if _of_training(each))

    def where(key: str) -> Place:
        path = ("train", *key.split("."))
        return recipe.places.value(path) if path[1] in defaults() else recipe.places.key(path)

    return *overridden(recipe.train or {}, asked, where), recipe.dataset.task


def _of_training(override: str) -> bool:
    return override.strip().startswith("train.")


def _recipe_folder(version: Version) -> Path:
    """Where the recipe of a version lay, if it is still known; else the current folder."""
    recorded = (version.manifest.get("clock") or {}).get("recipe")
    there = version.folder.absolute().parents[2] / recorded if recorded else Path()
    return there if there.is_dir() else Path()


def evaluate(
    run: str, *, on: str = "", part: str = "", store: str | Path = STORE, device: str = "auto", watcher: Watcher | None = None
) -> dict[str, Any]:
    """The scores of a run with 95 % intervals: on its own test part, or on a part of the version `on`. Raises Error."""
    _share_cores()
    found, version = _run_and_version(run, on, Path(store))
    from dprep.train.asking import evaluate as score
    from dprep.train.watcher import Nobody

    held_out = found.told["parts"].get("test") or found.told["parts"].get("validation")
    part = part or held_out or (version.parts[-1] if on else "")
    if not part:
        sentence = f"the run `{found.name}` had neither test nor validation: `{version}` has only rows that it has learnt from"
        raise fail("train-part", sentence, "name another version with `--on`, or `--part train` for what was learnt by heart")
    return score(found, version, part, Path(store), watcher or Nobody(), device)


def predict(
    run: str,
    rows: str | Path,
    out: str | Path,
    *,
    store: str | Path = STORE,
    device: str = "auto",
    watcher: Watcher | None = None,
) -> Predicted:
    """Write the rows of a file with what a run says of them. Raises Error."""
    _share_cores()
    from dprep.train.loading.bases import demand_libraries
    from dprep.train.runs import resolve

    found = resolve(Path(store), run)
    demand_libraries()
    from dprep.train.asking import predict as ask
    from dprep.train.watcher import Nobody

    return ask(found, Path(rows), Path(out), Path(store), watcher or Nobody(), device)


def merge(run: str, out: str | Path, *, store: str | Path = STORE, watcher: Watcher | None = None) -> float:
    """Write an adapter and its base as one ordinary model; gives how far its answers are from theirs. Raises Error."""
    _share_cores()
    found, version = _run_and_version(run, "", Path(store))
    from dprep.train.merged import merge_run
    from dprep.train.watcher import Nobody

    return merge_run(found, version, Path(out), Path(store), watcher or Nobody())


def compare(run: str, other: str, *, part: str = "test", store: str | Path = STORE) -> dict[str, Any]:
    """Two runs on the rows that both were asked about: differences with intervals and paired tests. Raises Error."""
    from dprep.train.runs import resolve
    from dprep.train.scoring.compare_runs import compare as compare_runs

    return compare_runs(resolve(Path(store), run), resolve(Path(store), other), part)


def _run_and_version(run: str, on: str, store: Path) -> tuple[Run, Version]:
    """What is asked, and about what. Raises Error (`no-such-run`, `missing-library`)."""
    from dprep.train.loading.bases import demand_libraries
    from dprep.train.runs import resolve

    found = resolve(store, run)
    demand_libraries()
    return found, open(on or found.told["dataset"], store=store)


def _share_cores() -> None:
    from dprep.train.machine import share_cores

    share_cores()
