"""Take the text out of HTML: mails, pages, fields of a content system.

`extract = "all"` keeps all visible text; `"main"` keeps the main content of a page and leaves out navigation, headers, footers,
teasers and readers' comments (where nothing is found, all text). Paragraphs, headings, tables and quotations stand apart by an
empty line, other blocks and `<br>` by a line break, table cells by a tab; `<pre>` keeps its blanks; entities are decoded.
Scripts, styles, the head, templates, comments, iframes and `<noscript>` go. A text whose only tags are inline ones (`<b>`,
`<a>`) keeps its own line breaks and blanks. A text without a tag or an entity is not touched: `a < b`, `x <y> z` and `AT&T`
stay, for only names of HTML elements make a tag and only `&name;` or `&#number;` an entity. `format = "markdown"` keeps
headings, lists, tables, quotations, code, emphasis and, if asked, links as Markdown; signs that mean something there are not
escaped.

What is content is told by decision trees that look at every block of text: its length and links, the elements around it,
their class names, its neighbours. They were grown on 964 pages, mostly news and blogs in German and English, so they do best
there; documentation, shops and forums are kept less surely, and a title that stands outside the story may go with the header.
`favor = "precision"` keeps less, `"recall"` more. `extractor` puts another library's main content in its place. On 60 articles
that people marked (F1 of 4-word runs): these trees 0.963, trafilatura with precision 0.964, trafilatura 0.955, resiliparse
0.909; trafilatura takes four to five times as long, resiliparse less than half.

Do not use it on program code or on Markdown, where tags may be meant. Since cleaning twice must be cleaning once, the result is
cleaned again while it holds tags or entities: a page *about* HTML that shows `&lt;b&gt;` loses such tags, and
`&amp;amp;lt;` becomes `<`. What only looks like a tag (`vector&lt;int&gt;`, `&lt;stdio.h&gt;`) stays.
Pages nested deeper than 512 elements are read without building a tree, with simpler rules: all their text is kept.

**Chinese.** A han or kana character counts as two letters where lengths are judged. Line breaks of the source between two
characters become a space, as browsers show them; `join_cjk` of `clean.whitespace` drops it. Text must be decoded already: a
`charset` in the page is heeded where `.html` and WARC files are read, not here.

Source: 512 is the depth at which Chromium's parser flattens a page; which elements are blocks follows the rendering section of
the HTML standard. The trees are grown by benchmarks/_html_model.py, the figures measured by benchmarks/html.py on the pages of
scrapinghub's article-extraction-benchmark. Libraries: selectolax (lexbor) parses; resiliparse, and trafilatura of the extra
`html`, when asked for.

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
- {"text": "<p>It rained all day, and so the river rose by a hand, or two.</p><footer><a href='/'>Home</a></footer>"}
+ {"text": "It rained all day, and so the river rose by a hand, or two."}
  {"text": "no markup"}
```

```toml
op = "clean.html"
format = "markdown"
links = true
```
```diff
- {"text": "<h2>Steps</h2><ol><li>Open <a href='/door'>the door</a><li>Say <em>hello</em></ol><pre>x  = 1</pre>"}
+ {"text": "## Steps\\n\\n1. Open [the door](/door)\\n2. Say *hello*\\n\\n```\\nx  = 1\\n```"}
- {"text": "<table><tr><th>货号<th>数量<tr><td>A1<td>3</table>"}
+ {"text": "| 货号 | 数量 |\\n| --- | --- |\\n| A1 | 3 |"}
  {"text": "*no* markup"}
```
"""

import html
import html.entities
import re
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

import polars as pl
from selectolax.lexbor import LexborHTMLParser

from dprep.base.operator import Clean
from dprep.base.problem import fail
from dprep.base.text import Text
from dprep.kernels.markup import APART, BLOCK, CELL, LINE_BREAK, PREFORMATTED, between, deepest
from dprep.ops.clean._html_markdown import markdown
from dprep.ops.clean._main_content import Favor, main_markup


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
_NOT_CONTENT = sorted(_HIDDEN | _named("svg select textarea button canvas audio video dialog"))
"""What goes before the main content is looked for."""
_BLOCK_TAG = re.compile(rf"<(?:{'|'.join(sorted(_BLOCKS - {'html', 'body'} | {'br', 'td', 'th'}))})[\s/>]", re.IGNORECASE)
_NOT_COUNTED = tuple((name, 1) for name in sorted(_VOID | _CLOSED_BY_OTHERS))
_BLOCK_SELECTOR = ", ".join(sorted(_BLOCKS - {"html", "body"} | {"br", "td", "th"}))
_DEPTH = 512
_MANY_BREAKS = re.compile(r"\n{3,}")
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

    format: Literal["text", "markdown"] = "text"
    """Plain text, or Markdown with headings, lists, tables, code and emphasis."""

    extractor: Literal["dprep", "resiliparse", "trafilatura"] = "dprep"
    """What finds the main content."""

    favor: Favor = "balanced"
    """Which fault of the main content weighs more: text that does not belong (`precision`), or text that is missing (`recall`).
    resiliparse knows no such choice."""

    tables: bool = True
    """Keep tables."""

    lists: bool = True
    """Keep lists."""

    code: bool = True
    """Keep `<pre>` and `<code>`."""

    links: bool = False
    """Keep the targets of links in Markdown."""

    def edit(self, text: Text) -> pl.Series:
        rows = text.series.str.contains(_SIGN).arg_true()
        if not len(rows):
            return text.series
        edited = [self._plain(one) for one in text.series.gather(rows)]
        return text.series.clone().scatter(rows, pl.Series(edited, dtype=pl.String))

    def _plain(self, text: str) -> str:
        parsed = False
        for _ in range(_ROUNDS):
            before = text
            if not parsed and _TAG.search(text):
                text, parsed = _without_tags(text, self), True
                continue
            # layers of `&amp;` come off at once, so that their number costs no rounds
            text = _ESCAPED_TWICE.sub("&", text)
            if _TAG.search(text):
                # a second parse would take line breaks and code for markup: what is left now was shown to readers
                text = _TAG.sub(_gap, text) if parsed else text
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


