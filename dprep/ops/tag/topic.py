"""Add the topic of each text: the nearest of the groups that `dprep fit topics` found.

Makes `topic` (a number; 0 is the largest group of the texts that were learnt from) and `topic_distance` (1 - cosine to the
group's centre, 0 to 1 for texts, up to 2 for vectors, rounded to four places). `terms = true` adds `topic_terms`, the words
that set the topic apart, for people to read.

Use it to see what a collection is about, to balance it (`filter.where`, `split.stratified` with `stratum = ["topic"]`), and to
find what fits nowhere (a large distance). Every text has a nearest topic, also one that is about something else: look at the
distance. A text without a term of the vocabulary, or a row without a vector, has no topic (null).

`topics` is an artifact of `dprep fit topics`. If it was learnt from vectors, name their column in `vectors`, as the fit did.

**Chinese.** Terms are pairs of neighbouring han characters. Texts in a language that was not learnt from share no terms and
have no topic; with vectors they have one, as good as the encoder.

```toml
op = "tag.topic"
topics = "topics"          # learnt from 26 lines of support mail
terms = true
```
```diff
- {"text": "my parcel is lost, ask the courier"}
+ {"text": "my parcel is lost, ask the courier", "topic": 0, "topic_distance": 0.1663, "topic_terms": "parcel my courier left"}
- {"text": "a wrong amount again!"}
+ {"text": "a wrong amount again!", "topic": 2, "topic_distance": 0.6541, "topic_terms": "invoice i on amount"}
- {"text": "快递员说包裹在门口"}
+ {"text": "快递员说包裹在门口", "topic": 1, "topic_distance": 0.3259, "topic_terms": "包裹 裹在 我的 的包"}
  {"text": "bonjour"}
  {"text": ""}
```

```toml
op = "tag.topic"
topics = "vector-topics"
vectors = "vector"
as = { topic = "group", topic_distance = "far" }
```
```diff
- {"text": "east", "vector": [2.0, 0.0]}
+ {"text": "east", "vector": [2.0, 0.0], "group": 0, "far": 0.0}
- {"text": "north-east", "vector": [0.6, 0.8]}
+ {"text": "north-east", "vector": [0.6, 0.8], "group": 1, "far": 0.2}
- {"text": "west", "vector": [-1.0, 0.0]}
+ {"text": "west", "vector": [-1.0, 0.0], "group": 1, "far": 1.0}
  {"text": "nowhere", "vector": [0.0, 0.0]}
  {"text": "not told"}
```
"""

from typing import Annotated, ClassVar

import polars as pl
from annotated_types import MinLen

from dprep.base.artifact import Made
from dprep.base.operator import File, Tag
from dprep.base.problem import fail
from dprep.base.text import Text
from dprep.models.topics import Told, topics


class Topic(Tag):
    libraries: ClassVar[tuple[str, ...]] = ("polars", "numpy")

    topics: Annotated[File, Made("topics")]
    """The artifact."""

    vectors: Annotated[str, MinLen(1)] | None = None
    """The column of vectors, if the topics were learnt from vectors."""

    terms: bool = False
    """Add `topic_terms`: the terms that set the topic apart, with blanks between."""

    def reads(self) -> tuple[str, ...]:
        return () if self.vectors is None else (self.vectors,)

    def notes(self) -> dict[str, pl.DataType]:
        named = {"topic_terms": pl.String()} if self.terms else {}
        return {"topic": pl.Int32(), "topic_distance": pl.Float64(), **named}

    def note(self, text: Text) -> dict[str, pl.Series]:
        told = self._told(text)
        terms = pl.Series([" ".join(each) for each in topics(self.topics).terms], dtype=pl.String)
        return {"topic": told.topic, "topic_distance": told.distance, "topic_terms": terms.gather(told.topic)}

    def _told(self, text: Text) -> Told:
        found = topics(self.topics)
        if self.vectors is None and found.column is not None:
            raise fail("wrong-artifact", "these topics were learnt from vectors", "name their column: `vectors`")
        if self.vectors is None:
            return found.of_texts(text)
        if found.column is None:
            raise fail("wrong-artifact", "these topics were learnt from texts, not from vectors", "drop `vectors`")
        return found.of_vectors(text.rows.get_column(self.vectors))
