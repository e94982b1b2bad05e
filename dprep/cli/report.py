"""`dprep report`: the report of a version or a run, as a page, in the terminal, for machines or for a pull request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from dprep.cli import faults, options

if TYPE_CHECKING:
    from dprep.report.blocks import Report

EXAMPLE = options.example(
    "dprep report support@v3 --open",
    "dprep report support --text",
    "dprep report support@v3 --against support@v2 --open",
    "dprep report support-v3-lora-1 --against support-v2-lora-1 --text",
    "dprep report support@v3 --markdown --out comment.md",
)
WIDTH = 100
"""Letters of a line where --text goes to a file."""


@click.command("report", epilog=EXAMPLE)
@click.argument("what", metavar="VERSION|RUN")
@click.option("--against", metavar="VERSION|RUN", default="", help="Compare with another version, or another run.")
@options.store
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it here.")
@click.option("--text", is_flag=True, help="Print it in the terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print its numbers as one JSON object.")
@click.option("--markdown", is_flag=True, help="Print it as Markdown for a pull request, at most 60,000 characters.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of its own words.")
@click.option("--open", "open_it", is_flag=True, help="Open the page in the browser.")
def command(
    what: str,
    against: str,
    store: Path,
    out: Path | None,
    text: bool,
    as_json: bool,
    markdown: bool,
    lang: Literal["en", "zh"],
    open_it: bool,
) -> None:
    """Show the report of VERSION, or of a RUN of `dprep train`: one page that needs no network.

    Every version and run has its page, report.html; with --against or --lang zh a page is written into the current folder,
    or to --out.
    """
    from dprep import api

    if out is not None and out.is_dir():
        raise click.UsageError(f"--out names a folder, `{out}`")
    form = _form({"text": text, "json": as_json, "markdown": markdown}, open_it=open_it)
    if form is None:
        _page(what, against, lang, store, out, open_it=open_it)
    elif form == "json":
        _print(_json(api.facts(what, against=against, store=store).to_json()), out)
    else:
        report = api.report(what, against=against, language=lang, store=store)
        _in_letters(report, form, out)


def _form(asked: dict[str, bool], *, open_it: bool) -> str | None:
    """What is wanted instead of the page."""
    wanted = [name for name, is_wanted in asked.items() if is_wanted]
    if len(wanted) > 1:
        raise click.UsageError(f"--{wanted[0]} and --{wanted[1]} cannot both be asked for")
    if wanted and open_it:
        raise click.UsageError(f"--open opens a page, so it does not go with --{wanted[0]}")
    return wanted[0] if wanted else None


def _page(what: str, against: str, lang: Literal["en", "zh"], store: Path, out: Path | None, *, open_it: bool) -> None:
    page = _own_page(what, store) if not against and lang == "en" else None
    if page is None or out is not None:
        page = _written(what, against, lang, store, out, page)
    click.echo(str(page))
    if open_it and click.launch(page.resolve().as_uri()):
        click.echo("no browser could be opened; open the file above", err=True)


def _own_page(what: str, store: Path) -> Path | None:
    """The page in the folder of a version or a run; one that was made elsewhere may come without."""
    from dprep import api
    from dprep.train.runs import is_meant, resolve

    folder = resolve(store, what).folder if is_meant(store, what) else api.open(what, store=store).folder
    page = folder / "report.html"
    return page if page.is_file() else None


def _written(what: str, against: str, lang: Literal["en", "zh"], store: Path, out: Path | None, own: Path | None) -> Path:
    """A copy of the page that there is, or a new one."""
    from dprep import api

    if own is not None:
        content: bytes | str = own.read_bytes()
    else:
        from dprep.report.renderers.html_page.page import write_page

        content = write_page(api.report(what, against=against, language=lang, store=store))
    path = out or Path(_name(what, against, lang, store))
    _put(path, content)
    return path


def _put(path: Path, content: bytes | str) -> None:
    """Whole or not at all; what is no file of its own (a link, a pipe, `/dev/stdout`) is written through, never replaced."""
    from dprep.store.commit import guarded, write_file

    with faults.outside_the_store("name another file with `--out`, on a disk with room that this user may write"):
        if path.is_symlink() or (path.exists() and not path.is_file()):
            with guarded(path):
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        else:
            write_file(path, content)


def _name(what: str, against: str, lang: str, store: Path) -> str:
    """`report-support-v3-against-support-v2-zh.html`."""
    names = [_called(each, store) for each in (what, against) if each]
    return f"report-{'-against-'.join(names)}{'-zh' if lang == 'zh' else ''}.html"


def _called(reference: str, store: Path) -> str:
    from dprep import api
    from dprep.train.runs import is_meant, resolve

    if is_meant(store, reference):
        return resolve(store, reference).name
    return str(api.open(reference, store=store)).replace("@", "-")


def _in_letters(report: Report, form: str, out: Path | None) -> None:
    if form == "markdown":
        from dprep.report.renderers import markdown

        _print(markdown.render(report).rstrip("\n"), out)
        return
    import io

    from rich.console import Console

    from dprep.report.renderers import terminal

    console = Console(highlight=False)
    if out is None and console.is_terminal:
        console.print(terminal.render(report))
        return
    written = io.StringIO()
    width = console.width if out is None else WIDTH
    Console(file=written, width=width, color_system=None, highlight=False).print(terminal.render(report))
    _print("\n".join(line.rstrip() for line in written.getvalue().splitlines()), out)


def _json(told: dict[str, Any]) -> str:
    import orjson

    return orjson.dumps(told, default=str, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS).decode()


def _print(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text)
        return
    _put(out, f"{text}\n")
    click.echo(str(out))
