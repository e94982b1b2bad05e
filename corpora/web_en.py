"""The English pages of `corpora/web/`: whole ones, and one for each rule that a published pipeline drops pages by.

`expect` says, for each rule pack that drops the page, by which step and reason; packs that are not named keep it. It was
written from the published rules (see the comments of the recipes), not from what dprep does.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

GOPHER_LIKE = ("fineweb", "gopher", "dolma", "dclm-heuristics")


@dataclass(frozen=True)
class Page:
    """One page, and which rule it was made to break."""

    rule: str
    text: str
    expect: dict[str, str] = field(default_factory=dict)
    url: str = ""


class Articles:
    """Articles of sentences drawn without seeing one twice in a page; two pages share a sentence or two of ten."""

    def __init__(self, sentences: list[str], seed: int) -> None:
        self.sentences, self.luck = sentences, random.Random(seed)

    def lines(self, count: int = 10) -> list[str]:
        return self.luck.sample(self.sentences, count)

    def paragraphs(self, count: int = 9, joint: str = " ") -> str:
        lines = self.lines(count)
        return "\n".join(joint.join(lines[at : at + 3]) for at in range(0, count, 3))


def everywhere(reason: str, packs: tuple[str, ...] = GOPHER_LIKE, **other: str) -> dict[str, str]:
    return dict.fromkeys(packs, reason) | {pack.replace("_", "-"): said for pack, said in other.items()}


def pages(said: dict[str, Any], seed: int) -> list[Page]:
    """All of them. `said` is `pieces/web.en.toml`."""
    articles = Articles(said["sentences"], seed)
    whole = [Page("", articles.paragraphs()) for _ in range(10)]
    return [*whole, *_words(said, articles), *_lines(said, articles), *_c4(said, articles), *_others(said, articles, whole)]


def _words(said: dict[str, Any], articles: Articles) -> list[Page]:
    """What Gopher's rules for words and symbols drop."""
    hashes = " ".join(f"#{word}" if at % 6 == 0 else word for at, word in enumerate(articles.paragraphs().split(" ")))
    dots = " ".join(f"{word}…" if at % 6 == 0 else word for at, word in enumerate(" ".join(articles.lines(9)).split(" ")))
    quality = "gopher_quality"
    return [
        Page("fewer than 50 words", said["short"], everywhere(f"{quality} min_words")),
        Page(
            "words longer than 10 letters",
            said["long_words"],
            everywhere(f"{quality} max_mean_word_length", dolma=f"{quality} max_median_word_length"),
        ),
        Page(
            "words shorter than 3 letters",
            said["short_words"],
            everywhere(f"{quality} min_mean_word_length", dolma=f"{quality} min_median_word_length"),
        ),
        Page(
            "more than one # for ten words",
            hashes,
            everywhere(
                f"{quality} max_hash_ratio", dolma=f"{quality} max_symbol_ratio", dclm_heuristics=f"{quality} max_symbol_ratio"
            ),
        ),
        Page(
            "more than one ellipsis for ten words",
            dots + " The end came late.",
            everywhere(
                f"{quality} max_ellipsis_ratio",
                dolma=f"{quality} max_symbol_ratio",
                dclm_heuristics=f"{quality} max_symbol_ratio",
            ),
        ),
        Page("fewer than 80 % words with a letter", said["numbers"], everywhere(f"{quality} min_alphabetic_words")),
        Page("fewer than two stop words", said["no_stop_words"], everywhere(f"{quality} min_stop_words")),
    ]


