"""Cut long texts into passages that a model can take.

Each passage has at most `size` words (or characters) and ends, in its second half, at the best place there is: an empty line,
else a line break, else the end of a sentence, else the end of a word. White space at a cut is left out; nothing else is. With
`overlap`, a passage begins with up to that many of the last words of the one before it.

A text that is short enough stays as it is. One that is cut leaves the dataset with reason `expanded`, and its passages come in
its place with `parent` (its id), `made_by` and `piece` (1, 2, …). A later split keeps the passages of one text together, also
if the recipe does not ask for it. Use it before deduplication of passages and before augmentation; not on dialogues and not
where answers point into the text (`check` refuses).

A sentence ends at `. ! ? …` with a blank after it, so *Dr. Brown* may be cut in two; a word longer than `size` characters is a
passage of its own, longer than asked.

**Chinese.** A word is one character (see `filter.length`), so `size` counts characters and needs no segmenter. Sentences end at
`。！？；` with their closing quotation mark; without any, a cut falls between two characters.

```toml
op = "expand.passages"
size = 8
```
```diff
- {"text": "It rained all day. We stayed at home.\\n\\nIn the evening it stopped."}  # expanded
+ {"text": "It rained all day. We stayed at home."}
+ {"text": "In the evening it stopped."}
  {"text": "Eight words may stay together in one passage."}
- {"text": "今天下雨了。我们在家里，哪儿也没去。"}  # expanded
+ {"text": "今天下雨了。"}
+ {"text": "我们在家里，哪儿也"}
+ {"text": "没去。"}
```

```toml
op = "expand.passages"
size = 12
unit = "characters"
overlap = 5
```
```diff
- {"text": "one two three four five"}  # expanded
+ {"text": "one two"}
+ {"text": "two three"}
+ {"text": "three four"}
+ {"text": "four five"}
  {"text": "twelve chars"}
```
"""

from typing import Annotated, Literal

from annotated_types import Ge
from pydantic import model_validator

from dprep.base.operator import Expand, Pieces
from dprep.base.problem import Error, Problem
from dprep.base.text import Text, from_buffers
from dprep.kernels.passages import passages


class Passages(Expand):
    size: Annotated[int, Ge(1)] = 400
    """Most words or characters of a passage."""

    unit: Literal["words", "characters"] = "words"
    """What `size` and `overlap` count."""

    overlap: Annotated[int, Ge(0)] = 0
    """Most of a passage's end that the next one repeats; less than `size`."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Passages":
        if self.overlap >= self.size:
            sentence = f"`overlap = {self.overlap}` is as long as a whole passage, of which `size` is {self.size}"
            raise Error(Problem("wrong-value", sentence, help="make `overlap` less than `size`: a tenth of it is usual"))
        return self

    def pieces(self, text: Text) -> Pieces:
        places, offsets, data = passages(text, self.size, self.overlap, characters=self.unit == "characters")
        return Pieces(places, from_buffers(offsets, data))
