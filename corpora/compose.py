"""Compose clean support messages from the hand-written pieces beside this file.

A message is a greeting, perhaps a lead, a statement of its intent, details, asides and a farewell, each drawn from `pieces/`.
Some messages say only something that several intents could say, and some mention a second matter: that is what keeps the set
worth learning and impossible to learn completely.
"""

from __future__ import annotations

import random
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PIECES = Path(__file__).parent / "pieces"

ROWS_PER_INTENT = {
    "delivery_late": 570,
    "order_status": 430,
    "refund": 390,
    "login": 320,
    "payment_failed": 290,
    "return": 280,
    "damaged": 260,
    "product_question": 240,
    "cancel_order": 200,
    "wrong_item": 170,
    "coupon": 140,
    "invoice": 120,
    "change_address": 100,
    "double_charge": 80,
    "warranty": 62,
    "delete_account": 41,
}

CHANNELS = {"mail": 0.5, "chat": 0.28, "form": 0.22}
CHINESE_SHARE = 0.43
UNCLEAR_SHARE = 0.12
SECOND_MATTER_SHARE = 0.1
CUSTOMERS = 1600

Pieces = dict[str, Any]


@dataclass(frozen=True)
class Row:
    ticket: str
    customer: str
    channel: str
    received: str
    intent: str | None
    text: str
    language: str
    html: bool = False


def load_pieces() -> dict[str, Pieces]:
    """The pieces by language: `en` and `zh` hold everything, `other` a table per further language."""
    found: dict[str, Pieces] = {"other": tomllib.loads((PIECES / "other.toml").read_text("utf-8"))}
    for language in ("en", "zh"):
        common = tomllib.loads((PIECES / f"common.{language}.toml").read_text("utf-8"))
        common["intents"] = tomllib.loads((PIECES / f"intents.{language}.toml").read_text("utf-8"))
        found[language] = common
    return found


def facts_of(pieces: Pieces, luck: random.Random) -> dict[str, str]:
    """What one message is about: its order, product, amount, place."""
    product, second = luck.sample(pieces["product"], 2)
    number = luck.randrange(10_000, 9_999_999)
    order = luck.choice(["{}", "#{}", "A-{}", "WX{}", "20-{}"]).format(number)
    amount = luck.choice(
        [
            f"{luck.randrange(6, 900)}",
            f"{luck.randrange(4, 300)}.{luck.choice(['99', '50', '95', '20'])}",
        ]
    )
    facts = {
        "product": product, "product2": second, "order": order, "days": str(luck.randrange(3, 20)),
        "amount": luck.choice(pieces.get("currency", ["{amount}"])).replace("{amount}", amount),
        "coupon": luck.choice(["SPRING", "HELLO", "SAVE", "VIP", "MAY", "LUCKY"]) + str(luck.randrange(5, 95)),
        "code": luck.choice(["E", "ERR-", "0x", "4"]) + str(luck.randrange(100, 999)),
    }  # fmt: skip
    for key in ("carrier", "city", "name"):
        if key in pieces:
            facts[key] = luck.choice(pieces[key])
    return facts


def fill(sentence: str, facts: dict[str, str], pieces: Pieces, luck: random.Random) -> str:
    """One wording of a sentence: choices made, slots filled (`{day}`, `{n}`, `{nth}`, `{device}` anew each time)."""
    chosen = re.sub(r"\[([^\]]*)\]", lambda found: luck.choice(found[1].split("|")), sentence)

    def value(found: re.Match[str]) -> str:
        slot = found[1]
        if slot == "n":
            return str(luck.randrange(2, 25))
        return facts[slot] if slot in facts else luck.choice(pieces[slot])

    return re.sub(r"\{(\w+)\}", value, chosen)


def matter(intent: str, pieces: Pieces, luck: random.Random) -> list[str]:
    """The unfilled sentences that state the intent: clear with details, or one that only hints at it."""
    unclear = [group["say"] for group in pieces["unclear"] if intent in group["intents"]]
    if unclear and luck.random() < UNCLEAR_SHARE:
        return [luck.choice(luck.choice(unclear))]
    own = pieces["intents"][intent]
    sentences = luck.sample(own["say"], 2 if luck.random() < 0.15 else 1)
    return sentences + luck.sample(own["more"], min(len(own["more"]), luck.choice([0, 0, 1, 1, 1, 2])))


