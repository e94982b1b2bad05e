"""Codes of the languages that the two identifiers know, and what is wrong with a choice among them."""

import difflib
from collections.abc import Iterable

from dprep.base.problem import Error, Problem

_FASTTEXT = (
    "af als am an ar arz as ast av az azb ba bar bcl be bg bh bn bo bpy br bs bxr ca cbk ce ceb ckb co cs cv cy da "
    "de diq dsb dty dv el eml en eo es et eu fa fi fr frr fy ga gd gl gn gom gu gv he hi hif hr hsb ht hu hy ia id "
    "ie ilo io is it ja jbo jv ka kk km kn ko krc ku kv kw ky la lb lez li lmo lo lrc lt lv mai mg mhr min mk ml mn "
    "mr mrj ms mt mwl my myv mzn nah nap nds ne new nl nn no oc or os pa pam pfl pl pms pnb ps pt qu rm ro ru rue "
    "sa sah sc scn sco sd sh si sk sl so sq sr su sv sw ta te tg th tk tl tr tt tyv ug uk ur uz vec vep vi vls vo "
    "wa war wuu xal xmf yi yo yue zh "
)
FASTTEXT = frozenset(_FASTTEXT.split())
"""Labels of lid.176."""
_LINGUA = (
    "af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gu he hi hr hu hy id is it ja ka kk ko la lg "
    "lt lv mi mk mn mr ms nb nl nn pa pl pt ro ru sk sl sn so sq sr st sv sw ta te th tl tn tr ts uk ur vi xh yo zh "
    "zu "
)
LINGUA = frozenset(_LINGUA.split())
"""ISO 639-1 codes of lingua 2.1.1."""


def judge(identifier: str, keep: Iterable[str], languages: Iterable[str]) -> None:
    """Raise Error (`wrong-value`) where `keep` or `languages` names what the identifier does not know."""
    languages = tuple(languages)
    if languages and identifier != "lingua":
        help = 'set `identifier = "lingua"`, or leave `languages` out'
        raise Error(Problem("wrong-value", "only lingua chooses from named `languages`", help=help))
    for parameter, codes in (("keep", keep), ("languages", languages)):
        for code in codes:
            judge_code(identifier, parameter, code)
    lost = [code for code in keep if languages and code not in languages]
    if lost:
        sentence = f"`keep` names `{lost[0]}`, which is not among the `languages` that lingua chooses from"
        raise Error(Problem("wrong-value", sentence, help=f"add `{lost[0]}` to `languages`"))


def judge_code(identifier: str, parameter: str, code: str) -> None:
    """Raise Error (`wrong-value`) where `parameter` names by `code` what the identifier does not know."""
    known = LINGUA if identifier == "lingua" else FASTTEXT
    if code not in known:
        sentence = f"`{parameter}` names `{code}`, a language that {identifier} does not know"
        raise Error(Problem("wrong-value", sentence, help=_cure(code, known)))


def _cure(code: str, known: frozenset[str]) -> str:
    near = difflib.get_close_matches(code.lower(), sorted(known), 1, 0.6)
    return f"perhaps `{near[0]}`; codes are ISO 639-1 where there is one" if near else "codes are ISO 639-1 where there is one"
