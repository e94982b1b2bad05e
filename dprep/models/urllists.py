"""Block lists of domains and URLs that a user keeps in files: plain, hosts files, adblock rules, UT1's folders."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import polars as pl

from dprep.models.lists import lines

_OWN = frozenset({"localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0", "ip6-localhost", "ip6-loopback"})
_ADDRESS = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*)\s+(\S.*)", re.IGNORECASE)
SCHEME = r"^[a-z][a-z0-9+.-]*://"
_USER = r"^[^/?#@]*@"
_PORT = r":[0-9]*$"


def plain(urls: pl.Series) -> pl.Series:
    """URLs in lower case, without scheme, user, fragment and the slash at the end."""
    found = urls.str.to_lowercase().str.strip_chars().str.replace(SCHEME, "").str.strip_prefix("//").str.replace(_USER, "")
    return found.str.replace(r"(?s)#.*$", "").str.strip_chars_end("/")


def hosts(plain_urls: pl.Series) -> pl.Series:
    """The hosts of URLs that `plain` has made, without port and final dot."""
    return plain_urls.str.replace(r"(?s)[/?].*$", "").str.replace(_PORT, "").str.strip_chars_end(".")


@cache
def domains(path: str) -> tuple[str, ...]:
    """The domains of a list, or of the file `domains` in a folder. Raises Error (`unreadable-file`)."""
    found: list[str] = []
    for line in lines(_file(path, "domains")):
        entry = line.partition("#")[0].strip()
        address = _ADDRESS.fullmatch(entry)
        names = address[1].split() if address else [entry]
        found += [name.removeprefix("||").removesuffix("^").removeprefix("*").removeprefix(".") for name in names]
    kept = pl.Series([name for name in found if not name.startswith(("!", "["))], dtype=pl.String)
    return tuple(dict.fromkeys(name for name in hosts(plain(kept)) if name and name not in _OWN))


@cache
def urls(path: str) -> tuple[str, ...]:
    """The URLs of a list, or of the file `urls` in a folder, as `plain` writes them. Raises Error (`unreadable-file`)."""
    listed = pl.Series([line for line in lines(_file(path, "urls")) if not line.startswith("#")], dtype=pl.String)
    return tuple(url for url in plain(listed) if url)


@cache
def words(path: str) -> tuple[str, ...]:
    """The words of a list, in lower case, letters and digits alone. Raises Error (`unreadable-file`)."""
    listed = pl.Series([line for line in lines(path) if not line.startswith("#")], dtype=pl.String)
    return tuple(dict.fromkeys(word for word in listed.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", "") if word))


def _file(path: str, name: str) -> str:
    return str(Path(path) / name) if Path(path).is_dir() else path
