"""Apertium, the rule-based translator that Debian packages: no weights, some hundred sentences a second.

A batch is one run of its command. Each text is followed by a full stop that is taken away again and by a blank of Apertium's
own stream format that holds the text's number, so that no text leaks into its neighbour and none is lost unseen.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import xxhash

from dprep.base.files import content_hash
from dprep.base.problem import Error, fail
from dprep.models.translators import Wish

COMMAND = "apertium"
_RESERVED = re.compile(r"[\[\]{}^$/\\@<>]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NUMBER = re.compile(r"\[\n(\d+)\n\]")
_BLANKS = re.compile(" {2,}")
_LETTER = re.compile(r"[^\W\d_]")
_QUOTED = re.compile(r"'([^']+)'")
_LEAST = 256
"""Texts worth a process of their own."""
_SECONDS = 900


@dataclass(frozen=True)
class Apertium:
    """The command `apertium`, if it knows the languages that are wished."""

    by_sentence: ClassVar[bool] = True

    def fits(self, texts: Sequence[str], wish: Wish) -> list[bool]:
        return [True] * len(texts)

    def translate(self, texts: Sequence[str], seeds: Sequence[int], wish: Wish) -> list[str | None]:
        direction = f"{wish.source}-{wish.target}"
        # the command is a pipe of a dozen processes, of which two or so are busy
        ways = max(1, min((os.cpu_count() or 1) // 2, len(texts) // _LEAST))
        size = -(-len(texts) // ways)
        chunks = [texts[start : start + size] for start in range(0, len(texts), size)]
        with ThreadPoolExecutor(ways) as pool:
            return [answer for some in pool.map(lambda chunk: _translated(chunk, direction), chunks) for answer in some]


@cache
def apertium(directions: tuple[str, ...]) -> Apertium:
    """The translator, if all `directions` ("eng-spa") are installed. Raises Error (`no-provider`)."""
    if shutil.which(COMMAND) is None:
        raise no_provider("the command `apertium` is not installed", directions)
    known = _directions()
    missing = [direction for direction in directions if direction not in known]
    if missing:
        raise no_provider(f"Apertium cannot translate `{missing[0]}` on this machine", directions)
    return Apertium()


def no_provider(sentence: str, directions: Sequence[str]) -> Error:
    """The problem of a machine that lacks what Apertium needs."""
    pair = directions[0] if directions else "eng-spa"
    known = ", ".join(f"`{each}`" for each in _directions()) if shutil.which(COMMAND) else ""
    help = f"on Debian `apt-get install apertium apertium-{pair}` may provide it (`apt-cache search apertium-` lists all)"
    return fail("no-provider", sentence, f"{help}; here it knows {known}" if known else help)


def data_hash(direction: str) -> str:
    """A hash of the rules and dictionaries behind a direction; empty where they cannot be found."""
    command = shutil.which(COMMAND)
    mode = Path(command).resolve().parent.parent / "share" / "apertium" / "modes" / f"{direction}.mode" if command else None
    if mode is None or not mode.is_file():
        return ""
    files = sorted({Path(path) for path in _QUOTED.findall(mode.read_text("utf-8"))})
    return xxhash.xxh3_128_hexdigest(" ".join(content_hash(str(file)) for file in files if file.is_file()).encode())


@cache
def _directions() -> tuple[str, ...]:
    told = subprocess.run([COMMAND, "-l"], capture_output=True, text=True, timeout=_SECONDS, check=False)
    return tuple(told.stdout.split())


def _translated(texts: Sequence[str], direction: str) -> list[str | None]:
    """The translations; where the command stumbles, the text at fault is found by halving."""
    stream = "".join(f"{_stream(text)}.[][\n{number}\n]" for number, text in enumerate(texts))
    done = subprocess.run(
        [COMMAND, "-u", "-f", "none", direction], input=stream.encode(), capture_output=True, timeout=_SECONDS, check=False
    )
    found = _NUMBER.split(done.stdout.decode("utf-8", "replace"))
    if done.returncode == 0 and found[1::2] == [str(number) for number in range(len(texts))]:
        return [_plain(answer, text) for answer, text in zip(found[::2], texts, strict=False)]
    if len(texts) == 1:
        return [None]
    half = len(texts) // 2
    return _translated(texts[:half], direction) + _translated(texts[half:], direction)


def _stream(text: str) -> str:
    """`text` as Apertium's programs read it: a null would end the stream."""
    return _RESERVED.sub(r"\\\g<0>", text.replace("\0", " "))


def _plain(answer: str, text: str) -> str | None:
    answer = answer.strip()
    if not answer.endswith(".[]"):
        return None
    plain = _ESCAPED.sub(r"\1", answer.removesuffix(".[]").replace("[]", "")).strip()
    if "  " not in text:  # words that a rule takes out leave their blank behind
        plain = _BLANKS.sub(" ", plain)
    return _as_cased(plain, text) or None


def _as_cased(plain: str, text: str) -> str:
    """`plain` with a small first letter where `text` has one: what stands first is taken for the start of a sentence."""
    was, now = _LETTER.search(text), _LETTER.search(plain)
    if was is None or now is None or not was[0].islower() or plain[now.end() : now.end() + 1].isupper():
        return plain
    return plain[: now.start()] + now[0].lower() + plain[now.end() :]
