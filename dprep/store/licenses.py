"""Licences as the Hugging Face hub spells them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_KNOWN = frozenset(
    """
    apache-2.0 mit openrail bigscience-bloom-rail-1.0 afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause
    bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0
    cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0
    cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0
    eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc lppl-1.3c ms-pl mpl-2.0 odc-by odbl
    openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl llama2 llama3 gemma unknown
    """.split()  # noqa: SIM905
)
"""Source: the hub's table of licence identifiers (hub-docs, repositories-licenses)."""

_OTHERWISE = {
    "apache 2.0": "apache-2.0",
    "apache": "apache-2.0",
    "cc0": "cc0-1.0",
    "odc-by-1.0": "odc-by",
    "odbl-1.0": "odbl",
    "pddl-1.0": "pddl",
    "gfdl-1.3": "gfdl",
    "gfdl-1.2": "gfdl",
    "bsd-3": "bsd-3-clause",
}


def hub_license(names: Iterable[str]) -> dict[str, Any]:
    """`license` of the front matter, one or a sorted list; what the hub has no word for is `other` with its name."""
    stated = [name.strip() for name in names if name.strip()]
    if not stated:
        return {}
    ids = {name: hub_id(name) for name in stated}
    found = sorted(set(ids.values()))
    others = sorted({name for name, id in ids.items() if id == "other"})
    named = {"license_name": re.sub(r"[^a-z0-9.]+", "-", " ".join(others).lower()).strip("-") or "other"} if others else {}
    return {"license": found[0] if len(found) == 1 else found, **named}


def hub_id(name: str) -> str:
    """The hub's identifier of a licence given by its SPDX name or a common short name, else `other`."""
    plain = re.sub(r"-(only|or-later)$", "", name.strip().lower()).removesuffix("+")
    plain = _OTHERWISE.get(plain, plain.replace(" ", "-"))
    return plain if plain in _KNOWN else "other"
