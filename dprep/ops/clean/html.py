"""Take the text out of HTML: mails, pages, fields of a content system.

`extract = "all"` keeps all visible text; `"main"` keeps the main content of a page and leaves out navigation, headers, footers,
comments (where nothing is found, all text). Paragraphs, headings, tables and quotations stand apart by an empty line, other
blocks and `<br>` by a line break, table cells by a tab; `<pre>` keeps its blanks; entities are decoded. Scripts, styles, the
head, templates, comments, iframes and `<noscript>` go. A text whose only tags are inline ones (`<b>`, `<a>`) keeps its own line
breaks and blanks. A text without a tag or an entity is not touched: `a < b`, `x <y> z` and `AT&T` stay, for only names of HTML
elements make a tag and only `&name;` or `&#number;` an entity.

Do not use it on program code or on Markdown, where tags may be meant. Since cleaning twice must be cleaning once, the result is
cleaned again while it holds tags or entities: a page *about* HTML that shows `&lt;b&gt;` loses such tags, and
`&amp;amp;lt;` becomes `<`. What only looks like a tag (`vector&lt;int&gt;`, `&lt;stdio.h&gt;`) stays.
Pages nested deeper than 512 elements are read without building a tree, with simpler rules.

**Chinese.** Line breaks of the source between two characters become a space, as browsers show them; `join_cjk` of
`clean.whitespace` drops it. Text must be decoded already: a `charset` in the page is not heeded.

Source: 512 is the depth at which Chromium's parser flattens a page; which elements are blocks follows the rendering section of
the HTML standard. Libraries: selectolax (lexbor) for all text, resiliparse for main content.

```toml
op = "clean.html"
```
```diff
- {"text": "<p>Dear team,</p><p>my order &#8470;7 &amp; invoice<br>are <b>late</b>.</p>"}
+ {"text": "Dear team,\\n\\nmy order №7 & invoice\\nare late."}
- {"text": "5 &lt; 6 &amp;&nbsp;so on"}
+ {"text": "5 < 6 &\\u00a0so on"}
  {"text": "if a < b and c > d: AT&T"}
- {"text": "<table><tr><td>数量<td>3</table><script>alert(1)</script>"}
+ {"text": "数量\\t3"}
```

```toml
op = "clean.html"
extract = "main"
```
```diff
- {"text": "<html><body><nav><a href='/'>Home</a></nav><main><h1>News</h1><p>It rained all day.</p></main></body></html>"}
+ {"text": "News\\n\\nIt rained all day."}
  {"text": "no markup"}
```
"""

import html
import html.entities
import re
from typing import ClassVar, Literal

import polars as pl
from resiliparse.extract.html2text import extract_plain_text
from selectolax.lexbor import LexborHTMLParser

from dprep.base.operator import Clean
from dprep.base.text import Text
from dprep.kernels.markup import APART, BLOCK, CELL, LINE_BREAK, PREFORMATTED, between


def _named(names: str) -> frozenset[str]:
    return frozenset(names.split())


_HIDDEN = _named("script style head template noscript noframes iframe object embed title")
_APART = _named("p h1 h2 h3 h4 h5 h6 blockquote table hr figure")
_BLOCKS = _APART | _named(
    "address article aside body caption center dd details dialog dir div dl dt fieldset figcaption footer form header hgroup"
    " html legend li main menu nav ol optgroup option pre search section summary tbody tfoot thead tr ul"
)
_VOID = _named("area base br col embed hr img input link meta param source track wbr")
_CLOSED_BY_OTHERS = _named("p li dt dd option tr td th tbody thead tfoot optgroup colgroup rp rt html head body")
_INLINE = _named(
    "a abbr acronym audio b basefont bdi bdo big blink button canvas cite code data datalist del dfn em font frame frameset i"
    " ins kbd label map mark marquee math meter nobr o:p output picture plaintext progress q ruby s samp select slot"
    " small span strike strong sub sup svg textarea time tt u var video xmp"
)
_ELEMENTS = _HIDDEN | _BLOCKS | _VOID | _CLOSED_BY_OTHERS | _INLINE
"""Names of HTML elements; anything else in angle brackets is text."""

