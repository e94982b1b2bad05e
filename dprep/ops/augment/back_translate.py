"""Add texts that went through another language and came back: other words, much the same meaning.

Use it to give a classifier or a retriever more wordings of few rows. Look at what comes back before you train on it (`dprep
preview`): a weak translator returns weak sentences; gates after this step (similarity, numbers, negation) take out what went
wrong. Do not use it for tagging or question answering, whose offsets it would break, for code, or where the exact words are
the point. Rules (Apertium) are good for noise on classification sets, not for texts that a model shall learn to write.

`provider` is who translates; nothing is downloaded. `hf`: folders of transformers (Marian, NLLB, M2M-100, mBART, T5), on a GPU
if there is one; pickled weights are refused. `ctranslate2`: the same models converted, in int8, faster on a CPU. `apertium`:
rules that Debian packages (`apt-get install apertium apertium-eng-spa`), no weights. `endpoint`: a chat model behind an address
of OpenAI's protocol; the key stands in the environment variable that `api_key` names, and is written nowhere. CTranslate2
comes with `pip install 'dprep[augment]'`, torch and transformers with `dprep[train]`.

`there` and `back` are a model to the other language and one back; one folder of a model of many languages serves both ways,
with languages named as it names them (`source = "eng_Latn"`, `via = ["zho_Hans"]`). With several languages in `via` (or several
models) the variants take turns: variant n goes over language n, and after the last it starts again, with the second best of the
`beams`. With a `temperature` above 0 translations are drawn instead, there and back; what is drawn depends on the text and the
variant's number (with `ctranslate2` also on the texts of its batch), not on the recipe's seed, which only settles the `share`.

Texts are translated sentence by sentence (`endpoint`: whole); white space between sentences stays. A sentence of more than
`max_tokens` is cut after a comma or a word, and nothing is left out. What `protect` names is replaced by marks on the way
(`ZQ0Q`; `mark` changes that) and put back. There is no variant where a mark does not come back exactly once, where a part comes
back empty or unfinished, and of texts with more than `max_characters`. Answers are kept in the store's cache batch by batch:
a run that was killed loses the batch that was on its way (16 texts of a service, up to 4,096 of rules), asks the others never
again, and a rerun has the same bytes.

**Chinese.** `hf`, `ctranslate2` and `endpoint` do it with a model that knows Chinese; sentences end at 。！？；…
Debian has no Chinese pair, so `apertium` has none.

Source: Sennrich, Haddow, Birch 2016, arXiv 1511.06709 (back-translation); Edunov et al. 2018, arXiv 1808.09381 (drawing from
the 10 likeliest tokens); Yu et al. 2018, arXiv 1804.09541 (paraphrases over several pivots).

```toml
op = "augment.back_translate"
provider = "hf"
there = ["tiny-en-zh"]     # two models, learnt from 14 lines
back = ["tiny-zh-en"]
beams = 1
max_characters = 500
```
```diff
  {"text": "Where is my parcel?"}
+ {"text": "Where has my parcel got to?"}
  {"text": "The lamp is broken. Please send 2 to http://a.b/c.\\n"}
+ {"text": "The lamp does not work. Kindly ship 2 to http://a.b/c.\\n"}
  {"text": "See {name}"}
+ {"text": "Look at {name}"}
  {"text": "See {name} 😀"}
  {"text": "12345"}
  {"text": ""}
```

```toml
op = "augment.back_translate"
provider = "hf"
there = ["tiny-zh-en"]
back = ["tiny-en-zh"]
beams = 2
max_characters = 500
```
```diff
  {"text": "我的包裹在哪里？灯坏了。"}
+ {"text": "我的包裹到哪儿了？这盏灯不亮了。"}
  {"text": "我要退款。"}
+ {"text": "请把钱退给我。"}
  {"text": "请把 A-17 寄到 tom@example.com。"}
+ {"text": "麻烦将 A-17 发往 tom@example.com。"}
  {"text": "没有人回答。"}
+ {"text": "一直没人理我。"}
  {"text": "……"}
```
"""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash
from annotated_types import Ge, Le, MinLen
from pydantic import Strict, model_validator

