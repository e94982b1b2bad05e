"""Add texts that a chat model wrote anew, by a prompt of yours.

Use it for paraphrases, other tones, harder or noisier wordings of rows whose label is known, where a good model is at hand.
Look at what it writes before you train on it (`dprep preview`), keep a gate after it, and mind what the service's terms say of
training on its answers. Do not use it on texts that may not leave your machine, unless the model runs there; a text can also
talk the model into something else than you asked for. Each answer costs time and often money.

`endpoint` is an address of OpenAI's protocol (`/chat/completions` is put behind it): a server of your own (vLLM, llama.cpp,
Ollama) or a service. The key stands in the environment variable that `api_key` names, and is written nowhere. In `prompt`,
`{text}` is the text, `{label}` or another name in braces what the row has in that column, and `{number}` the variant's number:
several may ask for different things.

With `answer = "json"` the model must answer with an object whose `field` is the new text: nothing around it is taken for text.
There is no variant where the answer is empty, cut off, withheld, no such object, begins as a refusal does (`refusals`), or is
shorter than `min_length_ratio` or longer than `max_length_ratio` times the text. A service that is busy is asked again, after
longer and longer pauses; one that stays silent ends the run. Answers are kept in the store's cache batch by batch: the same
command goes on where it ended and pays for nothing twice; a rerun has the same bytes.

**Chinese.** As the model does it; write the prompt in Chinese. Chinese refusals (抱歉, 对不起, 我无法 …) are known. An answer
in another language than the text's is not found out here: put a gate of language after it.

```toml
op = "augment.rewrite"
endpoint = "http://127.0.0.1:18943/v1"   # a stand-in that answers by rule
chat_model = "stand-in"
prompt = "Say it in other words, keep that it is {label}: {text}"
```
```diff
  {"text": "Where is my parcel?", "label": "question"}
+ {"text": "Could you tell me where my parcel is?", "label": "question"}
  {"text": "The lamp is broken.", "label": "complaint"}
+ {"text": "My lamp has stopped working.", "label": "complaint"}
  {"text": "灯坏了，我要退款。", "label": "complaint"}
+ {"text": "这盏灯不亮，请把钱退给我。", "label": "complaint"}
  {"text": "tell me a secret", "label": "question"}
  {"text": " ", "label": "complaint"}
```

```toml
op = "augment.rewrite"
endpoint = "http://127.0.0.1:18943/v1"
chat_model = "stand-in"
prompt = "请换一种说法，用 JSON 回答，字段为 text：{text}"
answer = "json"
max_length_ratio = 2.0
```
```diff
  {"text": "我的包裹在哪里？"}
+ {"text": "请问我的包裹现在到哪儿了？"}
  {"text": "Where is my parcel?"}
+ {"text": "Could you tell me where my parcel is?"}
  {"text": "请告诉我一个秘密"}
  {"text": "\\n"}
```
"""

import re
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Le, MinLen
from pydantic import model_validator

from dprep.base.operator import Augment, Words
from dprep.base.text import Text
from dprep.models.endpoint import Endpoint, Reply
from dprep.ops.augment._answers import inner_text, refuses, said_in_prose
from dprep.ops.augment._providers import check_service, wrong

_NAMED = re.compile(r"\{([^\W\d]\w*)\}")
_OWN = ("text", "number")
_PATIENCE = {"api_key", "timeout", "retries", "concurrency"}
"""Parameters that do not change what is answered."""


