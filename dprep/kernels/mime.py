"""The readable body of a raw mail: MIME parts, transfer encodings and charsets, through Python's own parser."""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from collections.abc import Iterator
from email import message_from_string
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr
from typing import NamedTuple

_PARTS = 100
"""Multipart bodies in a mail that are looked into; the parser takes time by their depth."""

_WIDER = {
    **dict.fromkeys(("gb2312", "gbk", "hz", "euc_cn", "gb_2312_80"), "gb18030"),
    **dict.fromkeys(("iso8859-1", "ascii", "latin_1"), "cp1252"),
    "iso8859-9": "cp1254",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""Charsets that are labelled by their smaller sister."""

_SHIFTING = ("iso2022", "hz", "utf-7")
"""Charsets that are ASCII bytes, so that a body may hold them undecoded."""

_OWN_LINES = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_CITED = re.compile(r"<blockquote\b[^>]*(?:cite|gmail_quote|moz-)[^>]*>", re.IGNORECASE)
_BLOCKQUOTE = re.compile(r"<(/?)blockquote\b[^>]*>", re.IGNORECASE)


class Letter(NamedTuple):
    """What is taken out of a raw mail."""

    body: str
    sender: str
    """Lower-case words by which the sender may sign."""
    fields: tuple[tuple[str, str], ...]
    """The kept fields of the header, decoded."""


def opened(text: str, keep: tuple[str, ...]) -> Letter:
    """The body of the raw mail `text`, decoded, with the fields of its header that `keep` names."""
    start = len(text) - len(text.lstrip("\r\n"))
    # nested too deep, parsing never ends: such a mail loses its header and stays encoded
    flat = text.count("boundary") > _PARTS or text.count("BOUNDARY") > _PARTS
    mail = message_from_string(_headed(text[start:], flat))
    fields = tuple((name.capitalize(), value) for name in keep if (value := _field(mail, name)))
    sender = " ".join(parseaddr(_field(mail, "from"))).replace("@", " ").lower()
    return Letter(_readable(mail), sender, fields)


def _headed(text: str, flat: bool) -> str:
    """`text` as the parser wants it: no second `From ` line, no bold field names, and no MIME where `flat`."""
    head, gap, body = text.partition("\n\n") if "\r\n\r\n" not in text[:20_000] else text.partition("\r\n\r\n")
    head = re.sub(r"\A(?:>?From [^\n]*\n)+", "", head)
    head = re.sub(r"^\*([\w-]+):\*", r"\1:", head, flags=re.MULTILINE)
    head = re.sub(r"^>From [^\n]*\n", "", head, flags=re.MULTILINE)
    if flat:
        head = re.sub(r"^(content-|mime-)", r"x-\1", head, flags=re.MULTILINE | re.IGNORECASE)
    return head + gap + body


def _field(mail: Message, name: str) -> str:
    """A field of the header in one line, encoded words decoded; empty where it is missing."""
    value = str(mail.get(name, ""))
    if "=?" in value and value.isascii():
        try:
            pieces = decode_header(value)
        except (binascii.Error, ValueError):  # broken base64: the field stays as it is written
            pieces = [(value, None)]
        value = "".join(piece if isinstance(piece, str) else _decoded(piece, charset) for piece, charset in pieces)
    return _OWN_LINES.sub(" ", _clean(value)).strip()


def _readable(mail: Message) -> str:
    """The texts of a mail's parts, one after the other."""
    found = [text for text in _texts(mail) if text.strip()]
    return found[0] if len(found) == 1 else "\n\n".join(text.strip("\r\n") for text in found)


def _texts(part: Message) -> Iterator[str]:
    """The texts that a reader would be shown, without attachments."""
    if part.is_multipart() and part.get_content_maintype() != "message":
        children = [child for child in part.get_payload() if isinstance(child, Message)]
        if part.get_content_subtype() == "alternative":
            yield from _best(children)
        else:
            for child in children:
                yield from _texts(child)
    elif _is_text(part):
        yield _body(part)


def _is_text(part: Message) -> bool:
    """Whether a reader would be shown the part: text, or a multipart body that is none (its boundary never comes)."""
    return part.get_content_maintype() in {"text", "multipart"} and part.get_content_disposition() != "attachment"


def _best(alternatives: list[Message]) -> list[str]:
    """The texts of the plain alternative, or of the first other one that has any."""
    plain = [part for part in alternatives if part.get_content_type() == "text/plain"]
    others = [part for part in alternatives if part.get_content_type() != "text/plain"]
    for part in plain + others:
        if found := [text for text in _texts(part) if text.strip()]:
            return found
    return []


def _body(part: Message) -> str:
    """The decoded text of one part; quotations cut out of HTML are the caller's business."""
    payload = part.get_payload()
    text = payload if isinstance(payload, str) else ""
    charset = _charset(part)
    way = str(part.get("content-transfer-encoding", "")).strip().lower()
    if way in {"quoted-printable", "base64"}:
        data = _transferred(text, way)
        if data is not None:
            return _clean(_decoded(data, charset).replace("\r\n", "\n"))
    elif text.isascii() and _codec(charset).startswith(_SHIFTING):
        return _clean(_decoded(text.encode(), charset))
    return text


def _transferred(text: str, way: str) -> bytes | None:
    """The bytes that were sent; None where they cannot be read."""
    if way == "quoted-printable":
        return quopri.decodestring(text.encode())
    try:
        packed = re.sub(rb"[^A-Za-z0-9+/]", b"", text.encode())
        return base64.b64decode(packed[: len(packed) - (len(packed) % 4 == 1)] + b"=" * (-len(packed) % 4))
    except binascii.Error:
        return None


def _charset(part: Message) -> str | None:
    """The declared charset; None where there is none that can be read."""
    match = re.search(r"charset\s*=\s*[\"']?([\w.:+-]+)", str(part.get("content-type", "")), re.IGNORECASE)
    return match[1] if match else None


def _codec(charset: str | None) -> str:
    """Python's name for a charset; UTF-8 for one that is missing or unknown."""
    if charset is None:
        return "utf-8"
    try:
        found = codecs.lookup(charset)
    except (LookupError, ValueError):  # not a charset that Python knows
        return "utf-8"
    return found.name if found._is_text_encoding else "utf-8"


def _decoded(data: bytes, charset: str | None) -> str:
    """`data` in the declared charset or, where it does not fit, in UTF-8, its wider sister, GB 18030 or Windows-1252."""
    declared = _codec(charset)
    first = () if declared in {"ascii", "iso8859-1"} and not data.isascii() else (declared,)
    for codec in (*first, "utf-8", _WIDER.get(declared, declared)):
        try:
            return data.decode(codec)
        except UnicodeError:
            continue
    return data.decode("gb18030" if _WIDER.get(declared) == "gb18030" else "cp1252", errors="replace")


def _clean(text: str) -> str:
    """`text` without what is no Unicode (half surrogates, which UTF-7 can make)."""
    return text.encode("utf-8", errors="replace").decode()


def without_citations(markup: str) -> str:
    """HTML without the `<blockquote>`s in which mail programs put the message that is answered."""
    pieces, at = [], 0
    while (cited := _CITED.search(markup, at)) is not None:
        pieces.append(markup[at : cited.start()])
        at, depth = cited.end(), 1
        while depth:
            tag = _BLOCKQUOTE.search(markup, at)
            if tag is None:
                at = len(markup)
                break
            at = tag.end()
            depth += -1 if tag[1] else 1
    return "".join([*pieces, markup[at:]])
