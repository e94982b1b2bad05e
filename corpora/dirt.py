"""Put real-life dirt into clean messages, and keep a list of which ticket got which.

Every kind draws from its own generator, so that one kind may be changed without moving the others.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from compose import PIECES, ROWS_PER_INTENT, Row, load_pieces

EMOJI = {
    "emoji_zwj": ["👨‍👩‍👧", "👩🏽‍💻", "🤷‍♀️", "🏳️‍🌈", "👨‍🔧", "❤️‍🩹"],
    "emoji_skin_tone": ["👍🏽", "🙏🏿", "👋🏻", "🤦🏾", "✊🏼"],
    "emoji_flag": ["🇬🇧", "🇨🇳", "🇩🇪", "🇫🇷", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"],
    "emoji_keycap": ["1️⃣", "2️⃣", "3️⃣", "#️⃣", "*️⃣"],
    "emoji_plain": ["😡", "😭", "🙂", "📦", "🎁", "💔", "😅"],
}
CONTROLS = ["\x07", "\x08", "\x0b", "\x0c", "\x1b[0m", "\x7f", "\x85", "\u2028"]
ZERO_WIDTH = ["\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad"]
BIDI = [
    ("\u202e", "\u202c"),
    ("\u2067", "\u2069"),
    ("\u200f", "\u200e"),
    ("\u202a", "\u202c"),
]
CARDS = [
    "4111 1111 1111 1111",
    "5555-5555-5555-4444",
    "378282246310005",
    "4242424242424242",
]
CONTACTS = {
    "pii_email": (
        ["My other address is", "Mail:", "邮箱"],
        ["jane{number}@example.com.", "k.wolf{number}@example.com.", "li.na{number}@example.com."],
    ),
    "pii_phone": (["Call me on", "Phone:", "tel"], ["(212) 555-0{number}."]),
    "pii_card": (["Card:", "The card is", "卡号"], [f"{card}, 12/29." for card in CARDS]),
    "pii_mobile_cn": (["手机", "电话", "联系我："], [f"1{net}0000{{four:04d}}。" for net in ("38", "59", "77", "86")]),
}
LOG_STATES = ["retry", "timeout", "ok", "cache miss", "重试", "断开", "closed by peer"]
GIANT_BYTES = 200_000


@dataclass
class Book:
    """What was done: tickets by kind, the original of each copy, the true intent of each wrong label."""

    tickets: dict[str, list[str]] = field(default_factory=dict)
    copy_of: dict[str, str] = field(default_factory=dict)
    true_intent: dict[str, str] = field(default_factory=dict)

    def note(self, kind: str, ticket: str) -> None:
        self.tickets.setdefault(kind, []).append(ticket)


Edit = Callable[[str, random.Random], str]


def as_cp1252(text: str, luck: random.Random) -> str:
    """The text as one sees it when its UTF-8 bytes are read as Windows-1252 (the five holes as Latin-1)."""
    bytes_ = text.replace("'", "’").replace(" - ", " – ").replace("£", "€").encode()
    return "".join(_cp1252(byte) for byte in bytes_)


def as_gbk(text: str, luck: random.Random) -> str:
    """The text as one sees it when its UTF-8 bytes are read as GBK."""
    return text.encode().decode("gbk", errors="replace")


def double_escaped(text: str, luck: random.Random) -> str:
    once = html.escape(text.replace("’", "'")).replace("&#x27;", "&#8217;")
    words = once.split(" ")
    for place in luck.sample(range(len(words)), min(3, len(words))):
        words[place] += "&nbsp;"
    return " ".join(words).replace("&", "&amp;")


def full_width(text: str, luck: random.Random) -> str:
    wide = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    return re.sub(r"[A-Za-z0-9#.,!?:-]+", lambda found: found[0].translate(wide), text) + "！！"


def sprinkled(marks: list[str]) -> Edit:
    def edit(text: str, luck: random.Random) -> str:
        for _ in range(luck.randrange(2, 6)):
            place = luck.randrange(1, max(2, len(text)))
            text = text[:place] + luck.choice(marks) + text[place:]
        return text

    return edit


def with_bidi(text: str, luck: random.Random) -> str:
    opening, closing = luck.choice(BIDI)
    place = luck.randrange(len(text))
    return text[:place] + opening + text[place : place + 12] + closing + text[place + 12 :]


def with_emoji(choices: list[str]) -> Edit:
    def edit(text: str, luck: random.Random) -> str:
        marks = "".join(luck.choices(choices, k=luck.randrange(1, 4)))
        end = re.search(r"[.!?。！？]", text)
        place = end.end() if end and luck.random() < 0.6 else len(text)
        return text[:place] + " " + marks + text[place:]

    return edit


def with_contact(kind: str) -> Edit:
    def edit(text: str, luck: random.Random) -> str:
        number = luck.randrange(100, 200)
        lead, contact = CONTACTS[kind]
        return f"{text} {luck.choice(lead)} {luck.choice(contact).format(number=number, four=number * 7)}"

    return edit


def blank(text: str, luck: random.Random) -> str:
    return luck.choice([" ", "\n\n", " \t ", "\u3000\u3000", "\u00a0\n"])


def giant(text: str, luck: random.Random) -> str:
    """The message with a whole log pasted under it."""
    lines, size = [text, "", "---- log ----"], 0
    while size < GIANT_BYTES:
        clock = f"2025-03-{luck.randrange(1, 29):02d} {luck.randrange(24):02d}:{luck.randrange(60):02d}"
        lines.append(f"{clock} host{luck.randrange(99)} job {luck.randrange(10**6)} {luck.choice(LOG_STATES)}")
        size += len(lines[-1].encode()) + 1
    return "\n".join(lines)


# kind -> (how many rows, which rows it may hit, the edit)
KINDS: dict[str, tuple[int, Callable[[Row], bool], Edit]] = {
    "empty": (12, lambda row: True, lambda text, luck: ""),
    "whitespace_only": (10, lambda row: True, blank),
    "giant": (3, lambda row: row.channel == "mail", giant),
    "mojibake_cp1252": (
        45,
        lambda row: "'" in row.text or "£" in row.text or row.language in ("zh", "ru", "fr"),
        as_cp1252,
    ),
    "mojibake_gbk": (14, lambda row: row.language == "zh", as_gbk),
    "double_escaped": (
        60,
        lambda row: row.language == "en" and "'" in row.text,
        double_escaped,
    ),
    "full_width": (
        60,
        lambda row: row.language in ("zh", "ja") and bool(re.search(r"[0-9]", row.text)),
        full_width,
    ),
    "control": (50, lambda row: row.channel != "form", sprinkled(CONTROLS)),
    "zero_width": (60, lambda row: True, sprinkled(ZERO_WIDTH)),
    "bidi": (25, lambda row: True, with_bidi),
    **{
        kind: (
            40 if kind != "emoji_plain" else 120,
            lambda row: True,
            with_emoji(EMOJI[kind]),
        )
        for kind in EMOJI
    },
    **{kind: (30, lambda row: row.language == "en", with_contact(kind)) for kind in ("pii_email", "pii_phone", "pii_card")},
    "pii_mobile_cn": (
        30,
        lambda row: row.language == "zh",
        with_contact("pii_mobile_cn"),
    ),
}

EXACT_COPIES = 95
NEAR_COPIES = 150


def soil(rows: list[Row], seed: int) -> tuple[list[Row], Book]:
    """The rows with near copies, edits, HTML, wrong and null labels and exact copies, and the book of it all."""
    book = Book()
    for row in rows:
        if row.language not in ("en", "zh"):
            book.note("other_language", row.ticket)
    rows = rows + _near_copies(rows, random.Random(f"{seed} near"), book)
    twins = set(book.copy_of) | set(book.copy_of.values())
    soiled = {row.ticket: row for row in rows}
    free = [row.ticket for row in rows if row.ticket not in twins]
    for kind, (count, suits, edit) in KINDS.items():
        luck = random.Random(f"{seed} {kind}")
        victims = luck.sample([ticket for ticket in free if suits(soiled[ticket])], count)
        for ticket in victims:
            soiled[ticket] = replace(soiled[ticket], text=edit(soiled[ticket].text, luck))
            book.note(kind, ticket)
        if not kind.startswith(("emoji", "pii")):  # these go together with others, the rest would blur each other
            free = sorted(set(free) - set(victims))
    _mislabel(soiled, free, random.Random(f"{seed} labels"), book)
    _dress(soiled, random.Random(f"{seed} html"), book)
    _copy(soiled, free, random.Random(f"{seed} exact"), book)
    return list(soiled.values()), book


def _near_copies(rows: list[Row], luck: random.Random, book: Book) -> list[Row]:
    """The same customer writes again, a few words changed; only long messages, where that leaves most of the text."""
    pieces = load_pieces()
    long = [
        row
        for row in rows
        if (row.language == "en" and row.text.count(" ") > 42) or (row.language == "zh" and len(row.text) > 85)
    ]
    copies = []
    for number, row in enumerate(luck.sample(long, NEAR_COPIES)):
        ticket = f"{row.ticket[0]}-{20_000 + number}"
        book.note("near_duplicate", ticket)
        book.copy_of[ticket] = row.ticket
        copies.append(
            replace(
                row,
                ticket=ticket,
                text=_edited(row, pieces[row.language]["thanks"], luck),
            )
        )
    return copies


def _edited(row: Row, thanks: list[str], luck: random.Random) -> str:
    added = luck.choice([piece for piece in thanks if "{" not in piece and "[" not in piece])
    if row.language == "zh":
        place = luck.choice([found.start() for found in re.finditer("，", row.text)] or [0])
        return luck.choice([row.text + added, row.text[:place] + "呢" + row.text[place:]])
    words = row.text.split(" ")
    place = luck.choice([number for number in range(5, len(words) - 5) if words[number].islower()])
    changed = luck.choice(
        [
            words[place] + words[place][-1:],
            words[place].upper(),
            "really " + words[place],
            words[place] + " (!)",
        ]
    )
    again = " ".join([*words[:place], changed, *words[place + 1 :]])
    return again + " " + added if len(words) > 70 else again


def _mislabel(rows: dict[str, Row], free: list[str], luck: random.Random, book: Book) -> None:
    chosen = luck.sample(free, 100)
    for ticket in chosen[:80]:
        row = rows[ticket]
        assert row.intent is not None
        book.note("wrong_label", ticket)
        book.true_intent[ticket] = row.intent
        rows[ticket] = replace(row, intent=luck.choice(sorted(set(ROWS_PER_INTENT) - {row.intent})))
    for ticket in chosen[80:]:
        book.note("null_label", ticket)
        rows[ticket] = replace(rows[ticket], intent=None)


def _dress(rows: dict[str, Row], luck: random.Random, book: Book) -> None:
    """Every third mail in English or Chinese comes as HTML."""
    shells = [(PIECES / f"mail-{name}.html").read_text("utf-8").strip() for name in ("table", "office", "web")]
    apart = set().union(*(book.tickets[kind] for kind in ("empty", "whitespace_only", "giant", "double_escaped")))
    for ticket, row in rows.items():
        if row.channel == "mail" and ticket not in apart and luck.random() < 0.33:
            body = "".join(f"<p class=MsoNormal>{_entities(part, luck)}</p>\n" for part in row.text.split("\n\n"))
            quote = f"Your request {ticket} has been received."
            shell = luck.choice(shells).replace("@@BODY@@", body).replace("@@QUOTE@@", quote)
            rows[ticket] = replace(row, text=shell, html=True)
            book.note("html_mail", ticket)


def _entities(text: str, luck: random.Random) -> str:
    escaped = html.escape(text).replace("&#x27;", luck.choice(["&#39;", "&rsquo;", "'"])).replace("\n", "<br>\n")
    marked = re.sub(r"(\d+) ", r"\1&nbsp;", escaped) if luck.random() < 0.5 else escaped
    return re.sub(r"([#A-Z]{1,2}-?\d{4,})", r"<b>\1</b>", marked) if luck.random() < 0.4 else marked


def _copy(rows: dict[str, Row], free: list[str], luck: random.Random, book: Book) -> None:
    for number, ticket in enumerate(luck.sample(free, EXACT_COPIES)):
        row = rows[ticket]
        copy = f"{ticket[0]}-{30_000 + number}"
        book.note("exact_duplicate", copy)
        book.copy_of[copy] = ticket
        rows[copy] = replace(row, ticket=copy)


def _cp1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)
