"""The parameters of C4's line rules, which `clean.c4_lines` applies and `filter.c4` foresees: equal settings, equal lines."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge
from pydantic import BaseModel, ConfigDict, model_validator

from dprep.base.operator import Words
from dprep.kernels.line_rules import NO_LIMIT, LineRules

POLICY = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")

LINES: Mapping[str, Mapping[str, Any]] = {
    "datatrove": {},
    "fineweb": {"ends": (), "refused_ends": ()},
    "dolma": {
        "ends": (".", "?", "!", '"'),
        "refused_ends": (),
        "longest_word": None,
        "citations": False,
        "javascript": False,
        "phrases": (),
    },
    "dclm": {"ends": (".", "?", "!", '"'), "refused_ends": ("...",), "fewest_words": 5},
    "zh": {
        "ends": ("。", "！", "？", "……", "”", "："),
        "refused_ends": (),
        "longest_word": None,
        "fewest_words": 0,
        "fewest_characters": 5,
        "most_characters": 500,
        "citations": False,
        "javascript": False,
        "phrases": ("□", "■", "\ufffd"),
    },
}
"""What each source asks of lines, where it is not what datatrove asks."""


class LineParameters(BaseModel):
    """What a line must be to stay."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    flavours: ClassVar[Mapping[str, Mapping[str, Any]]] = LINES

    flavour: Literal["datatrove", "fineweb", "dolma", "dclm", "zh"] = "datatrove"
    """Whose rules apply where no parameter says otherwise."""

    ends: Words = (".", "?", "!", '"', "'")
    """A line must end with one of these; an empty list: with anything."""

    refused_ends: Words = ("...",)
    """A line must not end with one of these."""

    fewest_words: Annotated[int, Ge(0)] = 3
    """Fewest words of a line; a word is what blanks separate."""

    longest_word: Annotated[int, Ge(1)] | None = 1000
    """Most characters of a line's longest word."""

    fewest_characters: Annotated[int, Ge(0)] = 0
    """Fewest characters of a line."""

    most_characters: Annotated[int, Ge(0)] | None = None
    """Most characters of a line."""

    citations: bool = True
    """Take `[1]`, `[]`, `[edit]` and `[citation needed]` out of lines."""

    javascript: bool = True
    """Drop lines that hold `javascript`, in either case."""

    phrases: Words = POLICY
    """Drop lines that hold one of these; case of ASCII letters is ignored."""

    settled: bool = True
    """Judge a line that lost citation marks again as it then stands. False: once, as the sources do, blanks left where the
    marks were; then a second run of the step may change the text again."""

    @model_validator(mode="before")
    @classmethod
    def _flavoured(cls, given: Any) -> Any:
        """What the recipe does not set is as its flavour has it."""
        if not isinstance(given, Mapping):
            return given
        asked = given.get("flavour", "datatrove")
        return {**(cls.flavours.get(asked, {}) if isinstance(asked, str) else {}), **given}

    def rules(self) -> LineRules:
        """As the kernel takes them."""
        return LineRules(
            longest_word=NO_LIMIT if self.longest_word is None else self.longest_word,
            fewest_words=self.fewest_words,
            fewest_characters=self.fewest_characters,
            most_characters=NO_LIMIT if self.most_characters is None else self.most_characters,
            citations=self.citations,
            settled=self.settled,
            javascript=self.javascript,
            ends=self.ends,
            refused_ends=self.refused_ends,
            phrases=self.phrases,
        )
