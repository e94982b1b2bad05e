"""The page around the blocks: its head with the policy, the contents, the verdict, the chapters."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from dprep.report.blocks import Report, Section
from dprep.report.renderers import charts
from dprep.report.renderers.html_page.prose import notices
from dprep.report.renderers.html_page.setting import Setting, id_of, proper, setting
from dprep.report.renderers.html_page.show import show
from dprep.report.renderers.html_page.written import inline, quoted, spoken
from dprep.report.say import Say


def write_page(report: Report) -> str:
    """All of a report as one HTML document, the same for the same report. Every string of it may be hostile."""
    desk = setting(report)
    language = {"en": "en", "zh": "zh-Hans"}[report.language]
    chapters = "\n".join(_chapter(section, desk) for section in report.sections)
    body = (
        f'{_bar(report, desk)}\n<main id="page-main" tabindex="-1">\n{_top(report, desk)}\n{chapters}\n{_foot(desk.say)}</main>'
    )
    skip = f'<a class="skip" href="#page-main">{desk.say("Skip to the report")}</a>'
    return (
        f'<!doctype html>\n<html lang="{language}" dir="ltr">\n<head>{_head(report)}</head>\n'
        f"<body>\n{skip}\n{body}\n<script>{_script()}</script>\n</body>\n</html>\n"
    )


def _head(report: Report) -> str:
    """The policy comes first. Should escaping ever fail, still no script but ours runs and nothing is fetched or sent."""
    policy = (
        f"default-src 'none'; script-src '{_hashed(_script())}'; style-src-elem '{_hashed(_style())}'; "
        "style-src-attr 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
    return (
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{quoted(report.title)}</title>\n<style>{_style()}</style>"
    )


def _bar(report: Report, desk: Setting) -> str:
    """Beside the page where there is room, above it on a phone: where one is, where one may go, light or dark."""
    say = desk.say
    ways = "".join(
        f'<li><a href="#{section.id}">{inline(section.title, say)}</a></li>'
        for section in report.sections
        if proper(section.id)
    )
    contents = say("Contents")
    menu = f'<details class="menu"><summary>{contents}</summary><ul>{ways}</ul></details>'
    return (
        f'<header class="bar"><a class="brand" href="#page-main">{inline(report.title, say)}</a>'
        f'<nav aria-label="{contents}">{menu}<ul class="contents">{ways}</ul></nav>{_theme(say)}</header>'
    )


def _theme(say: Say) -> str:
    """A button that goes round; hidden until the script runs, without which the system's choice holds."""
    auto, light, dark = say("Auto"), say("Light"), say("Dark")
    words = f'data-auto="{auto}" data-light="{light}" data-dark="{dark}"'
    told = f'<span class="vh">{say("Theme")}: </span><span>{auto}</span>'
    return f'<button type="button" class="theme" {words} hidden>{told}</button>'


def _top(report: Report, desk: Setting) -> str:
    verdict = "".join(f"<p>{spoken(sentence, desk.say)}</p>" for sentence in report.verdict)
    return (
        f'<div class="top"><h1>{inline(report.title, desk.say)}</h1><p class="soft">{inline(report.subtitle, desk.say)}</p>'
        + (f'<div class="verdict">{verdict}</div>' if verdict else "")
        + f"{notices(report.notices, desk)}</div>"
    )


def _chapter(section: Section, desk: Setting) -> str:
    head = f"<h2>{inline(section.title, desk.say)}</h2>"
    return f"<section{id_of(section.id)}>\n{head}\n{show(section.blocks, desk)}\n</section>"


def _foot(say: Say) -> str:
    told = say("One file, made by dprep. It fetches nothing and sends nothing.")
    return f'<p class="foot soft">{told}</p>'


@cache
def _style() -> str:
    return f"{_file('style.css')}\n{charts.CSS}\n"


@cache
def _script() -> str:
    return f"{_file('script.js')}\n{charts.SCRIPT}\n"


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hashed(text: str) -> str:
    """As a policy names what it lets through."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
