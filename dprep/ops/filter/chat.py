"""Drop conversations that are out of order, have an empty turn, refuse, or do not end with the assistant.

Reads `messages`, a list of `{role, content}`. The order that is wanted: system messages first if any; then the user; after the
user the assistant; after the assistant the user or a tool; after a tool another tool or the assistant. Two turns of one role in
a row break it. Roles may be called `user` or `human`; `assistant`, `gpt`, `model`, `bot` or `function_call`; `system` or
`developer`; `tool`, `function`, `observation` or `ipython`; any other name is reason `unknown_role`. A turn is empty where its
content is null or blank, unless it calls tools. A refusal is a turn of the assistant with a phrase of a list near its start
(`refusal_within` characters): its own list in English and Chinese, or yours. `As an AI assistant` is no refusal by itself: it
counts where the same sentence says within 80 characters what it cannot do, so `As an AI, I have no feelings` stays. Use it
before fine-tuning; a refusal may be right (of what day it is today), so read a sample of what it drops, or set
`refusals = false` for safety data.

Reasons, in this order: `min_turns`, `max_turns`, `unknown_role`, `role_order`, `empty_turn`, `last_turn`, `refusal`. Turns are
all messages but those of the system.

**Chinese.** The list has the usual Chinese refusals (`抱歉，我无法` …), simplified and traditional; `作为一个人工智能` and the
like count with `无法`, `不能` or `没有办法` behind them. Full-width and half-width commas are one.

Source: the order is that of the chat templates of Llama 3, Qwen 2.5 and Mistral; the phrases are our own.

```toml
op = "filter.chat"
```
```diff
  {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]}
  {"messages": [{"role": "system", "content": "Add."}, {"role": "human", "content": "2+2?"}, {"role": "gpt", "content": "4"}]}
- {"messages": [{"role": "user","content": "A"},{"role": "user","content": "B"},{"role": "gpt","content": "C"}]}  # role_order
- {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": " "}]}  # empty_turn
- {"messages": [{"role": "user","content": "A"},{"role": "gpt","content": "B"},{"role": "user","content": "C"}]}  # last_turn
- {"messages": [{"role": "user", "content": "写一首诗"}, {"role": "assistant", "content": "很抱歉，我无法写诗。"}]}  # refusal
- {"messages": [{"role": "user", "content": "Hi"}, {"role": "narrator", "content": "Silence."}]}  # unknown_role
- {"messages": []}  # min_turns
```
"""

import re
from typing import Annotated, ClassVar

import polars as pl
from annotated_types import Ge, MinLen

from dprep.base.operator import Bound, File, Filter, Words
from dprep.base.text import Text
from dprep.models.lists import lines

_ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "gpt", "model", "bot", "function_call"), "assistant"),
    **dict.fromkeys(("tool", "function", "observation", "ipython"), "tool"),
}
_FOLLOWS = {
    "": ("system", "user"),
    "system": ("system", "user"),
    "user": ("assistant",),
    "assistant": ("user", "tool"),
    "tool": ("tool", "assistant"),
}
"""Role before (empty: none) -> roles that may come."""

REFUSALS = (
    *("sorry, but i can't", "sorry, but i cannot", "sorry, but i can not", "sorry, i can't", "sorry, i cannot"),
    *("i cannot fulfill", "i can't fulfill", "i cannot assist", "i can't assist", "i cannot help with", "i can't help with"),
    *("i'm unable to", "i am unable to", "i'm not able to", "i am not able to", "i cannot provide", "i can't provide"),
    *("i cannot comply", "i can't comply", "i must decline", "i have to decline", "it is not appropriate for me"),
    *("抱歉,我无法", "抱歉,我不能", "抱歉,但我无法", "抱歉,但我不能", "对不起,我无法", "对不起,我不能", "对不起,但我无法"),
    *("对不起,但我不能", "我无法提供", "我不能提供", "我无法协助", "我无法帮助", "我无法回答", "我无法满足"),
    *("無法提供", "抱歉,我無法", "對不起,我無法"),
)
"""What refuses wherever it stands near the start of a turn."""
_ROLE_EN = r"\bas an? (?:\w+ )?(?:ai|artificial intelligence|(?:large )?language model|chatbot)\b"
_NOT_EN = r"(?:\b(?:cannot|can't|can not|unable|not able|not (?:possible|appropriate)|won't|will not|must decline)\b)"
_ROLE_ZH = r"(?:作[为為]|我是)(?:一[个個名种種款]|个|個)?(?:人工智[能慧]|ai|(?:大型?)?[语語]言模型|聊天机器人)"
_NOT_ZH = r"(?:无法|無法|不能|不会提供|不會提供|不可以|不便|没有?办法|沒有?辦法)"
_AS_AN_AI = rf"{_ROLE_EN}[^.!?\n]{{0,80}}?{_NOT_EN}|{_ROLE_ZH}[^。！？!?\n]{{0,80}}?{_NOT_ZH}"
"""Who says what it is has refused only where the same sentence goes on with what it cannot do."""


