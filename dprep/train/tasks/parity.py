"""Whether what is trained is what is served: the same ids, one token that begins a text, an end that is learnt, a true pad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dprep.base.problem import Problem
from dprep.train.tasks import templates
from dprep.train.tasks.templates import Refused, Rendered, Template, Tokens, affixes

CODE = "train-template"
_HOW = "mend the template, or name another with `template`: a Jinja file, `plain` or `chatml`"


def stop_tokens(template: Template) -> list[int]:
    """The tokens that a served model must stop at: what ends an answer, and what ends any text; in that order."""
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    try:
        told = templates.tokens(template, templates.rendered(template, said))
    except Refused:
        told = []
    ends = [stop for each in told for stop in each.stops if stop >= 0]
    own = template.tokenizer.eos_token_id
    return list(dict.fromkeys([*ends, *([] if own is None else [int(own)])]))


def generation_config(tokenizer: Any, stops: Sequence[int]) -> dict[str, Any]:
    """What `generation_config.json` must say, so that whoever serves the model stops where an answer ends."""
    found = {"eos_token_id": [*stops] or None, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": tokenizer.bos_token_id}
    return {name: value for name, value in found.items() if value is not None}


def parity(template: Template, rows: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """What differs between training and serving, over some rows with `messages` (+ `tools`); empty where nothing does.

    An error means that the model could not learn what it is meant to; a warning, that a few rows are worse than they look.
    """
    told: list[tuple[Mapping[str, Any], Tokens, Rendered]] = []
    refused: list[Refused] = []
    for row in rows:
        try:
            texts = templates.rendered(template, *templates.conversation(row["messages"], row.get("tools")))
        except Refused as fault:
            refused.append(fault)
            continue
        told += [(row, made, text) for made, text in zip(templates.tokens(template, texts), texts, strict=True)]
    found = [
        *_refusals(template, refused, len(rows)),
        *_clock(template),
        *_padding(template),
        *_masks(template, [made for _, made, _ in told]),
    ]
    if told:
        checks = (_beginning, _ids, _joints, _rewritten)
        found += [each for check in checks if (each := check(template, told))]
    return found


def of_plain(tokenizer: Any, answers: Sequence[tuple[str, Sequence[int]]], melted: int) -> list[Problem]:
    """The same for completions that no template writes, given with their ids. melted: those that begin within a token."""
    found = [_melted(melted, "end prompts without a space, and begin completions with it")] if melted else []
    if tokenizer.eos_token_id is None and not affixes(tokenizer)[1]:
        sentence = "the tokenizer has no token that ends a text: the model could not learn to stop"
        found.append(Problem(CODE, sentence, help="set `eos_token` in `tokenizer_config.json`"))
    changed = rewritten(tokenizer, answers)
    return [*found, changed] if changed else found


def _padding(template: Template) -> list[Problem]:
    """Nothing is learnt at padding here; but other tools find padding by its token, and would unteach the model to stop."""
    pad = template.tokenizer.pad_token_id
    if pad is None or pad not in stop_tokens(template):
        return []
    sentence = (
        f"`{template.tokenizer.pad_token}` pads, and ends what is said: who trains this model further may unteach it to stop"
    )
    return [Problem(CODE, sentence, help="set another `pad_token` in `tokenizer_config.json`", severity="warning")]


def _clock(template: Template) -> list[Problem]:
    if "strftime_now" not in template.source:
        return []
    sentence = f"the chat template `{template.name}` writes the date of the day: what is trained differs from day to day"
    return [Problem(CODE, sentence, help="name a copy of the template without the date", severity="warning")]


def _melted(count: int, help: str) -> Problem:
    sentence = f"{count} answers begin with characters that melt into the last token of the question"
    return Problem(CODE, sentence, help=help, severity="warning")


def _refusals(template: Template, refused: Sequence[Refused], rows: int) -> list[Problem]:
    if not refused:
        return []
    worst = next((each for each in refused if each.reason == "template_mismatch"), refused[0])
    sentence = f"the chat template `{template.name}` cannot be used on {len(refused)} of {rows} rows: {worst.detail}"
    return [Problem(CODE, sentence, help=_HOW, severity="error" if len(refused) == rows else "warning")]


def _masks(template: Template, told: Sequence[Tokens]) -> list[Problem]:
    if not told:
        return []
    silent = [each for each in told if not each.mask[1:].any()]
    if len(silent) == len(told):
        sentence = f"with the chat template `{template.name}` no token of any row is the assistant's"
        return [Problem(CODE, sentence, help=f"are there messages of role `assistant`? Else {_HOW}")]
    ends = [stop for each in told for stop in each.stops]
    if ends and max(ends) < 0:
        sentence = (
            f"the chat template `{template.name}` ends no answer with a token of its own: the model could not learn to stop"
        )
        return [Problem(CODE, sentence, help=_HOW)]
    return []


def _beginning(template: Template, told: Sequence[tuple[Any, Tokens, Rendered]]) -> Problem | None:
    """Two tokens that begin a text, one of the template and one of the tokenizer, or both of the template."""
    begin = template.tokenizer.bos_token_id
    if begin is None:
        return None
    if any(len(made.ids) > 1 and made.ids[0] == begin == made.ids[1] for _, made, _ in told):
        word = template.tokenizer.bos_token
        return Problem(CODE, f"the chat template `{template.name}` begins a text with `{word}` twice", help=_HOW)
    return None


def _ids(template: Template, told: Sequence[tuple[Any, Tokens, Rendered]]) -> Problem | None:
    """What is served for the same messages, by the tokenizer's own doing."""
    for row, made, text in told:
        messages, tools = templates.conversation(row["messages"], row.get("tools"))
        until = next((n for n in range(1, len(messages) + 1) if template.render(messages[:n], tools) == text.text), 0)
        if not until:
            continue
        served = template.tokenizer.apply_chat_template(messages[:until], tools=tools, tokenize=True, return_dict=False)
        if list(served) != made.ids.tolist():
            sentence = f"the chat template `{template.name}` gives other tokens when it serves than when it trains"
            return Problem(CODE, sentence, help="save the tokenizer with the template that is trained with")
    return None


