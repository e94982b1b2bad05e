"""Chat templates: where one comes from, what it writes, and which of its tokens the model has to learn to say.

Most templates do not mark what the assistant says. So the mask is derived: the conversation is rendered up to each answer, with
the opening that the model is given when it serves, and up to the end of the answer; what lies between is the answer. The whole
text is turned into tokens once, the way that serving does it, and characters are mapped to tokens by their offsets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.base.problem import Error, Problem, did_you_mean

Message = Mapping[str, Any]

BUILT_IN = {
    "plain": (
        "{% if bos_token %}{{ bos_token }}{% endif %}"
        "{% for message in messages %}"
        "{% if message.role == 'assistant' %}{{ 'Assistant: ' + message.content + eos_token + '\n' }}"
        "{% else %}{{ message.role | capitalize + ': ' + message.content + '\n' }}{% endif %}"
        "{% endfor %}"
        "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
    ),
    "chatml": (
        "{% for message in messages %}"
        "{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}"
        "{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    ),
}
"""`plain` needs no token but the tokenizer's own end; `chatml` needs `<|im_start|>` and `<|im_end|>` in the vocabulary.

`plain` asks without the space that an answer begins with: tokenizers join a space to the word behind it, so that an opening
which ends with one, or with a line's end where that is a space, would melt into the first word of the answer.
"""
OWN = "chat"
"""The name of the template that a tokenizer brings along."""
_MARKER = "endgeneration"
_HI: tuple[Message, ...] = ({"role": "user", "content": "Hi"},)
_PROBE: tuple[Message, ...] = (*_HI, {"role": "assistant", "content": "Hello"})


class Refused(ValueError):
    """A conversation that the template cannot be used on: `reason` as in `Unusable`, `detail` for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Rendered:
    """A text, and where in it the model speaks: (first, behind the last) character of each answer and what ends it."""

    text: str
    spans: tuple[tuple[int, int], ...]
    asks: bool = False
    """Whether the text ends where an answer is to begin."""


@dataclass(frozen=True, eq=False)
class Tokens:
    """A rendered conversation in tokens."""

    ids: npt.NDArray[np.int64]
    """(tokens,)"""
    mask: npt.NDArray[np.bool_]
    """(tokens,) whether the model says it: the words of an answer and the token that ends it."""
    answers: tuple[tuple[int, int], ...]
    """(first, behind the last) token of each answer."""
    stops: tuple[int, ...]
    """The token that ends each answer; -1 where none does."""
    asks: bool = False
    """As in `Rendered`."""


@dataclass(frozen=True, eq=False)
class Template:
    """A chat template with the tokenizer that it is for."""

    tokenizer: Any
    name: str
    source: str
    """Jinja text."""

    def render(self, messages: Sequence[Message], tools: Any = None, prompt: bool = False) -> str:
        """The text that is served. prompt: with the opening of the next answer. Raises Refused."""
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    list(messages), tools=tools, chat_template=self.source, tokenize=False, add_generation_prompt=prompt
                )
            )
        except Exception as fault:  # a template is a program of somebody else: it may raise anything
            raise Refused("template_refuses", f"{type(fault).__name__}: {fault}") from None

    @cached_property
    def opening(self) -> str:
        """What an answer begins with when it is asked for."""
        asked, plain = self.render(_HI, prompt=True), self.render(_HI)
        return asked[len(plain) :] if asked.startswith(plain) else ""

    @cached_property
    def special(self) -> frozenset[int]:
        """Tokens that are no text. The unknown stands for some, such as a line's end that the tokenizer lacks."""
        own = self.tokenizer
        added = [number for number, token in own.added_tokens_decoder.items() if token.special]
        unknown = {own.unk_token_id} - {own.eos_token_id, own.bos_token_id, own.pad_token_id}
        return frozenset([*own.all_special_ids, *added]) - unknown


