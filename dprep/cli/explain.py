"""`dprep explain`: the long text behind the code of a problem."""

from __future__ import annotations

import click

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.cli import options

EXAMPLE = options.example("dprep explain missing-column", "dprep explain")


@click.command("explain", epilog=EXAMPLE)
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain the CODE of a problem, as it stands in `error[CODE]`; without one, list all."""
    from dprep.plan.codes import CODES

    if code is None:
        width = max(map(len, CODES))
        for name in sorted(CODES):
            click.echo(f"{name:<{width}}  {CODES[name][0]}")
        return
    code = code.strip().removeprefix("error[").removeprefix("warning[").rstrip("]:")
    if code not in CODES:
        help = did_you_mean(code, CODES) or "`dprep explain` lists the codes"
        raise Error(Problem("unknown-code", f"no problem has the code `{code}`", help=help))
    title, text = CODES[code][:2]
    click.echo(f"{click.style(code, bold=True)}: {title}\n\n{text.strip()}")
