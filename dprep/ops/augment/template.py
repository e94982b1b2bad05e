"""Add labelled rows as prompts and completions, or as chats, for instruction tuning.

Use it to teach a language model a task for which you have labelled rows: each gets a `prompt` and a `completion` (or
`messages`), with as many examples before it as you like. Several templates keep a model from learning one wording by heart:
variant 1 uses the first, variant 2 the second, and so on. Do not use it to make a classifier better: it adds no new text.

`template` and `answer` are plain texts with `{column}` in them; `{{` and `}}` are braces. There are no conditions, loops,
formats or code, and what a column says is put in once and not read again: a text with `{label}` in it stays as it is. Lists are
written with commas, objects as JSON. A row that has nothing (null) in a column that is named gets no rendering. `{choices}` is
every answer that the pool has (at most 1,000), in order, with commas. `names` says how the values of the class columns
(`classes`) are written.

With `shots` each prompt begins with `intro`, if there is one, and so many examples, drawn from all rows that the step acts on
(in a split set `train` alone, unless `parts` says otherwise), from one class after another in an order drawn for each row.
Never is it the row itself, nor a near twin of it (Jaccard similarity of 0.8 or more of the columns in `template` that are no
classes). A class without such a row gives none, so a prompt may have fewer. An example is the template, `joint` and the answer;
`between` stands between examples. In a chat an example is a turn of the user and one of the assistant, and `intro` is the
system's.

Rendered rows are new rows beside those that they are made from, with the columns `prompt` and `completion` (or `messages`),
which the others lack. `dprep export` to `llama-factory`, `axolotl` or `trl` hands on the rendered rows alone. To have no others
in the version, put `filter.where` behind it, with `condition = "prompt IS NOT NULL"` (or `messages IS NOT NULL`) and `parts =
["train"]`, since it would empty the other parts. Parts to test on are rendered too if you say so (`parts = ["test"]`,
`before_split = "accepted"`), in a step of their own: with two parts in one step examples for one are drawn from the other too.

**Chinese.** Works as it stands: a template is a text like any other. Set `joint = ""` where no blank is due.

Source: examples balanced over the classes and in an order by chance: Zhao et al. 2021, "Calibrate Before Use", arXiv
2102.09690, which shows what an uneven choice or order does. Several templates for one task: Wei et al. 2022, "Finetuned
Language Models Are Zero-Shot Learners", arXiv 2109.01652.

```toml
op = "augment.template"
template = ["{text}\\nSpam?", "Spam ({choices}): {text}"]
names = { spam = "yes", ham = "no" }
```
```diff
  {"text": "Win a {label} now!", "label": "spam"}
+ {"text": "Win a {label} now!", "label": "spam", "prompt": "Win a {label} now!\\nSpam?", "completion": "yes"}
+ {"text": "Win a {label} now!", "label": "spam", "prompt": "Spam (no, yes): Win a {label} now!", "completion": "yes"}
  {"text": "See you at six", "label": "ham"}
+ {"text": "See you at six", "label": "ham", "prompt": "See you at six\\nSpam?", "completion": "no"}
+ {"text": "See you at six", "label": "ham", "prompt": "Spam (no, yes): See you at six", "completion": "no"}
  {"text": "nobody has labelled this"}
```

```toml
op = "augment.template"
template = "{text}→"
joint = ""
between = "\\n"
shots = 2
```
```diff
  {"text": "怎么退款？", "label": "退款"}
+ {"text": "怎么退款？", "label": "退款", "prompt": "包裹呢？→物流\\n钱呢？→退款\\n怎么退款？→", "completion": "退款"}
  {"text": "钱呢？", "label": "退款"}
+ {"text": "钱呢？", "label": "退款", "prompt": "包裹呢？→物流\\n怎么退款？→退款\\n钱呢？→", "completion": "退款"}
  {"text": "包裹呢？", "label": "物流"}
+ {"text": "包裹呢？", "label": "物流", "prompt": "怎么退款？→退款\\n包裹呢？→", "completion": "物流"}
  {"text": "没有人标过这一条"}
```

```toml
op = "augment.template"
template = "{text}"
output = "chat"
```
```diff
  {"text": "Hi", "label": "greet"}
+ {"text": "Hi", "label": "greet", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "greet"}]}
  {"text": "再见", "label": "bye"}
+ {"text": "再见", "label": "bye", "messages": [{"role": "user", "content": "再见"}, {"role": "assistant", "content": "bye"}]}
  {"text": "nobody has labelled this"}
```
"""

import json
from collections.abc import Mapping
from functools import cached_property, partial
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Le, MinLen
from pydantic import Strict, model_validator

from dprep.base.mixing import MADE, Mixing, RowPool
from dprep.base.problem import Error, Problem
from dprep.ops.augment._pool import pieces, save_members
from dprep.ops.augment._rendering import CHOICES, Parts, Words, chats, columns_of, joined, parsed
from dprep.ops.augment._shots import Wanted, shots

U64 = npt.NDArray[np.uint64]

MOST_CHOICES = 1000
_MESSAGE = pl.Struct({"role": pl.String(), "content": pl.String()})


