"""The long text of every problem code: `dprep explain CODE` and `docs/problems.md` print it. The texts are in `codes.md`."""

from __future__ import annotations

from pathlib import Path


def _pages() -> dict[str, tuple[str, str]]:
    text = Path(__file__).with_name("codes.md").read_text(encoding="utf-8")
    pages = {}
    for page in text.split("\n## ")[1:]:
        code, _, rest = page.partition("\n")
        title, _, body = rest.strip().partition("\n")
        pages[code.strip()] = (title.strip(), body.strip())
    return pages


CODES = _pages()
"""Code -> (title, text in Markdown: what it means, an example that is wrong, the cure)."""
