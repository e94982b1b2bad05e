"""Write `corpora/web/` and `corpora/chat/` from the pieces of `corpora/pieces/`: `python corpora/make_web.py [FOLDER]`.

Needs nothing but Python. The same seed gives the same bytes. Every record says which rule it breaks (`rule`, empty for
none) and where the rule packs of `recipes/` must drop it (`expect`: pack -> "step reason"; packs not named keep it).
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import chats
import web_en
import web_zh

SEED = 20_250
HERE = Path(__file__).parent


def pieces(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / "pieces" / name).read_text("utf-8"))


def addressed(pages: Iterable[web_en.Page], language: str) -> list[dict[str, Any]]:
    """The pages as a crawler stores them."""
    found = []
    for number, page in enumerate(pages, 1):
        place = "page-3" if page.url == "page-3" else f"page-{number}"
        url = page.url if page.url.startswith("https:") else f"https://county.example/{language}/{place}"
        found.append({"id": f"{language}-{number:02}", "url": url, "text": page.text, "rule": page.rule, "expect": page.expect})
    return found


def conversations(found: Iterable[chats.Chat]) -> list[dict[str, Any]]:
    return [
        {"id": f"chat-{number:02}", "messages": chat.messages, "rule": chat.rule, "expect": chat.expect}
        for number, chat in enumerate(found, 1)
    ]


def write(path: Path, records: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")


def main(folder: Path) -> None:
    write(folder / "web" / "en.jsonl", addressed(web_en.pages(pieces("web.en.toml"), SEED), "en"))
    write(folder / "web" / "zh.jsonl", addressed(web_zh.pages(pieces("web.zh.toml"), SEED), "zh"))
    write(folder / "chat" / "chats.jsonl", conversations(chats.chats(pieces("chats.toml"))))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