def second_matter(intent: str, pieces: Pieces, luck: random.Random) -> list[str]:
    if luck.random() >= SECOND_MATTER_SHARE:
        return []
    related = sorted(
        {name for group in pieces["unclear"] if intent in group["intents"] for name in group["intents"]} - {intent}
    )
    other = luck.choice(related) if related else luck.choice(sorted(ROWS_PER_INTENT))
    return [luck.choice(pieces["by_the_way"]) + " " + luck.choice(pieces["intents"][other]["say"])]


def message(intent: str, channel: str, language: str, pieces: Pieces, luck: random.Random) -> str:
    """One whole message in English or Chinese."""
    core = matter(intent, pieces, luck) + second_matter(intent, pieces, luck)
    if channel == "chat":
        before, after = (
            _perhaps(pieces["chat_lead"], 0.5, luck),
            _perhaps(pieces["chat_tail"], 0.5, luck),
        )
        core += luck.sample(pieces["aside"], luck.choice([0, 0, 1]))
    else:
        before = _perhaps(pieces["lead"], 0.6, luck)
        after = luck.sample(pieces["aside"], luck.choice([1, 2, 2, 3, 3])) + _perhaps(pieces["thanks"], 0.7, luck)
    facts = facts_of(pieces, luck)
    sentences = [fill(sentence, facts, pieces, luck) for sentence in before + core + after]
    body = (" " if language == "en" else "").join(sentences)
    if channel == "chat" and language == "en" and luck.random() < 0.4:
        body = body.lower()
    if channel != "mail":
        return body
    hello, bye = (
        fill(luck.choice(pieces["hello"]), facts, pieces, luck),
        fill(luck.choice(pieces["bye"]), facts, pieces, luck),
    )
    return f"{hello}\n\n{body}\n\n{bye}\n{luck.choice(pieces['name'])}"


def foreign_message(intent: str, pieces: Pieces, luck: random.Random) -> str:
    """One short message in a language of `other.toml`."""
    facts = facts_of(pieces, luck)
    said = fill(luck.choice(pieces[intent]), facts, pieces, luck)
    return f"{luck.choice(pieces['hello'])}\n{said}\n{luck.choice(pieces['bye'])}"


def compose(seed: int) -> list[Row]:
    """Every clean message, in the order of its ticket, the same for the same seed."""
    pieces, luck = load_pieces(), random.Random(f"{seed} compose")
    wanted = [intent for intent, count in ROWS_PER_INTENT.items() for _ in range(count)]
    luck.shuffle(wanted)
    rows = []
    for number, intent in enumerate(wanted):
        channel = luck.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        foreign = [name for name, table in pieces["other"].items() if intent in table]
        if foreign and luck.random() < 0.028:
            language = luck.choice(foreign)
            text = foreign_message(intent, pieces["other"][language], luck)
        else:
            language = "zh" if luck.random() < CHINESE_SHARE else "en"
            text = message(intent, channel, language, pieces[language], luck)
        rows.append(
            Row(
                ticket=f"{channel[0].upper()}-{10_000 + number}",
                customer=_customer(luck),
                channel=channel,
                received=_received(number, luck),
                intent=intent,
                text=text,
                language=language,
            )
        )
    return rows


def _perhaps(choices: list[str], share: float, luck: random.Random) -> list[str]:
    return [luck.choice(choices)] if luck.random() < share else []


def _customer(luck: random.Random) -> str:
    """A customer's address; a few customers write often."""
    number = int(CUSTOMERS * luck.random() ** 1.6)
    return f"{'abcdefghjklmnprstw'[number % 18]}{number:04d}@example.{('com', 'org', 'net')[number % 3]}"


def _received(number: int, luck: random.Random) -> str:
    """Tickets come in order, thirteen a day."""
    day = f"2025-{1 + number // 340:02d}-{1 + number % 340 // 13:02d}"
    return f"{day}T{luck.randrange(24):02d}:{luck.randrange(60):02d}:00Z"
