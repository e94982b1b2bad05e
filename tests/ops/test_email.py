from __future__ import annotations

import base64
import email.mime.multipart
import email.mime.text
import hashlib
import json
import os
import random
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.email import Email
from dprep.ops.clean.html import Html
from tests.ops.strange import PIECES, edited

SHARED = Path(os.environ.get("DPREP_SHARED") or Path(__file__).resolve().parents[3] / "shared")
MAILS = SHARED / "corpora" / "cls-en-spamassassin" / "emails.jsonl.zst"
JUDGED = Path(__file__).parent / "data" / "email_spamassassin.jsonl"
HEAD = "From: Ann Lee <ann@example.org>\nTo: bob@example.org\nSubject: tea\n"
LINES = [
    "From: a@b.c",
    "To: x",
    "Subject: y",
    "Received: by z",
    "Content-Type: multipart/mixed; boundary=B",
    "--B",
    "--B--",
    "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable",
    "Content-Type: text/html; charset=hz",
    "",
    "",
    " folded",
    "aGk=",
    "=E4=BD",
    "> quoted",
    ">> deeper",
    ">From here",
    "AB> quoted",
    "-- ",
    "--",
    "--Ann",
    "Ann",
    "On Mon, 5 Jan 2015 at 3:45 PM, Bob <b@c.d> wrote:",
    "张三 写道：",
    "-----Original Message-----",
    "Begin forwarded message:",
    "发件人：张三",
    "主题：你好",
    "发送时间：今天",
    "Regards,",
    "谢谢",
    "Sent from my iPhone",
    "__________________",
    "x mailing list",
    "This email and any files are confidential",
    "-----BEGIN PGP SIGNATURE-----",
    "3c4",
    "---",
    "own words",
    "自己的话",
    "\r",
]
mails = st.lists(st.sampled_from([*LINES, *PIECES]), max_size=20).map("\n".join)
settings_of = st.fixed_dictionaries(
    {
        "headers": st.booleans(),
        "quotes": st.booleans(),
        "signatures": st.booleans(),
        "assume_mail": st.booleans(),
        "keep": st.sampled_from([(), ("subject",), ("from", "subject"), ("date", "to", "cc", "from")]),
    }
)