_KINDS = (
    *((name, APART if name in _APART else BLOCK) for name in sorted(_BLOCKS - {"pre"})),
    *(("br", LINE_BREAK), ("pre", PREFORMATTED), ("td", CELL), ("th", CELL)),
)
_BLOCK_SELECTOR = ", ".join(sorted(_BLOCKS - {"html", "body"} | {"br", "td", "th"}))
_DEPTH = 512
_START_OR_END = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)")
_HIDDEN_TEXT = re.compile(r"<(script|style|template|noscript|title|iframe)\b(?:.*?</\1\s*>|.*)", re.IGNORECASE | re.DOTALL)

_ROUNDS = 10
"""Layers of escaping that are taken off; three is the most met in real pages."""

_SIGN = r"<[a-zA-Z/!?]|&[#a-zA-Z]"
_TAG = re.compile(
    rf"<(?:!--|!doctype\b|!\[cdata\[|\?xml\b|/?(?:{'|'.join(sorted(_ELEMENTS))})(?=[\s/>])[^<>]*>)", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_ESCAPED_TWICE = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);)+(?=[a-zA-Z#])")


class Html(Clean):
    libraries: ClassVar[tuple[str, ...]] = ("selectolax", "Resiliparse")

    extract: Literal["all", "main"] = "all"
    """All visible text, or the main content of a page."""

    def edit(self, text: Text) -> pl.Series:
        rows = text.series.str.contains(_SIGN).arg_true()
        if not len(rows):
            return text.series
        edited = [self._plain(one) for one in text.series.gather(rows)]
        return text.series.clone().scatter(rows, pl.Series(edited, dtype=pl.String))

    def _plain(self, text: str) -> str:
        parsed = False
        for _ in range(_ROUNDS):
            # layers of `&amp;` come off at once, so that their number costs no rounds
            before, text = text, _ESCAPED_TWICE.sub("&", text)
            if _TAG.search(text):
                # a second parse would take line breaks and code for markup: what is left now was shown to readers
                text = _TAG.sub(_gap, text) if parsed else _without_tags(text, self.extract == "main")
                parsed = True
            elif _ENTITY.search(text):
                text = _ENTITY.sub(_decoded, text)
            if text == before:
                break
        return text


def _gap(match: re.Match[str]) -> str:
    """What stands for a single tag."""
    return "\n" if _breaks_line(re.split(r"[\s/>]", match[0].lstrip("</").lower())[0]) else ""


def _decoded(match: re.Match[str]) -> str:
    """The character an entity stands for; an unknown name stays as it is."""
    entity = match[0]
    return html.unescape(entity) if entity[1] == "#" else html.entities.html5.get(entity[1:], entity)


def _without_tags(text: str, main: bool) -> str:
    if _is_deep(text):
        return _flat_text(text)
    tree = LexborHTMLParser(text)
    if main and _has_blocks(tree):
        found: str = extract_plain_text(text, main_content=True, preserve_formatting=True, list_bullets=False, alt_texts=False)
        if found.strip():
            return found.strip()
    return _tree_text(tree)


def _breaks_line(tag: str) -> bool:
    """Whether text before and after a tag of this element stands on two lines."""
    return tag in _BLOCKS or tag == "br"


def _has_blocks(tree: LexborHTMLParser) -> bool:
    """Whether the page has any element that stands apart."""
    return tree.css_first(_BLOCK_SELECTOR) is not None


def _tree_text(tree: LexborHTMLParser) -> str:
    """The visible text of a parsed page. Hidden elements are taken out of the tree."""
    keep_blanks = not _has_blocks(tree)
    tree.strip_tags(sorted(_HIDDEN))
    return _text(tree.html or "", keep_blanks)


def _is_deep(text: str) -> bool:
    """Whether elements may nest deeper than _DEPTH. Parsers take time by the square of the depth."""
    if text.count("<") <= _DEPTH:
        return False
    depth = 0
    for end, name in _START_OR_END.findall(text):
        tag = name.lower()
        if tag not in _VOID and tag not in _CLOSED_BY_OTHERS:
            depth = max(0, depth - 1) if end else depth + 1
            if depth > _DEPTH:
                return True
    return False


def _flat_text(text: str) -> str:
    """The text between tags, in time linear in its length, for pages that no tree should be built of."""
    return _text(_HIDDEN_TEXT.sub(" ", text), keep_blanks=False)


def _text(markup: str, keep_blanks: bool) -> str:
    return html.unescape(between(markup.encode(), _KINDS, keep_blanks=keep_blanks).decode())
