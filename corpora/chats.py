"""The conversations of `corpora/chat/`: whole ones in English and Chinese, and one for each rule of the `sft-en-zh` pack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PACK = "sft-en-zh"


@dataclass(frozen=True)
class Chat:
    """One conversation, and which rule it was made to break."""

    rule: str
    messages: list[dict[str, str]]
    expect: dict[str, str] = field(default_factory=dict)


def turns(*contents: str, roles: str = "ua") -> list[dict[str, str]]:
    """Messages whose roles come in turns: u(ser), a(ssistant), s(ystem)."""
    names = {"u": "user", "a": "assistant", "s": "system"}
    return [{"role": names[roles[at % len(roles)]], "content": said} for at, said in enumerate(contents)]


def chats(said: dict[str, Any]) -> list[Chat]:
    """All of them. `said` is `pieces/chats.toml`."""
    en, zh = said["en"], said["zh"]
    whole = [Chat("", turns(*pair)) for pair in (*en[:8], *zh[:8])]
    return [
        *whole,
        Chat("", turns(*en[8], *en[9])),
        Chat("", turns("Be brief.", *zh[8], roles="sua")),
        *_broken(en, zh),
        *_answers(en, zh),
    ]


def _chat(rule: str, messages: list[dict[str, str]], reason: str = "") -> Chat:
    return Chat(rule, messages, {PACK: reason} if reason else {})


def _broken(en: list[list[str]], zh: list[list[str]]) -> list[Chat]:
    """What is out of order."""
    return [
        _chat("two questions in a row", turns(en[10][0], en[11][0], en[11][1], roles="uua"), "chat role_order"),
        _chat("an empty answer", turns(zh[9][0], " "), "chat empty_turn"),
        _chat("the user has the last word", turns(*en[10], "Thank you, that is all I wanted to know."), "chat last_turn"),
        _chat("no answer", turns(zh[10][0]), "chat min_turns"),
        _chat(
            "an English refusal",
            turns("Who wins the race on Sunday?", "As an AI language model, I cannot tell you who will win."),
            "chat refusal",
        ),
        _chat(
            "a Chinese refusal",
            turns("明天的彩票号码是多少？", "很抱歉，我无法预测彩票号码，也不能提供这方面的建议。"),
            "chat refusal",
        ),
    ]


def _answers(en: list[list[str]], zh: list[list[str]]) -> list[Chat]:
    """What is wrong with the answer, or with both."""
    question, answer = en[3]
    mail = "Write to jane.doe@harbour-office.org, who keeps the key to the shed, and tell her when you will come."
    return [
        _chat("an English answer to a Chinese question", turns(zh[9][0], en[9][1]), "same_language condition"),
        _chat(
            "a Thai question and answer",
            turns("กาต้มน้ำมีคราบหินปูนต้องทำอย่างไร", "ใส่น้ำส้มสายชูหนึ่งส่วนกับน้ำสองส่วน ต้มให้เดือดแล้วทิ้งไว้หนึ่งชั่วโมง"),
            "languages condition",
        ),
        _chat(
            "an answer of one letter", turns("Is the bridge open or closed today? Answer A or B.", "B"), "length min_characters"
        ),
        _chat("a copy of the first conversation", turns(*en[0]), "exact duplicate"),
        _chat("nearly another conversation", turns(question, answer.replace("wrap", "roll")), "minhash duplicate"),
        _chat("an address to be masked", turns("Whom do I ask for the key to the boat shed?", mail)),
    ]
