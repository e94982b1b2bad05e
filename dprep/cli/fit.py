"""`dprep fit`: learn a tokenizer, a language model, a table or a list from a version, as an artifact that recipes name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dprep.base.problem import Error, Problem
from dprep.cli import options
from dprep.cli.progress import bars
from dprep.cli.words import counted, seconds_in_words

if TYPE_CHECKING:
    from dprep.fit.learning import Learnt

EXAMPLE = options.example(
    "dprep fit",
    "dprep fit tokenizer",
    "dprep fit tokenizer pieces --from support@latest --set vocab_size=8000",
    "dprep fit percentiles lengths --from recipe.toml --set until=length",
    "dprep fit fits.toml",
)


@click.command("fit", epilog=EXAMPLE)
@click.argument("what", required=False)
@click.argument("name", required=False)
@click.option(
    "--from", "source", metavar="ROWS", help="A version, such as support@latest, or a recipe, which is run if need be."
)
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="A parameter of the kind, such as vocab_size=8000.")
@options.store
@options.as_json
@click.option("--quiet", is_flag=True, help="Show problems only.")
def command(
    what: str | None, name: str | None, source: str | None, settings: tuple[str, ...], store: Path, as_json: bool, quiet: bool
) -> None:
    """Learn from the rows of a version. WHAT is a kind, and NAME what the artifact is called; or WHAT is a file of fits.

    Without a NAME: the page of the kind. Without anything: the kinds, and what the store holds. A recipe names what was
    learnt where a parameter takes a file: tokenizer = "pieces@v1".
    """
    if what is None:
        _kinds()
        _held(store)
    elif what.endswith(".toml"):
        _refuse(name, source, settings)
        _learn(lambda **how: _api().fit(what, **how), store, as_json, quiet)
    elif name is None and source is None:
        _page(what)
    else:
        parameters = {**dict(setting(text) for text in settings), **_given(name=name, **{"from": source})}
        _learn(lambda **how: _api().fit(what, **how, **parameters), store, as_json, quiet)


def _api() -> Any:
    from dprep import api

    return api


def _kinds() -> None:
    from dprep.fit.kinds import KINDS

    for kind, sentence in KINDS.items():
        click.echo(f"{click.style(f'{kind:<12}', bold=True)} {sentence}")
    click.echo("\n`dprep fit KIND` shows the page of one, with its parameters\n")


def _held(store: Path) -> None:
    """The artifacts that are there."""
    from dprep.store.artifacts import list_artifacts

    for artifact in list_artifacts(store):
        click.echo(f"{artifact!s:<24} {artifact.kind:<12} {artifact.got[:12]}  {artifact.folder}")


def _page(kind: str) -> None:
    from dprep.fit.kinds import page

    click.echo(page(kind).rstrip())


def _refuse(name: str | None, source: str | None, settings: tuple[str, ...]) -> None:
    if name or source or settings:
        help = "write them into the file, or name a kind"
        raise Error(Problem("wrong-command", "a file of fits says names, rows and parameters itself", help=help))


def _given(**words: str | None) -> dict[str, str]:
    return {key: word for key, word in words.items() if word is not None}


def setting(text: str) -> tuple[str, Any]:
    """A key and its value, read as TOML or else as a string."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise Error(Problem("bad-override", f"`--set {text}` names no key and value", help="write `--set vocab_size=8000`"))
    try:
        parsed = tomllib.loads(f"value = {value.strip()}")
    except (ValueError, RecursionError):
        return key.strip(), value.strip()
    return key.strip(), parsed["value"] if len(parsed) == 1 else value.strip()


def _learn(fit: Any, store: Path, as_json: bool, quiet: bool) -> None:
    with bars(quiet=quiet) as progress:
        learnt = fit(store=store, progress=progress)
    if as_json:
        import json

        click.echo(json.dumps([each.summary() for each in learnt], ensure_ascii=False))
    elif not quiet:
        for number, each in enumerate(learnt):
            click.echo("\n" if number else "", nl=False)
            _show(each)


def _show(learnt: Learnt) -> None:
    """What was learnt, from what, and how a recipe names it."""
    artifact = learnt.artifact
    told, origin = artifact.manifest, artifact.manifest["made_from"]
    how = ", as before: nothing has changed" if learnt.cached else f", made in {seconds_in_words(told['clock']['seconds'])}"
    sampled = f", a sample of {origin['sampled']:,}" if origin["sampled"] < origin["rows"] else ""
    facts = [
        ("artifact", f"{artifact}{how}"),
        ("from", f"{origin['dataset']}@{origin['version']}: {counted(origin['rows'], 'row')}{sampled}"),
        *((key, spelled(value)) for key, value in told["details"].items()),
        ("hash", artifact.got[:12]),
        ("folder", str(artifact.folder)),
        ("in recipes", f'"{artifact}", or pinned to its content: "{artifact}#{artifact.got[:12]}"'),
    ]
    width = max(len(name) for name, _ in facts) + 2
    for name, value in facts:
        click.echo(f"{name.replace('_', ' '):<{width}}{value}")


def spelled(value: Any) -> str:
    """A value of a manifest as a person reads it."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {spelled(inner)}" for key, inner in value.items())
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
