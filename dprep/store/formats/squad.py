"""Questions on paragraphs, nested as in SQuAD: articles hold paragraphs, paragraphs hold questions.

Each question is a row: `qid` (the file's `id`, a name that dprep uses itself), `title`, `context`, `question`, `answers` as
lists `text` and `answer_start` (code points), and whatever else the question carries. Rows are numbered by question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dprep.base.problem import fail
from dprep.store.formats import jsonl
from dprep.store.formats.json_document import records_in
from dprep.store.formats.json_stream import Document, NotJson
from dprep.store.formats.kinds import json_text
from dprep.store.formats.lines import utf8_blocks
from dprep.store.formats.reading import Chunk, Cut, File, Reading, Rejected, raw_text
from dprep.store.formats.records import Batch, Record, chunk_of, describe
from dprep.store.formats.streams import BrokenOff


class _Misshapen(Exception):
    """Something is not nested as it should be. Carries a sentence."""


@dataclass
class _Page:
    """Questions that have been read."""

    records: list[Record] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    before: int = 0
    used: int = 0
    size: int = 0

    def reject(self, reason: str, detail: str, raw: str) -> None:
        self.used += 1
        self.rejected.append(Rejected(self.before + self.used, reason, detail, raw_text(raw)))

    def chunk(self, file: File, reading: Reading, fault: str = "") -> Chunk:
        raw = lambda at: json_text(self.records[at])  # noqa: E731  (called only for rejected ones)
        return chunk_of(Batch(self.records, self.places, raw, self.rejected, self.used, fault), reading, file)


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut) -> Iterator[Chunk]:
    """The questions of a SQuAD file."""
    document = Document(utf8_blocks(file, reading))
    page = _Page()
    fault = ""
    try:
        inside = (
            reading if document.peek() == "[" or "record" in reading.options else replace(reading, options={"record": "data"})
        )
        for _, text in records_in(document, file, inside):
            _add_article(page, text)
            if len(page.records) >= cut.rows or page.size >= cut.bytes:
                yield page.chunk(file, reading)
                page = _Page(before=page.before + page.used)
    except (NotJson, BrokenOff) as trouble:
        done = page.before + page.used
        if isinstance(trouble, NotJson) and not done:
            raise fail("unreadable-file", f"`{file.name}` is not JSON: {trouble}", "fetch it again") from None
        fault = f"`{file.name}` broke off after question {done:,}: {trouble}"
    if page.used or fault:
        yield page.chunk(file, reading, fault)


def _add_article(page: _Page, text: str) -> None:
    article, why = jsonl.parse(text.encode("utf-8", "surrogateescape"))
    page.size += len(text)
    if why[0]:
        page.reject(*why, text)
        return
    try:
        paragraphs = _list(article, "paragraphs", "article")
    except _Misshapen as trouble:
        page.reject("bad-record", str(trouble), text)
        return
    for paragraph in paragraphs:
        try:
            context, questions = _string(paragraph, "context", "paragraph"), _list(paragraph, "qas", "paragraph")
        except _Misshapen as trouble:
            page.reject("bad-record", str(trouble), json_text(paragraph))
            continue
        for question in questions:
            _add_question(page, question, context, article)


def _add_question(page: _Page, question: object, context: str, article: object) -> None:
    try:
        asked = _string(question, "question", "question")
        answers = _answers(question)
    except _Misshapen as trouble:
        page.reject("bad-record", str(trouble), json_text(question))
        return
    assert isinstance(question, dict)
    assert isinstance(article, dict)
    rest = {name: value for name, value in question.items() if name not in {"id", "question", "answers"}}
    page.used += 1
    page.places.append(page.before + page.used)
    page.records.append(
        {
            "qid": question.get("id"),
            "title": article.get("title"),
            "context": context,
            "question": asked,
            "answers": answers,
            **rest,
        }
    )


def _answers(question: object) -> Record:
    assert isinstance(question, dict)
    if isinstance(question.get("answers", []), dict):  # as Hugging Face flattens them
        return {
            "text": _list(question["answers"], "text", "answers"),
            "answer_start": _list(question["answers"], "answer_start", "answers"),
        }
    answers = _list(question, "answers", "question") if "answers" in question else []
    texts = [_string(answer, "text", "answer") for answer in answers]
    starts = [answer.get("answer_start") for answer in answers if isinstance(answer, dict)]
    if None in starts:
        raise _Misshapen("the answer has no `answer_start`")
    wrong = [start for start in starts if type(start) is not int]
    if wrong:
        raise _Misshapen(f"the answer's `answer_start` is {describe(wrong[0])}, not a whole number")
    return {"text": texts, "answer_start": starts}


def _list(holder: object, name: str, what: str) -> list[object]:
    value = _get(holder, name, what)
    if not isinstance(value, list):
        raise _Misshapen(f"the {what}'s `{name}` is {describe(value)}, not a list")
    return value


def _string(holder: object, name: str, what: str) -> str:
    value = _get(holder, name, what)
    if not isinstance(value, str):
        raise _Misshapen(f"the {what}'s `{name}` is {describe(value)}, not a string")
    return value


def _get(holder: object, name: str, what: str) -> object:
    if not isinstance(holder, dict):
        raise _Misshapen(f"the {what} is {describe(holder)}, not an object")
    if name not in holder:
        raise _Misshapen(f"the {what} has no `{name}`")
    return holder[name]