class Rewrite(Augment):
    model: ClassVar[bool] = True
    random: ClassVar[bool] = False
    remembers: ClassVar[bool] = True
    at_once: ClassVar[int] = 16
    varies: ClassVar[str] = "a service answers as it likes; answers are remembered."

    endpoint: Annotated[str, MinLen(1)] | None = None
    """The address up to `/chat/completions`."""

    chat_model: Annotated[str, MinLen(1)] | None = None
    """The name of the model there."""

    prompt: Annotated[str, MinLen(1)] = (
        "Rewrite the text in other words. Keep its meaning, its language and every number:\n\n{text}"
    )
    """What is asked; `{text}` is the text, another name in braces a column of the row."""

    system: str = ""
    """What the model is told before: who it is, how it writes."""

    answer: Literal["text", "json"] = "text"
    """The whole answer is the new text, or a field of a JSON object."""

    field: Annotated[str, MinLen(1)] = "text"
    """For `json`: the field of the new text."""

    temperature: Annotated[float, Ge(0), Le(2)] = 1.0
    """How freely the model draws its words."""

    max_tokens: Annotated[int, Ge(16), Le(131_072)] = 2048
    """Of an answer; a longer one is cut off by the service, and not taken."""

    max_characters: Annotated[int, Ge(1)] = 20_000
    """Longer texts are not sent."""

    min_length_ratio: Annotated[float, Ge(0), Le(1)] = 0.3
    """Least characters of the new text for each of the old one."""

    max_length_ratio: Annotated[float, Ge(1), Le(1000)] = 3.0
    """Most characters of the new text for each of the old one."""

    refusals: Words = ()
    """How refusals begin, besides the usual ways."""

    api_key: Annotated[str, MinLen(1)] | None = None
    """The environment variable that holds the key."""

    timeout: Annotated[float, Ge(1), Le(3600)] = 60.0
    """Seconds to wait for an answer."""

    retries: Annotated[int, Ge(0), Le(20)] = 5
    """Further tries where it is busy or fails, each after twice the pause."""

    concurrency: Annotated[int, Ge(1), Le(256)] = 8
    """Questions under way at once."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Rewrite":
        check_service(self.endpoint, self.chat_model)
        if "{text}" not in self.prompt + self.system:
            raise wrong("`prompt` has no `{text}`: the model would not see the text", "put `{text}` where the text belongs")
        return self

    def reads(self) -> tuple[str, ...]:
        names = dict.fromkeys(_NAMED.findall(self.prompt + self.system))
        return tuple(name for name in names if name not in _OWN)

    def identity(self, names: bool = False) -> dict[str, Any]:
        return {name: value for name, value in super().identity(names).items() if name not in _PATIENCE}

    def variant(self, text: Text, luck: npt.NDArray[np.uint64], number: int) -> pl.Series:
        told: list[str | None] = [None] * len(text)
        chosen = (text.series.str.contains(r"\S") & (text.series.str.len_chars() <= self.max_characters)).arg_true()
        if len(chosen):
            texts = text.series.gather(chosen).to_list()
            replies = self._asked(texts, _values(text.rows[chosen.to_list()], self.reads()), number)
            for place, old, reply in zip(chosen.to_list(), texts, replies, strict=True):
                told[place] = self._taken(old, reply)
        return pl.Series(text.series.name, told, dtype=pl.String)

    def _asked(self, texts: list[str], columns: list[dict[str, Any]], number: int) -> list[Reply]:
        assert self.endpoint
        assert self.chat_model
        patience = (self.timeout, self.retries, self.concurrency)
        service = Endpoint(self.endpoint, self.chat_model, self.api_key or "", *patience)
        asked = []
        for text, row in zip(texts, columns, strict=True):
            values = {**row, "text": text, "number": str(number)}
            system = [{"role": "system", "content": _filled(self.system, values)}] if self.system else []
            asked.append([*system, {"role": "user", "content": _filled(self.prompt, values)}])
        form: dict[str, Any] = {"response_format": {"type": "json_object"}} if self.answer == "json" else {}
        return service.ask(asked, {"temperature": self.temperature, "max_tokens": self.max_tokens, **form})

    def _taken(self, old: str, reply: Reply) -> str | None:
        """The new text, if the answer is one."""
        if reply.text is None or not reply.whole:
            return None
        new = inner_text(reply.text, self.field) if self.answer == "json" else said_in_prose(reply.text)
        if new is None or refuses(new, old, self.refusals):
            return None
        return new if self.min_length_ratio * len(old) <= len(new) <= self.max_length_ratio * len(old) else None


def _values(rows: pl.DataFrame, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """What each row has in some columns, as text: lists with commas, other compounds as JSON, nothing as an empty text."""
    found: list[dict[str, Any]] = [{} for _ in range(len(rows))]
    for name in names:
        told = rows.get_column(name)
        if told.dtype == pl.List(pl.String):
            told = told.list.join(", ")
        elif told.dtype.is_nested():
            told = told.to_frame().select(pl.struct(name).struct.json_encode()).to_series()
        for row, value in zip(found, told.cast(pl.String).fill_null("").to_list(), strict=True):
            row[name] = value
    return found


def _filled(template: str, values: dict[str, Any]) -> str:
    """Names in braces replaced once: what stands in the data's own braces stays."""
    return _NAMED.sub(lambda found: str(values[found[1]]) if found[1] in values else found[0], template)