def own(text: str, **parameters: object) -> str:
    """What is left of one mail."""
    return edited(Email(**parameters), text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "> a rose\n> is a rose\n\nsays the poet",
        "Churchill wrote:\n\n> We shall fight",
        "On 5 May 1945 Churchill wrote:\n\n> We shall fight\n\nand so on",
        "# Title\n\n---\n\ntext -- with dashes\n\n-- Robert Frost",
        "usage: tool --flag\n--\nrest",
        "Subject: only one field\n\ntext",
        "PEP: 8\nTitle: Style\nAuthor: A <a@b.c>\nContent-Type: text/x-rst\n\nText",
        "HTTP/1.1 200 OK\nDate: today\nContent-Type: text/html\n\n<p>",
        "To: be or not\nDate: tomorrow\n\nthe question",
        "--- a/file\n+++ b/file\n@@ -1 +1 @@\n-- old\n+new",
        "谢谢\n此致\n敬礼",
        "致：全体员工\n\n关于放假的通知",
        "Thanks,\nBob",
    ],
)
def test_what_is_no_mail_is_not_touched(text):
    assert own(text) == text


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("Yes.", "Yes."),
        ("> tea?\nYes.\n> milk?\nNo.", "Yes.\nNo."),
        ("Yes.\n\nOn Mon, 5 Jan 2015, Bob wrote:\n> tea?", "Yes."),
        ("Yes.\n\nOn Mon, 5 Jan 2015 at 3:45 PM, Bob\n<bob@example.org> wrote:\n\n> tea?\n>\n> Bob", "Yes."),
        ("Ja.\n\nAm 05.01.2015 um 15:45 schrieb Bob <b@example.org>:\n> Tee?", "Ja."),
        ("Oui.\n\nLe lun. 5 janv. 2015 à 15:45, Bob <b@example.org> a écrit :\n> thé ?", "Oui."),
        ("Sí.\n\nEl lun, 5 ene 2015 a las 15:45, Bob (<b@example.org>) escribió:\n> ¿té?", "Sí."),
        ("好。\n\n在 2015年1月5日，下午3:45，张三 <z@example.org> 写道：\n> 喝茶吗？", "好。"),
        ("好。\n\n张三 <z@example.org> 于2015年1月5日周一 下午3:45写道：\n\n喝茶吗？", "好。"),
        ("Yes.\n\n-----Original Message-----\nFrom: Bob\nSent: today\nTo: Ann\nSubject: tea\n\ntea?", "Yes."),
        ("好。\n\n------------------ 原始邮件 ------------------\n发件人: 张三\n主题: 茶\n\n喝茶吗？", "好。"),
        ("好。\n\n发件人：张三\n发送时间：2015年1月5日\n收件人：李四\n主题：茶\n\n喝茶吗？", "好。"),
        ("See below.\n\nBegin forwarded message:\n\n> From: Bob\n> tea?", "See below."),
        ("See.\n\n---------- Forwarded message ---------\nFrom: Bob <b@c.d>\nDate: Mon\n\ntea?", "See."),
        ("Yes.\n-- \nAnn Lee\nTea Ltd", "Yes."),
        ("Yes.\n\nBest regards,\n\nAnn Lee\nTea Ltd", "Yes."),
        ("好。\n\n此致\n敬礼\n\n李四", "好。"),
        ("Yes.\n\nAnn", "Yes."),
        ("Yes.\n\nSent from my iPhone", "Yes."),
        ("好。\n\n发自我的 iPhone", "好。"),
        ("Yes.\n\n_________________________\ntea mailing list\nhttp://example.org/listinfo/tea", "Yes."),
        ("Yes.\n\nThis email and any files with it are confidential and\nmeant for you only.", "Yes."),
        ("本周五开会。\n\n本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人。", "本周五开会。"),
        ("Yes -- and no.\n\n--flag is new", "Yes -- and no.\n\n--flag is new"),
        ("The fix:\n\n3c3\n< old\n---\n> new", "The fix:\n\n3c3\n< old\n---\n> new"),
        (">From here to there", ">From here to there"),
        ("SQL> select 1", "SQL> select 1"),
        ("Thanks,\n\nthat worked. How do I make tea?", "Thanks,\n\nthat worked. How do I make tea?"),
        (
            "Hello!\n\nYou are receiving this letter because you asked.\n\n"
            + "Tea is good.\n" * 2
            + "So good. " * 200
            + "End.",
            "Hello!\n\nYou are receiving this letter because you asked.\n\n"
            + "Tea is good.\n" * 2
            + "So good. " * 200
            + "End.",
        ),
        ("Thanks to all of you.\n\nWe sell tea.", "Thanks to all of you.\n\nWe sell tea."),
    ],
)
def test_own_words_stay_and_others_go(body, left):
    assert own(f"{HEAD}\n{body}") == left
    assert own(f"{HEAD}\n{body}\n".replace("\n", "\r\n")).replace("\r\n", "\n") == left


@pytest.mark.parametrize(
    "body",
    [
        "Hi Bob,\n\nThanks\n\nHow do I install it?",
        "Hi Bob,\n\nThanks!\n\nIt does not start at all.",
        "Hi Bob,\n\nThanks!\n\nplease tell me by Monday whether the new kettle has come",
        "Hi Bob,\n\nBest regards,\nAnn\n\nP.S. tea",
        "好。\n\n谢谢\n\n怎么安装？",
        "好。\n\n谢谢！\n\n我明天再来。",
        "好。\n\n此致\n敬礼\n\n附：合同编号 12345",
    ],
)
def test_a_farewell_with_a_message_below_it_ends_nothing(body):
    assert own(f"{HEAD}\n{body}") == body


@pytest.mark.parametrize(
    "below", ["Tea Ltd.", "Tea & Milk Inc.\n+44 20 7031 3000", "Head of Tea, Ph.D.", "张三\n茶叶公司", "Yahoo!"]
)
def test_names_and_firms_below_a_farewell_go_with_it(below):
    assert own(f"{HEAD}\nYes.\n\nRegards,\nAnn\n{below}") == "Yes."