from dprep.base.operator import Augment, File, Words
from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.models.endpoint import Endpoint
from dprep.models.translators import Wish
from dprep.models.translators.round_trip import Hop, Masking, round_trip
from dprep.ops.augment._providers import (
    HOW_TO_GET_ONE,
    Pivot,
    Settings,
    check_machine,
    check_mark,
    check_pivots,
    check_service,
    pivots,
    rules_of,
    wrong,
)

Kinds = Annotated[tuple[Literal["urls", "emails", "mentions", "numbers", "placeholders", "codes", "emoji"], ...], Strict(False)]
Files = Annotated[tuple[File, ...], Strict(False)]

_AT_ONCE = {"apertium": 4096, "ctranslate2": 1024, "hf": 256, "endpoint": 16}
_PATIENCE = {"api_key", "timeout", "retries", "concurrency"}
"""Parameters that do not change what is answered."""


class BackTranslate(Augment):
    libraries: ClassVar[tuple[str, ...]] = ("ctranslate2", "sentencepiece", "torch", "transformers")
    extra: ClassVar[str] = "augment"
    model: ClassVar[bool] = True
    random: ClassVar[bool] = False
    remembers: ClassVar[bool] = True
    varies: ClassVar[str] = (
        "the last bits of a sum of floats depend on batch and device, and a service answers as it likes; answers are kept."
    )

    provider: Literal["hf", "ctranslate2", "apertium", "endpoint"] | None = None
    """Who translates."""

    source: str = ""
    """The language of the texts, as the provider calls it. Not needed for a pair of models of one language each."""

    via: Words = ()
    """The languages to go through."""

    there: Files = ()
    """For `hf` and `ctranslate2`: the folder of the model from `source` to each language."""

    back: Files = ()
    """The folder of the model back from each; without it the model of `there` goes both ways."""

    there_prefix: str = ""
    """Put before each sentence there, for models that must be told: `>>spa<< `, `translate English to German:`."""

    back_prefix: str = ""
    """Put before each sentence on the way back."""

    beams: Annotated[int, Ge(1), Le(32)] = 4
    """For `hf` and `ctranslate2`: translations followed at once. More are better up to about 5, and as many times slower."""

    temperature: Annotated[float, Ge(0), Le(2)] = 0.0
    """Above 0: translations are drawn, the wilder the higher. 0: the likeliest one."""

    top_k: Annotated[int, Ge(0)] = 10
    """With a temperature: drawn from so many of the likeliest tokens; 0: from all."""

    protect: Kinds = ("urls", "emails", "mentions", "numbers", "placeholders", "codes", "emoji")
    """What stays as it is. `mentions` are hashtags too; `codes` are names with digits or dots in them, paths and entities."""

    mark: str = "ZQ{n}Q"
    """What stands for it on the way; `{n}` is its number."""

    max_tokens: Annotated[int, Ge(16), Le(4096)] = 256
    """For `hf` and `ctranslate2`: tokens of a sentence; longer ones are cut. Never more than the model takes."""

    max_characters: Annotated[int, Ge(1)] = 20_000
    """Longer texts get no variant."""

    precision: Literal["float32", "float16", "bfloat16", "int8"] | None = None
    """Of the numbers of a model. Without it: `float32` for `hf`, `int8` for `ctranslate2`, which alone has it."""

    endpoint: Annotated[str, MinLen(1)] | None = None
    """For `endpoint`: the address up to `/chat/completions`."""

    chat_model: Annotated[str, MinLen(1)] | None = None
    """For `endpoint`: the name of the model there."""

    api_key: Annotated[str, MinLen(1)] | None = None
    """For `endpoint`: the environment variable that holds the key."""

    timeout: Annotated[float, Ge(1), Le(3600)] = 60.0
    """For `endpoint`: seconds to wait for an answer."""

    retries: Annotated[int, Ge(0), Le(20)] = 5
    """For `endpoint`: further tries where it is busy or fails, each after twice the pause."""

    concurrency: Annotated[int, Ge(1), Le(256)] = 8
    """For `endpoint`: questions under way at once."""

    @model_validator(mode="after")
    def _is_sound(self) -> "BackTranslate":
        self._judge()
        return self

    def _judge(self) -> None:
        """Raise Error where parameters do not go together."""
        if self.provider is None:
            raise wrong("`provider` is not given: there is nobody to translate", HOW_TO_GET_ONE, "no-provider")
        check_pivots(self.provider, self.source, self.via, self.there, self.back)
        check_mark(self.mark)
        if self.provider == "endpoint":
            check_service(self.endpoint, self.chat_model)
        if self.provider == "hf" and self.precision == "int8":
            raise wrong('`precision = "int8"` is not for `hf`', "set `float32`, `float16` or `bfloat16`, or use `ctranslate2`")
        if "variants" in self.model_fields_set and self.variants > self._most_variants():
            sentence = f"`variants = {self.variants}` are more than the {self._most_variants()} different ways to go"
            raise wrong(sentence, "add languages to `via`, raise `beams`, or draw with a `temperature`")

    def check_files(self) -> None:
        try:
            self._judge()
        except Error:  # told already
            return
        check_machine(self.provider or "", self.source, self._ways())

    def identity(self, names: bool = False) -> dict[str, Any]:
        told = {name: value for name, value in super().identity(names).items() if name not in _PATIENCE}
        return {**told, **rules_of(self.provider, self.source, self._ways())}

    @property
    def at_once(self) -> int:  # type: ignore[override]
        """Smaller where answers are dear."""
        return _AT_ONCE.get(self.provider or "", 256)

    def variant(self, text: Text, luck: npt.NDArray[np.uint64], number: int) -> pl.Series:
        told: list[str | None] = [None] * len(text)
        short = text.series.str.len_chars() <= self.max_characters
        places = (short & text.series.str.contains(r"\p{L}")).arg_true().to_list()
        if places and number <= self._most_variants():
            texts = text.series.gather(places).to_list()
            seeds = [xxhash.xxh3_64_intdigest(each.encode(), seed=number) for each in texts]
            answers = round_trip(texts, seeds, self._hops(number), Masking(frozenset(self.protect), self.mark))
            for place, answer in zip(places, answers, strict=True):
                told[place] = answer
        return pl.Series(text.series.name, told, dtype=pl.String)

    def _ways(self) -> list[Pivot]:
        return pivots(self.via, self.there, self.back)

    def _most_variants(self) -> int:
        """How many variants of a text can differ."""
        if self.temperature and self.provider != "apertium":
            return 100
        return len(self._ways()) * (self.beams if self.provider in ("hf", "ctranslate2") else 1)

    def _hops(self, number: int) -> list[Hop]:
        ways = self._ways()
        way, rank = ways[(number - 1) % len(ways)], (number - 1) // len(ways)
        there = Wish(self.source, way.via, self.there_prefix, self.beams, self.temperature, self.top_k)
        back = Wish(way.via, self.source, self.back_prefix, self.beams, self.temperature, self.top_k, rank)
        return self._settings().hops(way, there, back)

    def _settings(self) -> Settings:
        assert self.provider is not None
        service = None
        if self.provider == "endpoint":
            assert self.endpoint
            assert self.chat_model
            patience = (self.timeout, self.retries, self.concurrency)
            service = Endpoint(self.endpoint, self.chat_model, self.api_key or "", *patience)
        return Settings(self.provider, self.max_tokens, self.precision, service, self.mark)
