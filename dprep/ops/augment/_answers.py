"""What chat models answer: the text in it, and whether it is a refusal."""

from __future__ import annotations

import re

import orjson

_FENCED = re.compile(r"\A\s*```[a-zA-Z]*[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>\s*", re.DOTALL)
_QUOTES = {'"': '"', "“": "”", "「": "」"}
_BEGINNINGS = """
i'm sorry|i am sorry|sorry, but|sorry, i|i can't|i cannot|i can not|i won't|i will not|i'm unable|i am unable|i'm not able
i am not able|as an ai|as a language model|i must decline|unfortunately, i can|抱歉|很抱歉|对不起|我无法|我不能|无法提供
作为一个人工智能|作为一名人工智能|作为人工智能|作为一个ai|作为一个语言模型|作为ai
"""
_REFUSALS = tuple(_BEGINNINGS.strip().replace("\n", "|").split("|"))
"""How refusals begin, in small letters."""


def said_in_prose(reply: str) -> str | None:
    """The text of an answer that is nothing else, without thoughts before it, a code fence or quotes around it; None: empty."""
    text = _unfenced(reply).strip()
    if len(text) > 2 and _QUOTES.get(text[0]) == text[-1] and not set(text[1:-1]) & {text[0], text[-1]}:
        text = text[1:-1].strip()
    return text or None


def inner_text(reply: str, field: str) -> str | None:
    """The string `field` of the JSON object that an answer is; None where it is no such object, or that is blank."""
    try:
        told = orjson.loads(_unfenced(reply).strip())
    except orjson.JSONDecodeError:
        return None
    text = told.get(field) if isinstance(told, dict) else None
    return text.strip() or None if isinstance(text, str) else None


def refuses(new: str, old: str, more: tuple[str, ...]) -> bool:
    """Whether `new` begins as refusals do, and `old`, which it should reword, does not. more: further beginnings."""
    starts = (*_REFUSALS, *(each.lower() for each in more))
    return _plain(new).startswith(starts) and not _plain(old).startswith(starts)


def _plain(text: str) -> str:
    return text.lstrip().lower().replace("’", "'")


def _unfenced(reply: str) -> str:
    bare = _THOUGHT.sub("", reply)
    fenced = _FENCED.match(bare)
    return fenced[1] if fenced else bare
