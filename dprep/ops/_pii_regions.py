"""The regions whose phone numbers are known without a country's code."""

from __future__ import annotations

from dprep.base.problem import Error, Problem


def check_regions(regions: tuple[str, ...]) -> None:
    """Raise Error for what cannot be a region."""
    wrong = [region for region in regions if not (len(region) == 2 and region.isascii() and region.isupper())]
    if wrong:
        help = "a region is two capital letters (ISO 3166-1), such as `GB`"
        raise Error(Problem("wrong-value", f"`regions` names `{wrong[0]}`, which is no region", help=help))