def load(asked: str, tokenizer: Any) -> Template:
    """The template that is asked for, which becomes the tokenizer's own, so that what is saved serves as it was trained.

    asked: a Jinja file, `chat` (the tokenizer's own), `plain`, `chatml`, or empty for the tokenizer's own and, where it has
    none, `plain`. Raises Error (`train-template`).
    """
    if not getattr(tokenizer, "is_fast", False):
        raise _wrong("the tokenizer cannot say which characters a token stands for", "give a model with a `tokenizer.json`")
    name, source = _source(asked, tokenizer)
    _check_words(name, source, tokenizer)
    template = Template(tokenizer, name, source)
    try:
        template.render(_PROBE)
    except Refused as fault:
        raise _wrong(f"the chat template `{name}` fails on one question and its answer: {fault.detail}") from None
    tokenizer.chat_template = source
    return template


def _source(asked: str, tokenizer: Any) -> tuple[str, str]:
    if asked in {"", OWN}:
        own = _own(tokenizer)
        if own:
            return Path(str(tokenizer.name_or_path or OWN)).name, own
        if asked:
            raise _wrong("the tokenizer has no chat template", "name a Jinja file, or `plain`")
        return "plain", BUILT_IN["plain"]
    if asked in BUILT_IN:
        return asked, BUILT_IN[asked]
    try:
        return Path(asked).name, Path(asked).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        help = did_you_mean(asked, [*BUILT_IN, OWN]) or "name a Jinja file, `chat` (the tokenizer's own), `plain` or `chatml`"
        raise _wrong(f"there is no chat template `{asked}` that can be read", help) from None


def _own(tokenizer: Any) -> str:
    found = tokenizer.chat_template
    if isinstance(found, Mapping):  # several, by name
        return str(found.get("default") or next(iter(found.values()), ""))
    return str(found or "")


def _check_words(name: str, source: str, tokenizer: Any) -> None:
    """The tokens that the built-in templates need must be tokens."""
    needed = {"plain": [tokenizer.eos_token or ""], "chatml": ["<|im_start|>", "<|im_end|>"]}
    if name not in needed or source != BUILT_IN[name]:
        return
    unknown = tokenizer.unk_token_id
    for word in needed[name]:
        if not word or tokenizer.convert_tokens_to_ids(word) in {None, unknown}:
            shown = f"`{word}`" if word else "a token that ends a text"
            help = "name a Jinja file" + (", or `plain`, which needs only an end token" if name == "chatml" else "")
            raise _wrong(f"the template `{name}` needs {shown}, which the tokenizer lacks", help)


def _wrong(sentence: str, help: str = "mend the template, or name another: a Jinja file, `plain` or `chatml`") -> Error:
    return Error(Problem("train-template", sentence, help=help))


def conversation(messages: Any, tools: Any = None) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """Messages and tools as templates read them: no key without a value, what is JSON text read. Raises Refused."""
    if not messages:
        raise Refused("no_messages", "there are no messages")
    found = []
    for message in messages:
        kept = {key: value for key, value in message.items() if value is not None}
        if not isinstance(kept.get("role"), str):
            raise Refused("no_role", "a message has no role")
        if isinstance(kept.get("tool_calls"), str):
            kept["tool_calls"] = _json(kept["tool_calls"]) or []
        if not kept.get("tool_calls"):
            kept.pop("tool_calls", None)
        found.append({"content": "", **kept})
    return found, _json(tools) or None


def _json(text: Any) -> list[Any]:
    try:
        read = json.loads(text) if isinstance(text, str) and text.strip() else text or []
    except ValueError:
        raise Refused("bad_tools", "the tools are no JSON") from None
    if not isinstance(read, list) or not all(isinstance(each, dict) for each in read):
        raise Refused("bad_tools", "the tools are no list of JSON objects")
    return read


def rendered(template: Template, messages: Sequence[Message], tools: Any = None) -> list[Rendered]:
    """A conversation, with the places where the assistant speaks.

    One text, where the beginning of a conversation is written alike whether or not it goes on. Templates that go back on what
    they wrote (drop earlier reasoning, move the system message to the last question) give one text for each answer: the very
    text that the model is served when it gives that answer. Raises Refused (`template_refuses`, `template_mismatch`).
    """
    answers = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    whole = template.render(messages, tools)
    parts = [whole if at == len(messages) - 1 else template.render(messages[: at + 1], tools) for at in answers]
    begins = [_begin(template, messages[:at], tools, part) for at, part in zip(answers, parts, strict=True)]
    if -1 in begins:
        return [_marked(template, messages, tools)]
    spans = [(begin, len(part)) for begin, part in zip(begins, parts, strict=True)]
    if all(whole.startswith(part) for part in parts):
        return [Rendered(whole, tuple(spans))]
    return [Rendered(part, (span,)) for part, span in zip(parts, spans, strict=True)]


