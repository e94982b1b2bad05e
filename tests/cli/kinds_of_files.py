"""A data file of every kind that `dprep init` should understand, with what a person would say of it."""

from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

ENGLISH = (
    "Where is my parcel, it should have been here on Monday",
    "The jacket arrived in the wrong colour and I want to return it",
    "I cannot log in to my account since the last update",
    "Please cancel the order, I have found a cheaper one",
    "Your invoice shows an amount that I have never agreed to",
)
CHINESE = (
    "我的包裹现在在哪里，星期一就应该送到了",
    "收到的外套颜色不对，我想要退货",
    "更新以后我一直无法登录我的账户",
    "请帮我取消这个订单，谢谢你们",
    "发票上的金额和我当时同意的不一样",
)
LABELS = ("delivery", "returns", "login")


def english(number: int) -> str:
    return f"{ENGLISH[number % 5]}, says customer number {number} of the shop in street {number * 7 % 31}."


def chinese(number: int) -> str:
    return f"{CHINESE[number % 5]}，这是第{number}位顾客在{number * 7 % 31}号店说的。"


def label(number: int) -> str:
    return LABELS[number * number % 3]


@dataclass(frozen=True)
class Sample:
    """A file and the truth about it."""

    name: str
    write: Callable[[Path], object]
    task: str
    columns: dict[str, str]
    language: str = "en"
    says: dict[str, Any] = field(default_factory=dict)
    """What the drafted source must state besides path and columns."""


def lines(make: Callable[[int], dict[str, Any]], count: int = 60) -> Callable[[Path], object]:
    return lambda path: path.write_text("".join(json.dumps(make(n), ensure_ascii=False) + "\n" for n in range(count)))


def text(make: Callable[[int], str], encoding: str = "utf-8", head: str = "", count: int = 60) -> Callable[[Path], object]:
    return lambda path: path.write_bytes((head + "".join(make(n) + "\n" for n in range(count))).encode(encoding))


def squad(path: Path) -> object:
    def paragraph(n: int) -> dict[str, Any]:
        answer = {"text": f"customer number {n}", "answer_start": english(n).index("customer")}
        return {"context": english(n), "qas": [{"id": f"q{n}", "question": f"Who wrote about case {n}?", "answers": [answer]}]}

    return path.write_text(json.dumps({"data": [{"title": "mails", "paragraphs": [paragraph(n) for n in range(40)]}]}))


def pages(folder: Path) -> object:
    folder.mkdir()
    for n in range(12):
        page = (
            f"<!DOCTYPE html><html><head><title>t</title></head><body><p>{english(n)}</p><p>{english(n + 1)}</p></body></html>"
        )
        (folder / f"page{n}.html").write_text(page)
    return folder


CHAT = [{"role": "user", "content": "Hello there, who are you?"}, {"role": "assistant", "content": "The shop's own helper."}]