def _rewritten(template: Template, told: Sequence[tuple[Any, Tokens, Rendered]]) -> Problem | None:
    pairs = [
        (text.text[begin:end], made.ids[first:last].tolist())
        for _, made, text in told
        for (first, last), (begin, end) in zip(made.answers, text.spans, strict=True)
    ]
    return rewritten(template.tokenizer, pairs)


def rewritten(tokenizer: Any, answers: Sequence[tuple[str, Sequence[int]]]) -> Problem | None:
    """Answers that the tokenizer does not give back as they were: the model cannot learn to say them so."""
    read = [(meant.strip(), str(tokenizer.decode(ids, clean_up_tokenization_spaces=False)).strip()) for meant, ids in answers]
    changed = [_difference(meant, said) for meant, said in read if meant != said]
    if not changed:
        return None
    meant, said = changed[0]
    sentence = f"the tokenizer changes {len(changed)} of {len(read)} answers, such as `{meant}` to `{said}`"
    help = "a tokenizer of SentencePiece keeps texts as they are with the normalisation `identity`"
    return Problem(CODE, sentence, help=help, severity="warning")


def _difference(meant: str, said: str) -> tuple[str, str]:
    """Some characters of each from where they first differ."""
    pairs = enumerate(zip(meant, said, strict=False))
    at = max(0, next((n for n, (a, b) in pairs if a != b), min(len(meant), len(said))) - 4)
    return repr(meant[at : at + 12])[1:-1], repr(said[at : at + 12])[1:-1]


def _joints(template: Template, told: Sequence[tuple[Any, Tokens, Rendered]]) -> Problem | None:
    """Answers whose first characters melt into the last token of what stands before."""
    melted = 0
    for _, made, text in told:
        for (first, _), (begin, _) in zip(made.answers, text.spans, strict=True):
            before = template.tokenizer(text.text[:begin], add_special_tokens=False, verbose=False)["input_ids"]
            melted += list(before) != made.ids[:first].tolist()
    return _melted(melted, "let the template end its opening with a line's end or a token of its own") if melted else None