def _lines(said: dict[str, Any], articles: Articles) -> list[Page]:
    """What Gopher's and FineWeb's rules for lines and repetition drop."""
    bullets = "\n".join(f"- {line}" for line in articles.lines(10))
    cut_off = "\n".join(line[:-1] + "…" if at % 2 else line for at, line in enumerate(articles.lines(10)))
    copies = "\n".join(line for pair in zip(articles.lines(6), [said["repeated"]] * 6, strict=True) for line in pair)
    lines = articles.lines(6)
    twice = "\n\n".join([*lines, *lines[:4]])
    refrain = "\n".join(line.format(said["refrain"]) for line in said["refrain_lines"])
    one_copy = articles.lines(12)
    repetition = "gopher_repetition"
    return [
        Page("more than 90 % of the lines are items of a list", bullets, everywhere("gopher_quality max_bullet_lines")),
        Page("more than 30 % of the lines end in an ellipsis", cut_off, everywhere("gopher_quality max_ellipsis_lines")),
        Page("more than 30 % of the lines are copies", copies, everywhere(f"{repetition} max_duplicate_lines")),
        Page(
            "more than 30 % of the paragraphs are copies",
            twice,
            everywhere(f"{repetition} max_duplicate_paragraphs", dolma=f"{repetition} max_duplicate_lines"),
        ),
        Page("one pair of words makes a fifth of the page", said["lamp_shop"], everywhere(f"{repetition} max_top_2_gram")),
        Page("a sentence comes again and again inside others", refrain, everywhere(f"{repetition} max_duplicate_5_grams")),
        Page(
            "no line ends in an end mark",
            "\n".join(said["verse"]),
            {"fineweb": "fineweb_quality min_terminal_lines", "c4": "c4 min_sentences"},
        ),
        Page(
            "more than 67 % of the lines are short",
            "\n".join(said["short_lines"]),
            {"fineweb": "fineweb_quality max_short_lines"},
        ),
        Page(
            "more than 1 % of the characters stand in copied lines",
            "\n".join([*one_copy, one_copy[3]]),
            {"fineweb": "fineweb_quality max_duplicate_line_characters"},
        ),
    ]


def _c4(said: dict[str, Any], articles: Articles) -> list[Page]:
    """What C4's rules drop, or mend."""
    return [
        Page(
            "lorem ipsum",
            articles.paragraphs() + "\n" + said["lorem_line"],
            {"fineweb": "c4 max_lorem_ipsum", "c4": "c4 max_lorem_ipsum"},
        ),
        Page(
            "a curly bracket",
            articles.paragraphs() + "\n" + said["code_line"],
            {"fineweb": "c4 max_curly_brackets", "c4": "c4 max_curly_brackets"},
        ),
        Page("two sentences", said["two_sentences"], {"fineweb": "c4 min_sentences", "c4": "c4 min_sentences"}),
        Page("a blocked word", articles.paragraphs() + "\n" + said["blocked"], {"c4": "blocked_words max_hits"}),
        Page("lines about scripts and cookies, to be taken out", "\n".join([articles.paragraphs(12), *said["web_lines"]])),
    ]


def _others(said: dict[str, Any], articles: Articles, whole: list[Page]) -> list[Page]:
    """Addresses, languages, copies, personal data, line cleaning."""
    host = "https://www.bargain-lamps.example"
    urls = dict.fromkeys(("fineweb", "dclm-heuristics"), "urls {}")
    first, rest = whole[1].text.split(" ", 1)
    near = f"Yesterday {first.lower()} {rest}"
    shouted = "\n".join([articles.paragraphs(6), *said["shouting"]])
    language = dict.fromkeys(("fineweb", "c4", "dolma", "dclm-heuristics"), "language keep")
    return [
        Page("a blocked domain", articles.paragraphs(), {p: u.format("domains") for p, u in urls.items()}, f"{host}/tides"),
        Page(
            "a blocked word in the address",
            articles.paragraphs(),
            {p: u.format("words") for p, u in urls.items()},
            "https://news.example/casino/tides",
        ),
        Page(
            "two suspect words in the address",
            articles.paragraphs(),
            {p: u.format("max_soft_words") for p, u in urls.items()},
            "https://news.example/cheap-tickets/bonus",
        ),
        Page("one suspect word in the address", articles.paragraphs(), {}, "https://news.example/cheap/ferries"),
        Page("German", said["german"], language | {"gopher": "gopher_quality min_stop_words"}),
        Page(
            "a copy of the first page",
            whole[0].text,
            {
                "fineweb": "minhash duplicate",
                "gopher": "exact duplicate",
                "c4": "exact duplicate",
                "dolma": "exact duplicate",
                "dclm-heuristics": "minhash duplicate",
            },
        ),
        Page("nearly the second page", near, dict.fromkeys(("fineweb", "gopher", "dclm-heuristics"), "minhash duplicate")),
        Page(
            "the address of the third page",
            articles.paragraphs(),
            dict.fromkeys(("c4", "dolma"), "same_url duplicate"),
            "page-3",
        ),
        Page("two addresses to be masked", articles.paragraphs() + "\n" + said["contact"]),
        Page(
            "more than five addresses", articles.paragraphs(6) + "\n" + said["contacts"], {"dolma": "personal_data condition"}
        ),
        Page(
            "more than 5 % of the words stand in lines of capitals and counters",
            shouted,
            {"dclm-heuristics": "little_removed condition"},
        ),
        Page("one counter, to be taken out", articles.paragraphs(12) + "\n" + said["shouting"][1]),
    ]