def _without_tags(text: str, asked: Html) -> str:
    page = text.encode()  # once: parsers and kernels read bytes
    if _is_deep(page):
        return _flat_text(text)
    if asked.extract == "main" and _BLOCK_TAG.search(text):
        found = _MAIN[asked.extractor](page, asked)
        if found:
            return found
    return _all_text(page, asked)


def _all_text(page: bytes, asked: Html) -> str:
    """The visible text of a page."""
    tree = LexborHTMLParser(page)
    keep_blanks = not _has_blocks(tree)
    tree.strip_tags([*sorted(_HIDDEN), *_unwanted(asked)])
    return _written(tree.html or "", asked, keep_blanks)


def _written(markup: str, asked: Html, keep_blanks: bool = False) -> str:
    """Serialized HTML as text or as Markdown."""
    if asked.format == "markdown" and not keep_blanks:
        return markdown(markup, _BLOCKS, links=asked.links)
    return _text(markup, keep_blanks)


def _unwanted(asked: Html) -> list[str]:
    """Elements that the recipe does not want."""
    gone = [] if asked.tables else ["table"]
    gone += [] if asked.lists else ["ul", "ol", "dl"]
    return gone + ([] if asked.code else ["pre", "code"])


def serialized(page: bytes, unwanted: Sequence[str] = ()) -> bytes:
    """A page as the parser read it, less what is never content."""
    tree = LexborHTMLParser(page)
    tree.strip_tags([*_NOT_CONTENT, *unwanted])
    return (tree.html or "").encode()


def _main(page: bytes, asked: Html) -> str:
    markup = main_markup(serialized(page, _unwanted(asked)), asked.favor)
    return _MANY_BREAKS.sub("\n\n", _written(markup.decode(), asked)) if markup else ""


def _by_resiliparse(page: bytes, asked: Html) -> str:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    style: bool | Literal["minimal_html"] = "minimal_html" if asked.format == "markdown" or _unwanted(asked) else True
    found: str = extract_plain_text(
        HTMLTree.parse_from_bytes(page, "utf-8"),
        main_content=True,
        preserve_formatting=style,
        list_bullets=False,
        alt_texts=False,
        links=asked.links,
    ).strip()
    return found if style is True or not found else _all_text(found.encode(), asked)


def _by_trafilatura(page: bytes, asked: Html) -> str:
    try:
        import trafilatura
    except ImportError:
        sentence = '`extractor = "trafilatura"` needs a library that is not installed'
        raise fail("missing-library", sentence, "`pip install 'dprep[html]'`") from None
    found = trafilatura.extract(
        page.decode(),
        include_comments=False,
        favor_precision=asked.favor == "precision",
        favor_recall=asked.favor == "recall",
        include_tables=asked.tables,
        output_format="html" if asked.format == "markdown" or _unwanted(asked) else "txt",
        include_links=asked.links and asked.format == "markdown",
    )
    plain = asked.format == "text" and not _unwanted(asked)
    return (found or "").strip() if plain or not found else _all_text(found.encode(), asked)


_MAIN: dict[str, Callable[[bytes, Html], str]] = {
    "dprep": _main,
    "resiliparse": _by_resiliparse,
    "trafilatura": _by_trafilatura,
}


def _breaks_line(tag: str) -> bool:
    """Whether text before and after a tag of this element stands on two lines."""
    return tag in _BLOCKS or tag == "br"


def _has_blocks(tree: LexborHTMLParser) -> bool:
    """Whether the page has any element that stands apart."""
    return tree.css_first(_BLOCK_SELECTOR) is not None


def _is_deep(page: bytes) -> bool:
    """Whether elements may nest deeper than _DEPTH. Parsers take time by the square of the depth."""
    return page.count(b"<") > _DEPTH and deepest(page, _NOT_COUNTED, _DEPTH) > _DEPTH


def _flat_text(text: str) -> str:
    """The text between tags, in time linear in its length, for pages that no tree should be built of."""
    return _text(_HIDDEN_TEXT.sub(" ", text), keep_blanks=False)


def _text(markup: str, keep_blanks: bool) -> str:
    return html.unescape(between(markup.encode(), _KINDS, keep_blanks=keep_blanks).decode())
