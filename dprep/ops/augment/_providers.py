"""What an augmenter asks to translate or to rewrite: which provider its parameters mean, and whether this machine has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from dprep.base.problem import Error, Problem
from dprep.models.endpoint import ADDRESS, Endpoint
from dprep.models.transformer import checked
from dprep.models.translators import Translator, Wish
from dprep.models.translators.apertium import apertium, data_hash
from dprep.models.translators.chat import Chat
from dprep.models.translators.converted import converted, files_of
from dprep.models.translators.hugging_face import hugging_face
from dprep.models.translators.masks import NUMBERED
from dprep.models.translators.round_trip import Hop

HOW_TO_GET_ONE = (
    '`apt-get install apertium apertium-eng-spa` gives `apertium` (with `source = "eng"` and `via = ["spa"]`); '
    "`pip install 'dprep[train]'` and models (`hf download Helsinki-NLP/opus-mt-en-zh --local-dir en-zh`, and back) "
    "give `hf`; "
    "`ct2-transformers-converter` makes them ready for `ctranslate2`; `endpoint` is any server of OpenAI's protocol"
)
_LIBRARIES = {"hf": ("torch", "transformers", "sentencepiece"), "ctranslate2": ("ctranslate2", "sentencepiece")}


@dataclass(frozen=True)
class Pivot:
    """One language on the way, and the folders of the models there and back, if the provider has such."""

    via: str
    there: str = ""
    back: str = ""


def pivots(via: Sequence[str], there: Sequence[str], back: Sequence[str]) -> list[Pivot]:
    """The ways to go, one for each language; a model of many languages serves for all of them."""
    count = max(len(via), len(there), 1)
    languages = [*via] or [""] * count
    out = [*there] * count if len(there) == 1 else [*there] or [""] * count
    home = [*(back or there)] * count if len(back or there) == 1 else [*(back or there)] or [""] * count
    return [Pivot(*each) for each in zip(languages, out, home, strict=True)]


def wrong(sentence: str, help: str, code: str = "wrong-value") -> Error:
    return Error(Problem(code, sentence, help=help))


def check_service(url: str | None, chat_model: str | None) -> None:
    """Raise Error unless an endpoint is named as one must be."""
    if not url or not chat_model:
        missing = "`endpoint`" if not url else "`chat_model`"
        example = 'endpoint = "http://localhost:8000/v1"' if not url else 'chat_model = "Qwen/Qwen3-8B"'
        raise wrong(f"{missing} is not given, and names whom to ask", f"for instance `{example}`", "missing-parameter")
    if not ADDRESS.fullmatch(url):
        help = "an address like `https://host/v1`; a key stands in an environment variable, which `api_key` names"
        raise wrong("`endpoint` is no address without user, password or query", help)


def check_pivots(provider: str, source: str, via: Sequence[str], there: Sequence[str], back: Sequence[str]) -> None:
    """Raise Error where languages and models do not go together."""
    if provider in ("apertium", "endpoint"):
        if not source or not via:
            missing = "`source`" if not source else "`via`"
            help = 'for instance `source = "eng"` and `via = ["spa"]`, as the provider calls languages'
            raise wrong(f"{missing} is not given: `{provider}` must be told the languages", help, "missing-parameter")
        if there or back:
            raise wrong(f"`there` and `back` name models, and `{provider}` takes none", "drop them, or set another `provider`")
        return
    if not there:
        help = f"`there` and `back` name folders of models, there and back; {HOW_TO_GET_ONE}"
        raise wrong(f"`there` is not given: `{provider}` needs the folder of a model", help, "missing-parameter")
    if not back and not (via and source and len(there) == 1):
        help = "give the model back; one model of many languages serves both ways if `source` and `via` are given"
        raise wrong("`back` is not given: what goes there must come back", help, "missing-parameter")
    sizes = {len(each) for each in (via, there, back) if len(each) > 1}
    if len(sizes) > 1 or (back and len(back) != len(there)):
        raise wrong(
            f"`via` has {len(via)}, `there` {len(there)} and `back` {len(back)} entries, which do not pair up",
            "the first model there, the first back and the first language belong together, and so on",
        )


def check_mark(mark: str) -> None:
    """Raise Error unless marks can be told from each other and from words."""
    before, found, after = mark.partition(NUMBERED)
    if not found or not before.strip() or not after.strip() or NUMBERED in after or mark.split() != [mark]:
        raise wrong(
            f"`mark = {mark!r}` is no mark", "it has `{n}` inside, letters or signs on both sides and no blank: `ZQ{n}Q`"
        )


def check_machine(provider: str, source: str, ways: Sequence[Pivot]) -> None:
    """Raise Error where this machine lacks the provider: the command, the libraries or the files."""
    if provider == "apertium":
        apertium(tuple(each for way in ways for each in (f"{source}-{way.via}", f"{way.via}-{source}")))
    missing = [name for name in _LIBRARIES.get(provider, ()) if find_spec(name) is None]
    if missing:
        sentence = f"`{provider}` needs the library `{missing[0]}`, which is not installed"
        extra = "train" if provider == "hf" else "augment"
        raise wrong(sentence, f"`pip install 'dprep[{extra}]'` provides it", "missing-library")
    for way in ways if provider in _LIBRARIES else ():
        for folder in (way.there, way.back):
            checked(folder) if provider == "hf" else files_of(folder)


def rules_of(provider: str | None, source: str, ways: Sequence[Pivot]) -> Mapping[str, Any]:
    """What a provider's answers depend on besides the parameters: the rules that are installed."""
    if provider != "apertium":
        return {}
    directions = [each for way in ways for each in (f"{source}-{way.via}", f"{way.via}-{source}")]
    return {"rules": [data_hash(direction) for direction in directions]}


@dataclass(frozen=True)
class Settings:
    """How translators are loaded and asked."""

    provider: str
    max_tokens: int
    precision: str | None
    endpoint: Endpoint | None
    mark: str

    def hops(self, way: Pivot, there: Wish, back: Wish) -> list[Hop]:
        """Both hops over one pivot. Raises Error where a model cannot be loaded."""
        return [(self._translator(way.there, there), there), (self._translator(way.back, back), back)]

    def _translator(self, folder: str, wish: Wish) -> Translator:
        if self.provider == "apertium":
            return apertium((f"{wish.source}-{wish.target}",))
        if self.provider == "hf":
            return hugging_face(folder, self.max_tokens, self.precision or "float32")
        if self.provider == "ctranslate2":
            return converted(folder, self.max_tokens, self.precision or "int8")
        assert self.endpoint is not None
        return Chat(self.endpoint, self.mark.replace(NUMBERED, "0"))
