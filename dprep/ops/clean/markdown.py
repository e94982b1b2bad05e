"""Make plain text of Markdown: notes, README files, answers of chat models.

Marks of headings, emphasis, quotations, links and images go and their words stay; entities and backslash escapes are decoded.
Blocks stand apart by an empty line, items of a list by a line break behind `-` or their number; the cells of a table are parted
by tabs. A text without Markdown in it is not touched, whatever its line breaks: `2 * 3 * 4`, `snake_case` and `#hashtag` stay.

Formulas come through as they are, marks and all: `\\(x^2\\)`, `\\[ … \\]`, `$$ … $$`, and `$…$` on one line, with no blank
inside next to a dollar and no digit behind (`$5 and $6` is none). None goes over an empty line. Brackets behind backslashes
that hold words or a number only (`\\[1\\]`) are escaped brackets.

Do not use it before training a model that shall write Markdown, nor on program code: `# comment` is a heading, and indents
go. Of code without a fence only names such as `__init__` are safe, where a quote, dot, bracket or `=` tells them from
`__bold__`: `def __init__(self)`, `if __name__ == "__main__"`.

**Chinese.** `**重点**` loses its stars only where CommonMark sees emphasis: `**“重点”**是` is none, for a closing mark after
punctuation must be followed by a blank or punctuation, and its stars stay. A line break inside a paragraph stays one.

Source: CommonMark 0.31 with the tables and strikethrough of GitHub Flavored Markdown, as markdown-it-py reads them. Front
matter is what stands between `---` lines at the very start, as Jekyll and Hugo write it.

```toml
op = "clean.markdown"
```
```diff
- {"text": "# Title\\n\\nSome *words* and [a link](http://a.b), `code`.\\n\\n- one\\n- two"}
+ {"text": "Title\\n\\nSome words and a link, code.\\n\\n- one\\n- two"}
- {"text": "| 货号 | 数量 |\\n|---|---|\\n| A1 | **3** |"}
+ {"text": "货号\\t数量\\nA1\\t3"}
- {"text": "**Area:** \\\\(\\\\pi r^2\\\\) or $a_1 * b_1*c$"}
+ {"text": "Area: \\\\(\\\\pi r^2\\\\) or $a_1 * b_1*c$"}
  {"text": "2 * 3 * 4 in snake_case #hashtag"}
  {"text": "two\\nlines"}
```

```toml
op = "clean.markdown"
code = "drop"
links = "target"
images = "drop"
```
```diff
- {"text": "Run:\\n\\n```sh\\nls\\n```\\n\\nsee [this](http://a.b) ![logo](l.png)"}
+ {"text": "Run:\\n\\nsee this (http://a.b)"}
  {"text": "nothing to see"}
```
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Literal

import polars as pl

from dprep.base.operator import Clean
from dprep.base.text import Text
from dprep.ops.clean._formulas import Unread

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_SIGN = r"[*_`~\[\\<&|]|(?m)^ {0,3}(?:#{1,6}[ \t]|>|[-+][ \t]|\d{1,9}[.)][ \t]|[-=]+[ \t]*$)|^\t|^    "
"""What every Markdown construct has one of."""
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[a-zA-Z][^<>]*>", re.DOTALL | re.IGNORECASE)
_NO_GAP = frozenset(("list_item_close", "thead_open", "thead_close", "tbody_open", "tbody_close", "th_close", "td_close"))
_NESTING = 100
"""Depth of quotations and lists that is read; what lies deeper is left out, so such a text stays as it is."""
_PLAIN = frozenset(("paragraph_open", "paragraph_close", "inline", "text", "softbreak"))


class Markdown(Clean):
    libraries: ClassVar[tuple[str, ...]] = ("markdown-it-py",)
    exempt: ClassVar[dict[str, str]] = {
        "twice": "What a backslash or a code block had shown as it is reads as Markdown the second time."
    }

    code: Literal["keep", "drop"] = "keep"
    """Code blocks: their text, or nothing. Code within a line always stays."""

    links: Literal["text", "target"] = "text"
    """Of a link its words, or its words and its address in brackets."""

    images: Literal["alt", "drop"] = "alt"
    """Of an image its description, or nothing."""

    tables: Literal["keep", "drop"] = "keep"
    """Tables as lines of cells parted by tabs, or nothing."""

    html: Literal["drop", "keep"] = "drop"
    """HTML tags in the text; what stands between them always stays."""

    front_matter: Literal["drop", "keep"] = "drop"
    """What stands between `---` lines at the start of a file."""

    def edit(self, text: Text) -> pl.Series:
        rows = text.series.str.contains(_SIGN).arg_true()
        if not len(rows):
            return text.series
        edited = [self._plain(one) for one in text.series.gather(rows)]
        return text.series.clone().scatter(rows, pl.Series(edited, dtype=pl.String))

    def _plain(self, text: str) -> str:
        front = _FRONT_MATTER.match(text)
        body = text[front.end() :] if front else text
        unread = Unread(body)
        tokens = _parser().parse(unread.text)
        if front is None and all(_is_plain(token) for token in tokens):
            return text
        kept = front[0] if front and self.front_matter == "keep" else ""
        deep = any(token.level >= _NESTING - 1 for token in tokens)
        return text if deep else kept + unread.restored(_Writer(self).written(tokens))


def _is_plain(token: "Token") -> bool:
    """Whether a token is there in any text, Markdown or not."""
    inside = token.children or ()
    return token.type in _PLAIN and all(child.type in _PLAIN for child in inside) and "\\" not in token.content


class _Writer:
    """Plain text of tokens, block by block."""

    def __init__(self, asked: Markdown) -> None:
        self.asked = asked
        self.out: list[str] = []
        self.gap = ""
        self.mark = ""
        self.depth = 0
        self.tight = False
        self.dropped = 0
        self.in_row = False

    def written(self, tokens: Sequence["Token"]) -> str:
        for token in tokens:
            self._block(token)
        return "".join(self.out)

    def _put(self, text: str) -> None:
        if self.dropped or not text.strip():
            return
        indent = "  " * max(0, self.depth - 1)
        self.out.append((self.gap if self.out else "") + (indent + self.mark if self.mark else "") + text)
        self.gap, self.mark = "", ""

    def _apart(self, breaks: int) -> None:
        self.gap = max(self.gap, "\n" * breaks, key=len)

    def _block(self, token: "Token") -> None:
        kind = token.type
        if kind in {"bullet_list_open", "ordered_list_open"}:
            self.depth += 1
            self._apart(1 if self.depth > 1 else 2)
        elif kind in {"bullet_list_close", "ordered_list_close"}:
            self.depth -= 1
            self._apart(1 if self.depth else 2)
        elif kind == "list_item_open":
            self._item(token.info)
        elif kind in {"table_open", "table_close"}:
            self.dropped += (1 if kind == "table_open" else -1) if self.asked.tables == "drop" else 0
            self._apart(2)
        elif kind in {"tr_open", "tr_close"}:
            self._apart(1)
            self.in_row = False
        elif kind in {"th_open", "td_open"}:
            self.gap = "\t" if self.in_row else self.gap
            self.in_row = True
        elif kind == "inline":
            self._put(self._inline(token.children or []))
        elif kind in {"fence", "code_block"}:
            self._apart(2)
            self._put(token.content.rstrip("\n") if self.asked.code == "keep" else "")
            self._apart(2)
        elif kind == "html_block":
            self._apart(2)
            self._put((token.content if self.asked.html == "keep" else _TAG.sub("", token.content)).strip())
            self._apart(2)
        elif token.block and not token.hidden and kind not in _NO_GAP:
            self._apart(2)
        elif token.hidden or kind == "list_item_close":
            self._apart(1)

    def _item(self, number: str) -> None:
        """Numbers are those that the writer gave, not counted on from the first."""
        self._apart(1)
        self.mark = f"{number}. " if number else "- "

    def _inline(self, tokens: Sequence["Token"]) -> str:
        out: list[str] = []
        targets: list[str] = []
        for token in tokens:
            if token.type in {"text", "code_inline", "text_special"}:
                out.append(token.content)
            elif token.type in {"softbreak", "hardbreak"}:
                out.append("\n")
            elif token.type == "image" and self.asked.images == "alt":
                out.append(self._inline(token.children or []))
            elif token.type == "html_inline" and self.asked.html == "keep":
                out.append(token.content)
            elif token.type == "link_open":
                targets.append(str(token.attrGet("href") or ""))
            elif token.type == "link_close":
                target = targets.pop()
                shown = self.asked.links == "target" and target and token.markup != "autolink"
                out.append(f" ({target})" if shown else "")
        return "".join(out).strip()


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable(["table", "strikethrough"])