def test_an_article_below_the_senders_name_stays_and_a_note_goes():
    rule, limit = "-" * 20, 16 * 80
    article = rule + "\n" + "tea-" * 800

    assert own(f"{HEAD}\nRead this.\n\nAnn\n\n{article[:limit]}") == "Read this."
    assert own(f"{HEAD}\nRead this.\n\nAnn\n\n{article[: limit + 1]}").endswith(article[: limit + 1])
    assert own(f"{HEAD}\nRead this.\n\nAL\n\n{article}") == "Read this.\n\nAL"
    assert own(f"{HEAD}\nRead this.\n\nAL\n\n{article}\n{article}").endswith(article)


def test_assumed_mails_need_no_header():
    assert own("> tea?\nYes.\n\nRegards,\nAnn", assume_mail=True) == "Yes."
    assert own("Yes.\n\nAnn", assume_mail=True) == "Yes.\n\nAnn"  # nobody has said that Ann is the sender
    assert own("<p>&gt; tea</p>\n> x", assume_mail=True) == "<p>&gt; tea</p>\n> x"


def test_each_part_can_be_left_alone():
    text = f"{HEAD}\n> tea?\nYes.\n-- \nAnn Lee"

    assert own(text, headers=False) == f"{HEAD}\nYes."
    assert own(text, quotes=False) == "> tea?\nYes."
    assert own(text, signatures=False) == "Yes.\n-- \nAnn Lee"
    assert own(text, keep=("subject", "from")) == "Subject: tea\nFrom: Ann Lee <ann@example.org>\n\nYes."


def _mail(*parts: email.mime.text.MIMEText, kind: str = "alternative") -> str:
    mail = email.mime.multipart.MIMEMultipart(kind)
    mail["From"], mail["To"], mail["Subject"] = "ann@example.org", "bob@example.org", "茶 and tea"
    for part in parts:
        mail.attach(part)
    return mail.as_string()


def test_the_plain_alternative_is_chosen_and_html_where_it_is_empty():
    plain, html = email.mime.text.MIMEText("plain 茶", "plain", "utf-8"), email.mime.text.MIMEText("<p>html</p>", "html")
    empty = email.mime.text.MIMEText(" \n", "plain")

    assert own(_mail(html, plain)) == "plain 茶"
    assert own(_mail(empty, html)).strip() == "<p>html</p>"
    assert own(_mail(plain), keep=("subject",)) == "Subject: 茶 and tea\n\nplain 茶"


def test_attachments_are_dropped():
    note = email.mime.text.MIMEText("a note", "plain")
    note.add_header("Content-Disposition", "attachment", filename="note.txt")
    picture = email.mime.text.MIMEText("R0lGODlh", "x-picture")
    picture.replace_header("Content-Type", "image/gif")

    assert own(_mail(email.mime.text.MIMEText("body"), note, picture, kind="mixed")) == "body"


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("utf-8", "utf-8", "café 茶"),
        ("iso-8859-1", "cp1252", "“café” – €"),
        ("gb2312", "gb18030", "龘字喆 镕"),
        ("gbk", "gb18030", "茶"),
        ("big5", "big5", "茶葉"),
        ("shift_jis", "cp932", "お茶①"),
        ("iso-2022-jp", "iso2022_jp", "お茶"),
        ("x-unknown", "utf-8", "茶"),
        ("us-ascii", "utf-8", "茶"),
        ("utf-8", "cp1252", "naïve café"),
        ('"koi8-r"', "koi8_r", "чай"),
        ("rot13", "utf-8", "茶"),
    ],
)
def test_charsets_are_read_as_they_were_meant(charset, codec, text):
    head = f"{HEAD}Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n"

    assert own(head + base64.b64encode(text.encode(codec)).decode()) == text


def test_broken_encodings_are_read_as_far_as_they_go():
    assert own(f"{HEAD}Content-Transfer-Encoding: quoted-printable\n\nsoft=\nline =ZZ caf=E9") == "softline =ZZ café"
    assert own(f"{HEAD}Content-Transfer-Encoding: base64\n\n!!!aGVsbG8").strip() == "hello"
    assert own(f"{HEAD}Content-Type: multipart/mixed; boundary=x\n\nno boundary here").strip() == "no boundary here"
    assert own("From: a@b.c\nSubject: =?utf-8?B?!!!?= =?x?Q?y?=\n\nbody", keep=("subject",)).endswith("\n\nbody")