def asked(template: Template, messages: Sequence[Message], tools: Any = None) -> list[Rendered]:
    """A conversation that ends with a question: its answers so far, and the opening of the one to be given. Raises Refused."""
    text = template.render(messages, tools, prompt=True)
    told = rendered(template, messages, tools)
    if len(told) == 1 and text.startswith(told[0].text):
        return [Rendered(text, told[0].spans, asks=True)]
    return [*told, Rendered(text, (), asks=True)]


def _begin(template: Template, before: Sequence[Message], tools: Any, text: str) -> int:
    """Where the answer begins in a text that ends with it; -1 where it does not begin as it is asked for."""
    if before:
        asked = template.render(before, tools, prompt=True)
        return len(asked) if text.startswith(asked) else -1
    found = text.find(template.opening) if template.opening else -1  # templates refuse to render nothing at all
    return found + len(template.opening) if found >= 0 else -1


def _marked(template: Template, messages: Sequence[Message], tools: Any) -> Rendered:
    """By the marks that a template itself sets around what the assistant says."""
    from transformers.utils.chat_template_utils import render_jinja_template

    if _MARKER not in template.source:
        raise Refused("template_mismatch", "an answer does not begin the way that the template asks for it")
    try:
        made: Any = render_jinja_template(
            conversations=[[dict(each) for each in messages]],
            tools=tools,
            chat_template=template.source,
            return_assistant_tokens_mask=True,
            **template.tokenizer.special_tokens_map,
        )
    except Exception as fault:  # as in `Template.render`
        raise Refused("template_refuses", f"{type(fault).__name__}: {fault}") from None
    texts, spans = made
    return Rendered(texts[0], tuple(spans[0]))


def tokens(template: Template, texts: Sequence[Rendered]) -> list[Tokens]:
    """Rendered conversations in tokens: the ids that serving gives for the same text."""
    if not texts:
        return []
    made = template.tokenizer(
        [each.text for each in texts], add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    return [
        _tokens(template, each, ids, offsets)
        for each, ids, offsets in zip(texts, made["input_ids"], made["offset_mapping"], strict=True)
    ]


def _tokens(template: Template, of: Rendered, ids: Sequence[int], offsets: Sequence[tuple[int, int]]) -> Tokens:
    numbers = np.asarray(ids, np.int64)
    low, high = extents(offsets)
    mask = np.zeros(len(numbers), np.bool_)
    answers, stops = [], []
    for begin, end in of.spans:
        inside = np.flatnonzero((high > begin) & (low < end))
        while len(inside) and high[inside[-1]] > end and not of.text[low[inside[-1]] : end].strip():
            inside = inside[:-1]  # the next turn's first token, which has swallowed the line's end
        first, last = (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, 0)
        stop = last - 1
        while stop >= first and numbers[stop] not in template.special and not of.text[low[stop] : high[stop]].strip():
            stop -= 1
        ended = stop >= first and int(numbers[stop]) in template.special
        last = stop + 1 if ended else last
        mask[first:last] = True
        answers.append((first, last))
        stops.append(int(numbers[stop]) if ended else -1)
    return Tokens(numbers, mask, tuple(answers), tuple(stops), of.asks)


def extents(offsets: Sequence[tuple[int, int]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(tokens,) first character of each token and the one behind its last, with the spaces that offsets leave out."""
    pairs = np.asarray(offsets, np.int64).reshape(-1, 2)
    low, high = pairs[:, 0], pairs[:, 1]
    before = np.maximum.accumulate(np.concatenate([[0], high[:-1]])) if len(high) else high
    return np.minimum(low, before), high


def affixes(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The tokens that the tokenizer sets before and behind a text of its own accord."""
    inner = tokenizer("a", add_special_tokens=False, verbose=False)["input_ids"]
    outer = tokenizer("a", verbose=False)["input_ids"]
    before = next(n for n in range(len(outer) + 1) if outer[n : n + len(inner)] == inner)
    return outer[:before], outer[before + len(inner) :]