class Template(Mixing):
    text_only: ClassVar[bool] = False
    rewords: ClassVar[bool] = False

    template: str | Annotated[tuple[str, ...], Strict(False)]
    """What is asked: a text with `{column}` in it, or several. Variant n uses the n-th, and after the last the first again;
    without `variants` there are as many as templates."""

    answer: Annotated[str, MinLen(1)] = "{label}"
    """What is to be answered."""

    names: Mapping[str, str] = {}
    """How values of the columns in `classes` are written, in templates and in answers; others as they are."""

    intro: str = ""
    """What stands once, before examples and prompt; in a chat it is the system's message."""

    shots: Annotated[int, Ge(0), Le(64)] = 0
    """Examples before each prompt."""

    joint: str = " "
    """Between an example's prompt and its answer."""

    between: str = "\n\n"
    """Between intro, examples and prompt."""

    output: Literal["completion", "chat"] = "completion"
    """The columns `prompt` and `completion`, or `messages` with roles and contents."""

    @model_validator(mode="before")
    @classmethod
    def _a_variant_for_each(cls, given: object) -> object:
        """As many variants as templates, if nothing else is said."""
        if not isinstance(given, Mapping) or {"variants", "per_class_target"} & set(given):
            return given
        several = given.get("template")
        return {**given, "variants": len(several)} if isinstance(several, list | tuple) and several else given

    @model_validator(mode="after")
    def _reads_well(self) -> "Template":
        templates, answer, _ = self._templates, self._answer, self._intro
        if CHOICES in answer.names:
            help = "name the column that holds it"
            raise Error(Problem("wrong-value", "`answer` has `{choices}`, which stands for all answers", help=help))
        if not templates or not all(columns_of([each]) for each in templates):
            help = "name the column to put in, such as `{text}`"
            raise Error(Problem("wrong-value", "`template` has a text that names no column, or none", help=help))
        return self

    @cached_property
    def _templates(self) -> tuple[Parts, ...]:
        told = (self.template,) if isinstance(self.template, str) else self.template
        return tuple(parsed(each, "template") for each in told)

    @cached_property
    def _answer(self) -> Parts:
        return parsed(self.answer, "answer")

    @cached_property
    def _intro(self) -> Parts:
        return parsed(self.intro, "intro")

    def reads(self) -> tuple[str, ...]:
        named = columns_of((*self._templates, self._answer, self._intro))
        return named if self.classes == ("label",) else tuple(dict.fromkeys([*named, *self.classes]))

    def pooled(self) -> tuple[str, ...]:
        if self.shots:
            return columns_of((*self._templates, self._answer))
        return columns_of((self._answer,)) if self._lists_choices() else ()

    def makes(self) -> dict[str, pl.DataType]:
        if self.output == "chat":
            return {**super().makes(), "messages": pl.List(_MESSAGE)}
        return {**super().makes(), "prompt": pl.String(), "completion": pl.String()}

    def prepare(self, pool: RowPool) -> None:
        save_members(pool)
        choices = self._choices(pool) if self._lists_choices() else []
        (pool.folder / "choices.json").write_text(json.dumps(choices), encoding="utf-8")

    def mixed(self, rows: pl.DataFrame, luck: U64, number: int, pool: RowPool) -> pl.DataFrame:
        choices = json.loads((pool.folder / "choices.json").read_text(encoding="utf-8"))
        words = Words(self.classes, self.names, ", ".join(choices))
        template = self._templates[(number - 1) % len(self._templates)]
        shown = rows.select(
            template.text(rows.schema, words).alias("prompt"),
            self._answer.text(rows.schema, words).alias("answer"),
            self._intro.text(rows.schema, words).alias("intro"),
        )
        wanted = Wanted(pool, self._inputs(template), partial(self._example, template, words))
        examples = [(each.prompt, each.answer) for each in shots(wanted, rows, luck, self.shots)] if self.shots else []
        made = shown.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
        said = self._chat(shown, examples) if self.output == "chat" else self._completion(shown, examples)
        return rows.with_columns(*said, made.alias(MADE))

    def _completion(self, shown: pl.DataFrame, examples: list[tuple[pl.Series, pl.Series]]) -> list[pl.Series]:
        intro = [shown.get_column("intro")] if self.intro else []
        told = [prompt + self.joint + answer for prompt, answer in examples]
        prompt = joined([*intro, *told, shown.get_column("prompt")], self.between)
        return [prompt.alias("prompt"), shown.get_column("answer").alias("completion")]

    def _chat(self, shown: pl.DataFrame, examples: list[tuple[pl.Series, pl.Series]]) -> list[pl.Series]:
        turns = [("system", shown.get_column("intro"))] if self.intro else []
        for prompt, answer in examples:
            turns += [("user", prompt), ("assistant", answer)]
        turns += [("user", shown.get_column("prompt")), ("assistant", shown.get_column("answer"))]
        return [chats(turns).cast(pl.List(_MESSAGE))]

    def _example(self, template: Parts, words: Words, rows: pl.DataFrame) -> pl.DataFrame:
        prompt, answer = (each.text(rows.schema, words) for each in (template, self._answer))
        return rows.select(prompt.alias("prompt"), answer.alias("answer"))

    def _inputs(self, template: Parts) -> tuple[str, ...]:
        """The columns of a template that say what a row is about."""
        named = columns_of((template,))
        return tuple(name for name in named if name not in self.classes) or named

    def _lists_choices(self) -> bool:
        return any(CHOICES in each.names for each in (*self._templates, self._intro))

    def _choices(self, pool: RowPool) -> list[str]:
        """Every answer in the pool, in order. Raises Error (`wrong-value`) where there are too many to list."""
        found: set[str] = set()
        for _, rows in pieces(pool):
            answers = rows.select(self._answer.text(rows.schema, Words(self.classes, self.names)).alias("answer"))
            found |= set(answers.get_column("answer").drop_nulls().unique().to_list())
            if len(found) > MOST_CHOICES:
                sentence = f"`{{choices}}` would list more than {MOST_CHOICES:,} answers"
                raise Error(Problem("wrong-value", sentence, help="leave it out, or answer with fewer values"), exit_code=1)
        return sorted(found)