def test_quotations_in_html_go_and_the_rest_stays_html():
    html = '<p>Yes.</p><blockquote type="cite"><p>tea?</p><blockquote>x</blockquote></blockquote><p>Ann</p>'

    assert own(f"{HEAD}Content-Type: text/html\n\n{html}") == "<p>Yes.</p><p>Ann</p>"
    assert own(f"{HEAD}Content-Type: text/html\n\n{html}", quotes=False) == html


@given(mails, settings_of)
@settings(max_examples=150, deadline=None)
def test_twice_is_once(text, parameters):
    once = own(text, **parameters)

    assert own(once, **parameters) == once


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "\n" + "> x\n" * 300_000,
        HEAD + "\n" + "x" * 1_000_000,
        HEAD * 20_000,
        (HEAD + "\n") * 10_000 + "end",
        HEAD + "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000)),
        "-- \n" * 200_000,
        "On 1:1 a@b wrote:\n" * 50_000,
        HEAD + "Content-Type: multipart/mixed; boundary=\n\n--\n--\n",
        HEAD + "Content-Type: text/html\n\n" + "<blockquote cite>" * 50_000,
        "From: a@b.c\nSubject: " + "=?utf-8?B?5L2g?= " * 20_000 + "\n\nbody",
    ],
    ids=["quotes", "long line", "fields", "headers", "nested", "delimiters", "attributions", "boundary", "citations", "words"],
)
def test_hostile_mails_end_and_only_lose_text(text):
    left = own(text, keep=("subject",))
    assert len(left) <= len(text)
    assert own(left, keep=("subject",)) == left


@cache
def spamassassin() -> dict[str, str]:
    if not MAILS.exists():
        pytest.skip("the shared corpora are not here")
    return dict(pl.read_ndjson(MAILS).select("id", "raw").iter_rows())


def test_every_spamassassin_mail_goes_through():
    raw = pl.Series("text", list(spamassassin().values()))
    own_words = Email().edit(Text(raw))
    plain = Html().edit(Text(own_words))

    assert len(raw) == 6046
    assert plain.null_count() == 0
    assert Email().edit(Text(own_words)).equals(own_words)
    assert own_words.str.contains(r"\A(?:Return-Path|Received): ").sum() == 0


def _hash(line: str) -> str:
    """Of a line without signs of quotation, blanks at its ends and letters that charsets may change."""
    bare = "".join(c for c in line.strip().lstrip(">").strip() if c.isascii())
    return hashlib.sha256(bare.encode()).hexdigest()[:12]


def test_a_second_persons_words_go_and_the_senders_stay():
    """50 mails with quotations or signatures, drawn by hash and judged line by line before the operator was run on them.

    Names below a text and bare farewells are not judged: they are the sender's words and his signature.
    """
    texts = spamassassin()
    judged = [json.loads(line) for line in JUDGED.read_text().splitlines()]
    plain = Html().edit(Text(Email().edit(Text(pl.Series([texts[mail["id"]] for mail in judged])))))
    lines = [{_hash(line) for line in text.splitlines()} for text in plain]
    gone = [line not in left for mail, left in zip(judged, lines, strict=True) for line in mail["go"]]
    kept = [line in left for mail, left in zip(judged, lines, strict=True) for line in mail["stay"]]

    assert len(judged) == 50
    assert sum(gone) / len(gone) >= 0.97, f"{sum(gone)} of {len(gone)}"
    assert sum(kept) / len(kept) >= 0.97, f"{sum(kept)} of {len(kept)}"


def test_order_and_neighbours_do_not_matter():
    texts = [f"{HEAD}\n{line}" for line in LINES] + LINES
    shuffled = random.Random(1).sample(range(len(texts)), len(texts))

    assert edited(Email(), *[texts[i] for i in shuffled]) == [own(texts[i]) for i in shuffled]
