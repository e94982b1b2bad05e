"""From bytes in some encoding to UTF-8.

Encoding: as stated; else by byte order mark; else UTF-8 where a sample speaks for it; else what charset-normalizer takes
the undecodable lines for. One broken line in a UTF-8 file is a broken line, not another encoding: a file counts as not
UTF-8 only if more than two of its lines (or more than half) cannot be decoded, and stray bytes outnumber valid characters.

Other encodings are rewritten as UTF-8 on the way in. What cannot be decoded becomes a byte sequence that no UTF-8 has, so
that the line it stands in is rejected by whoever reads it, as with a broken UTF-8 file. NUL is a character like others.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from dprep.base.problem import Error, did_you_mean, fail

SAMPLE = 1 << 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CANDIDATES = [
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "cp949",
    "cp1252",
    "cp1250",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp874",
]
_COMMON = (
    "utf-8",
    "utf-16",
    "utf-32",
    "latin-1",
    "cp1252",
    "gb18030",
    "gbk",
    "big5",
    "shift_jis",
    "cp932",
    "euc-jp",
    "euc-kr",
    "cp949",
    "cp1251",
    "koi8-r",
    "iso8859-15",
)

_MARKS = "“”„‘’‚«»–—…€£§°"
_LETTERS = {
    "cp1252": "àáâãäåæçèéêëìíîïñòóôõöøùúûüÿœß¿¡" + _MARKS,
    "cp1254": "çğıöşüâîû" + _MARKS,
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžľĺŕôäöüőűăâîşţđß" + _MARKS,
}
"""Letters beyond ASCII that the languages of a code page write; of equals the first is the commonest code page."""

_WIDE = {
    "gb18030": ("gb2312", ((b"\xb0\xa1", b"\xd7\xf9"),)),
    "big5": ("big5", ((b"\xa4\x40", b"\xc6\x7e"),)),
    "cp949": ("euc_kr", ((b"\xb0\xa1", b"\xc8\xfe"),)),
    "cp932": ("euc_jp", ((b"\xa4\xa1", b"\xa5\xf6"), (b"\xb0\xa1", b"\xcf\xd3"))),
    "euc_jp": ("euc_jp", ((b"\xa4\xa1", b"\xa5\xf6"), (b"\xb0\xa1", b"\xcf\xd3"))),
}
"""Codecs of East Asia -> a codec, and the codes in it of the characters that texts are made of: the first level of GB 2312
(3,755 characters) and of Big5 (5,401), the syllables of KS X 1001 (2,350), kana and the first level of JIS X 0208."""
_SCATTERED = {"cp874", "cp1253", "cp1255", "cp1256"}
"""Codecs of one byte that are taken for East Asian ones, for they too read nearly every byte as a letter."""
_TELLING = 0.95

_WEB = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "windows-949": "cp949",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
    "x-gbk": "gb18030",
    "big5-hkscs": "big5hkscs",
    "unicode": "utf-16",
}
"""Labels that pages use -> the codec that browsers take for them (WHATWG Encoding Standard, section 4.2)."""

_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_STRAY, _FOREIGN = re.compile("[\udc80-\udcff]"), re.compile("[^\\x00-\\x7f]")

codecs.register_error(
    "dprep-mark", lambda trouble: ("\udcff", max(getattr(trouble, "end", 1), getattr(trouble, "start", 0) + 1))
)


def lookup(stated: str) -> str:
    """The codec that a user means; raises `Error` if there is none."""
    try:
        info = codecs.lookup(stated)
    except (LookupError, ValueError):
        raise _unknown(stated) from None
    if not getattr(info, "_is_text_encoding", True):
        raise _unknown(stated)
    return "utf-8" if info.name in {"utf-8", "ascii", "utf-8-sig"} else info.name


def choose(head: bytes, stated: str = "") -> tuple[str, int]:
    """The codec of a text that begins with `head`, and the length of its byte order mark."""
    codec = lookup(stated) if stated else ""
    for mark, marked in _BOMS:
        if head.startswith(mark) and codec in {"", marked, marked[:6]}:
            return marked, len(mark)
    return codec or detect(head[:SAMPLE]), 0


def detect(sample: bytes) -> str:
    """The codec of a text without a byte order mark, from its start."""
    if wide := _utf16(sample):
        return wide
    if sample.isascii():
        return "utf-8"
    lines = sample.split(b"\n")
    if len(lines) > 1:
        lines.pop()  # it may be cut within a character
    bad = [line for line in lines if not _is_utf8(line)]
    if len(bad) < 3 and 2 * len(bad) <= len(lines):
        return "utf-8"
    text = b"\n".join(lines).decode("utf-8", "surrogateescape")
    stray = len(_STRAY.findall(text))
    # By chance one in twelve stray bytes of GBK text belongs to a pair that UTF-8 knows; in UTF-8 text it is the other way.
    if len(_FOREIGN.findall(text)) >= 2 * stray:
        return "utf-8"
    return guess(b"\n".join(bad)) or "utf-8"


def _utf16(sample: bytes) -> str:
    """UTF-16 without a byte order mark shows in its zeros: every other byte of ASCII letters, hardly any of the rest."""
    even, odd, half = sample[::2].count(0), sample[1::2].count(0), len(sample) // 2
    if half < 8 or max(even, odd) <= 0.4 * half or min(even, odd) > 0.05 * half:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def guess(sample: bytes) -> str:
    """What charset-normalizer takes bytes for, "" if it cannot tell."""
    from charset_normalizer import from_bytes

    sample = _telling(sample)
    best = from_bytes(sample, cp_isolation=_CANDIDATES, preemptive_behaviour=False).best()
    if best and (best.encoding in _WIDE or best.encoding in _SCATTERED):
        # Any two bytes are some character in all of the wide ones; in the right one nearly all are common ones.
        wide = max(sorted(_WIDE, key=lambda codec: codec != best.encoding), key=lambda codec: _common_share(sample, codec))
        return wide if best.encoding in _WIDE or _common_share(sample, wide) >= _TELLING else best.encoding
    if not best or best.encoding not in _LETTERS:
        return best.encoding if best else ""
    # It scores these three alike, for each makes letters of the same bytes: the right one makes letters of one language.
    return max(_LETTERS, key=lambda codec: _expected_letters(sample, codec))


def _telling(sample: bytes) -> bytes:
    """32 KiB from shortly before the first byte that is not ASCII, cut where no character is."""
    foreign = _NOT_ASCII.search(sample)
    start = max(0, foreign.start() - 1000) if foreign else 0
    piece = sample[start : start + (1 << 15)]
    if len(sample) <= start + len(piece):
        return piece
    return piece[: max(piece.rfind(blank) for blank in (b"\n", b" ", b">")) + 1] or piece


def _expected_letters(sample: bytes, codec: str) -> int:
    try:
        return sum(letter in _LETTERS[codec] for letter in sample.decode(codec).lower())
    except UnicodeDecodeError:
        return -1


def _common_share(sample: bytes, codec: str) -> float:
    """The share of common characters among the wide ones that `codec` makes of a sample; -1 if it cannot read it."""
    try:
        wide = [character for character in sample.decode(codec) if "\u3040" <= character < "\uff00" or character > "\uff60"]
    except UnicodeDecodeError:
        return -1
    standard, ranges = _WIDE[codec]
    if standard == "euc_jp" and sum("\u3040" <= character <= "\u30ff" for character in wide) < len(wide) / 5:
        return 0  # hardly a sentence of Japanese does without kana
    codes = [character.encode(standard, "ignore") for character in wide]
    return sum(first <= code <= last for code in codes for first, last in ranges) / max(1, len(wide))


def web_codec(label: str) -> str:
    """The codec for a label in HTTP or HTML, "" if it names none."""
    label = label.strip().strip("\"'").lower()
    label = _WEB.get(label, label)
    try:
        return lookup(label) if label else ""
    except Error:
        return ""


def as_utf8(source: Iterator[bytes], codec: str, skip: int) -> Iterator[bytes]:
    """The bytes of `source` without its first `skip`, as UTF-8."""
    decoder = None if codec == "utf-8" else codecs.getincrementaldecoder(codec)("dprep-mark")
    for block in source:
        block, skip = block[skip:], max(0, skip - len(block))
        yield decoder.decode(block).encode("utf-8", "surrogatepass") if decoder else block
    if decoder:
        yield decoder.decode(b"", True).encode("utf-8", "surrogatepass")


def not_utf8(line: bytes) -> str:
    """A sentence about the first byte of `line` that is not UTF-8, or ""."""
    try:
        line.decode()
    except UnicodeDecodeError as trouble:
        column = len(line[: trouble.start].decode()) + 1
        if line.startswith(b"\xed\xb3\xbf", trouble.start):
            return f"the bytes at column {column} do not fit the encoding of the file"
        return f"byte 0x{line[trouble.start]:02x} at column {column} is not UTF-8"
    return ""


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unknown(stated: str) -> Error:
    return fail(
        "unknown-encoding",
        f"no encoding is called `{stated}`",
        did_you_mean(stated.lower(), _COMMON) or f"known are, among others, {', '.join(f'`{c}`' for c in _COMMON[:8])}",
    )