class Chat(Filter):
    text_only: ClassVar[bool] = False

    column: Annotated[str, MinLen(1)] = "messages"
    """The column of conversations."""

    min_turns: Annotated[int, Ge(0)] | None = 2
    """Fewest messages, those of the system not counted."""

    max_turns: Annotated[int, Ge(1)] | None = None
    """Most messages, those of the system not counted."""

    role_order: bool = True
    """Whether roles must follow each other as said above."""

    empty_turns: bool = True
    """Whether an empty turn drops the conversation."""

    last_turn: bool = True
    """Whether the assistant must have the last word."""

    refusals: bool = True
    """Whether a refusal drops the conversation."""

    refusal_phrases: Words = ()
    """Phrases instead of all that the operator knows; case does not count."""

    refusal_file: File | None = None
    """A file with more phrases, one per line (UTF-8)."""

    refusal_within: Annotated[int, Ge(1)] = 200
    """How many characters from the start of a turn a refusal may begin in."""

    def reads(self) -> tuple[str, ...]:
        return (self.column,)

    def measure(self, text: Text) -> dict[str, pl.Series]:
        turns = _turns(text.rows.get_column(self.column))
        before = pl.col("role").shift(1).over("row").fill_null("")
        allowed = pl.any_horizontal((before == one) & pl.col("role").is_in(list(after)) for one, after in _FOLLOWS.items())
        told = turns.select(
            "row",
            turn=pl.col("role") != "system",
            unknown=pl.col("role") == "?",
            disorder=~allowed,
            empty=pl.col("empty"),
            last=pl.col("role").shift(-1).over("row").is_null() & (pl.col("role") != "assistant"),
            refusal=(pl.col("role") == "assistant") & self._refuses(),
        )
        summed = told.group_by("row").agg(pl.exclude("row").cast(pl.Int64).sum())
        names = {"turn": "turns", "unknown": "unknown_role", "disorder": "role_order", "empty": "empty_turn"}
        names |= {"last": "last_turn", "refusal": "refusal"}
        every = pl.select(row=pl.int_range(len(text), dtype=pl.UInt32)).join(
            summed, on="row", how="left", maintain_order="left"
        )
        return {ours: every.get_column(name).fill_null(0).alias(ours) for name, ours in names.items()}

    def bounds(self) -> list[Bound]:
        rules = (("role_order", self.role_order), ("empty_turn", self.empty_turns), ("last_turn", self.last_turn))
        found = [*super().bounds(), Bound("unknown_role", "unknown_role", 0, "max")]
        found += [Bound(rule, rule, 0, "max") for rule, on in (*rules, ("refusal", self.refusals)) if on]
        return found

    def _refuses(self) -> pl.Expr:
        start = pl.col("content").str.slice(0, self.refusal_within).str.to_lowercase()
        return (
            start.str.replace_all("’", "'", literal=True).str.replace_all("，", ",", literal=True).str.contains(self._pattern())
        )

    def _pattern(self) -> str:
        phrases = (*(self.refusal_phrases or REFUSALS), *(lines(self.refusal_file) if self.refusal_file else ()))
        escaped = "|".join(re.escape(phrase.lower().replace("’", "'").replace("，", ",")) for phrase in phrases)
        return escaped if self.refusal_phrases else f"{escaped}|{_AS_AN_AI}"


def _turns(conversations: pl.Series) -> pl.DataFrame:
    """Every message: row (u32), role (one of ours, `?` for another), content, empty."""
    frame = conversations.alias("message").to_frame().with_row_index("row")
    frame = frame.explode("message", empty_as_null=False, keep_nulls=False)
    message = pl.col("message").struct
    fields = {field.name for field in getattr(frame.schema["message"], "fields", ())}
    content = message.field("content").cast(pl.String).fill_null("") if "content" in fields else pl.lit("")
    calls = _is_filled(frame.schema["message"], "tool_calls")
    role = message.field("role").cast(pl.String).str.to_lowercase() if "role" in fields else pl.lit(None, pl.String)
    return frame.select(
        "row",
        role=role.replace_strict(_ROLES, default="?", return_dtype=pl.String).fill_null("?"),
        content=content,
        empty=(content.str.strip_chars() == "") & ~calls,
    )


def _is_filled(dtype: pl.DataType, name: str) -> pl.Expr:
    """Whether a message has something in the field `name`."""
    found = next((field.dtype for field in getattr(dtype, "fields", ()) if field.name == name), None)
    if found is None:
        return pl.lit(False)
    field = pl.col("message").struct.field(name)
    return field.list.len().fill_null(0) > 0 if isinstance(found, pl.List) else field.is_not_null()