SAMPLES = (
    Sample(
        "mails.jsonl",
        lines(lambda n: {"body": english(n), "intent": label(n), "customer": n}),
        "classification",
        {"text": "body", "label": "intent"},
    ),
    Sample(
        "mails.csv",
        text(lambda n: f'"{english(n)}",{label(n)}', head="message,category\n"),
        "classification",
        {"text": "message", "label": "category"},
    ),
    Sample(
        "excel.csv",
        text(lambda n: f'"{english(n)}";{label(n)}', head="message;category\n"),
        "classification",
        {"text": "message", "label": "category"},
        says={"delimiter": ";"},
    ),
    Sample(
        "bare.tsv",
        text(lambda n: f"{label(n)}\t{english(n)}"),
        "classification",
        {"text": "text", "label": "label"},
        says={"header": False},
    ),
    Sample(
        "wechat.csv",
        text(lambda n: f"{chinese(n)},{label(n)}", "gb18030", "内容,标签\n"),
        "classification",
        {"text": "内容", "label": "标签"},
        "zh",
        {"encoding": "gb18030"},
    ),
    Sample("wechat.txt", text(chinese), "text", {"text": "text"}, "zh"),
    Sample(
        "book.txt.gz",
        lambda path: path.write_bytes(gzip.compress("\n".join(map(english, range(60))).encode())),
        "text",
        {"text": "text"},
    ),
    Sample(
        "news.parquet",
        lambda path: pl.DataFrame(
            {"id": list(range(60)), "text": list(map(english, range(60))), "label": [n * n % 3 for n in range(60)]}
        ).write_parquet(path),
        "classification",
        {"text": "text", "label": "label"},
        says={"id": "id"},
    ),
    Sample(
        "stars.parquet",
        lambda path: pl.DataFrame({"review": list(map(english, range(60))), "score": [n / 7 for n in range(60)]}).write_parquet(
            path
        ),
        "regression",
        {"text": "review", "label": "score"},
    ),
    Sample(
        "topics.arrow",
        lambda path: pl.DataFrame(
            {"text": list(map(english, range(60))), "labels": [[label(n), "any"] for n in range(60)]}
        ).write_ipc(path),
        "classification",
        {"text": "text", "label": "labels"},
    ),
    Sample(
        "pairs.jsonl",
        lines(lambda n: {"premise": english(n), "hypothesis": english(n + 1), "label": n % 3}),
        "classification",
        {"text": "premise", "text_pair": "hypothesis", "label": "label"},
    ),
    Sample(
        "chat.jsonl",
        lines(lambda n: {"id": n, "messages": [*CHAT, {"role": "user", "content": english(n)}]}),
        "chat",
        {"messages": "messages"},
        says={"id": "id"},
    ),
    Sample(
        "sharegpt.json",
        lambda path: path.write_text(
            json.dumps([{"conversations": [{"from": "human", "value": english(n)}]} for n in range(60)])
        ),
        "text",
        {"text": "conversations.0.value"},
    ),
    Sample(
        "alpaca.json",
        lambda path: path.write_text(
            json.dumps([{"instruction": english(n), "input": "", "output": english(n + 2)} for n in range(60)])
        ),
        "completion",
        {"prompt": "instruction", "completion": "output"},
    ),
    Sample(
        "tuning.jsonl.bz2",
        lambda path: path.write_bytes(
            bz2.compress(
                "".join(
                    json.dumps({"prompt": chinese(n), "completion": chinese(n + 1)}, ensure_ascii=False) + "\n"
                    for n in range(60)
                ).encode()
            )
        ),
        "completion",
        {"prompt": "prompt", "completion": "completion"},
        "zh",
    ),
    Sample(
        "preferred.jsonl",
        lines(lambda n: {"prompt": english(n), "chosen": english(n + 1), "rejected": english(n + 2)}),
        "preference",
        {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"},
    ),
    Sample(
        "ner.jsonl",
        lines(lambda n: {"tokens": ["Ann", "lives", "in", f"Town{n}"], "ner_tags": ["B-PER", "O", "O", "B-LOC"]}),
        "tagging",
        {"tokens": "tokens", "tags": "ner_tags"},
    ),
    Sample(
        "ner.conll",
        text(lambda n: f"Ann B-PER\nlives O\nin O\nTown{n} B-LOC\n"),
        "tagging",
        {"tokens": "tokens", "tags": "tags"},
    ),
    Sample(
        "ner.txt",
        text(lambda n: f"Ann B-PER\nlives O\nin O\nTown{n} B-LOC\n"),
        "tagging",
        {"tokens": "tokens", "tags": "tags"},
        says={"format": "conll"},
    ),
    Sample(
        "squad.json",
        squad,
        "qa",
        {"context": "context", "question": "question", "answers": "answers"},
        says={"format": "squad"},
    ),
    Sample(
        "dialogues.csv",
        text(lambda n: f'"{english(n)} {english(n + 1)}","{english(n + 2)}"', head="dialogue,summary\n"),
        "seq2seq",
        {"source": "dialogue", "target": "summary"},
    ),
    Sample(
        "mails.export",
        lines(lambda n: {"mail": {"subject": "hi", "body": english(n)}, "part": n}),
        "text",
        {"text": "mail.body", "file_part": "part"},
        says={"format": "jsonl"},
    ),
    Sample("pages", pages, "text", {"text": "text"}),
)
