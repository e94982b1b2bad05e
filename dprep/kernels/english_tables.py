"""The tables of the English tokenizer: what each character may do, measurement units, and chunks with tokens of their own.

The classes and lists are facts about spaCy 3.8's English rules (MIT), written here as ranges, categories and word families.
Source: spacy/lang/char_classes.py, spacy/lang/punctuation.py, spacy/lang/tokenizer_exceptions.py,
spacy/lang/en/tokenizer_exceptions.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from dprep.kernels.string_set import StringSet, string_set

Flags = npt.NDArray[np.uint16]

ALPHA, LOWER, UPPER, PREFIX, SUFFIX, QUOTE, ICON, BEFORE_POINT, CURRENCY, WORD = (1 << bit for bit in range(10))
FLAGS_END = 0x20000

_PUNCTUATION = "…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪"
_QUOTES = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉\u2329\u232a⟦⟧"
_MONEY = "$£€¥฿﷼" + "".join(map(chr, range(0x20A0, 0x20C0)))
# the letters that have case; the classes lower and upper hold the caseless ones too
_CASED = """41-5A 61-7A C0-D6 D8-F6 F8-1BF 1C4-2AF 386 388-38A 38C 38E-38F 391-3A9 3AC-3AF 3B1-3C9 3CC-3CE 400-401 403-40A
40C-40D 410-451 453-45A 45C-45D 490-491 496-497 4A2-4A3 4AE-4AF 4BA-4BB 4D8-4D9 4E8-4E9 1D00-1D25 1D6B-1D77 1D79-1D9A
1E00-1EFF 2C60-2C7B 2C7E-2C7F A722-A76F A771-A787 A78B-A78E A790-A7B9 A7FA AB30-AB5A AB60-AB64 FF21-FF3A FF41-FF5A"""
_CASELESS = """591-5F4 620-64A 66E-6D5 6E5-6FF 750-77F 8A0-8BD 900-9FF B80-CFF D80-DFF 1100-137F 2E80-2FDF 2FF0-30FF 31C0-31EF
3200-4DBF 4E00-9FFF AC00-D7AF F900-FAFF FB1D-FBB1 FBD3-FD3D FD50-FDC7 FDF0-FDFB FE30-FE4F FE70-FEFC 1EE00-1EEBB 1F200-1F2FF"""
# symbols that Unicode has taken in since the list was made
_LATE_SYMBOLS = """166D 2B97 2BC9 2BFF 2E50-2E51 32FF FD40-FD4F FDCF FDFE-FDFF 1019C 11FD5-11FF1 1CF50-1CFC3 1D1E9-1D1EA 1E14F
1ED2E 1F10D-1F10F 1F16C-1F16F 1F1AD 1F6D5-1F6D7 1F6DC-1F6DF 1F6FA-1F6FC 1F774-1F77F 1F7D9-1F7F0 1F8B0-1F8FF 1F90C-1F90F 1F93F
1F971-1F972 1F977-1F979 1F97B 1F9A3-1F9AF 1F9BA-1F9BF 1F9C3-1F9CF 1FA00-1FA53 1FA70-1FBFF"""
_UNITS = """km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph hPa Pa
mbar mb MB kb KB gb GB tb TB T G M K % км км² км³ м м² м³ дм дм² дм³ см см² см³ мм мм² мм³ нм кг г мг м/с км/ч кПа Па мбар Кб
КБ кб Мб МБ мб Гб ГБ гб Тб ТБ тбكم كم² كم³ م م² م³ سم سم² سم³ مم مم² مم³ كم غرام جرام جم كغ ملغ كوب اكواب"""

_SUBJECTS = "i you he she it we they"
_QUESTIONS = "who what when where why how there that this these those"
_MODALS = "could might must should would"
_NEGATED_FAR = f"{_MODALS} ca do does did had may need ought sha wo"  # also with 've
_NEGATED = "ai are is was were have has dare"
# endings that follow each family of words; the | marks where the tokens part
_FAMILIES = (
    ("i", "|'m |'m|a"),
    (f"{_SUBJECTS} {_QUESTIONS}", "|'ll |'ll|'ve |'d |'d|'ve"),
    ("i you we they who what when where why how there these those", "|'ve"),
    ("you we they who what when where why how there these those", "|'re"),
    ("he she it who what when where why how there that this", "|'s"),
    (_NEGATED_FAR, "|n't |n't|'ve"),
    (_NEGATED, "|n't"),
    (_MODALS, "|'ve"),
    ("not", "|'ve"),
    ("can", "|not"),
    ("gon", "|na"),
    ("got", "|ta"),
)
_NO_CONTRACTIONS = frozenset(["ill", "its", "hell", "shell", "shed", "were", "well", "whore"])
_APART = (
    "y'|all y|all how|'d|'y How|'d|'y let|'s Let|'s c'm|on C'm|on can|not gon|na got|ta °|c|. °|f|. °|k|. °|C|. °|F|. °|K|."
)
_WHOLE = """' \\") <space> '' C++ — \\t \\n ä. ö. ü. em 'em ll 'll nuff 'nuff 'S 's ‘S ‘s 're 'd and/or w/o
'Cause 'cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz 'bout ma'am Ma'am o'clock O'clock
Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. Jan. Jul. Jun. Kan. Kans. Ky.
La. Mar. Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. Okla. Ore. Pa. S.C. Sep. Sept. Tenn.
Va. Wash. Wis. a.m. p.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. i.e. I.e. I.E. Inc. Jr. Ltd. Md. Messrs.
Mo. Mont. Mr. Mrs. Ms. Ph.D. Prof. Rep. Rev. Sen. St. vs. v.s."""
_FACES = """:) :-) :)) :-)) :))) :-))) (: (-: =) (= :] :-] [: [-: [= =] :o) (o: :} :-} 8) 8-) (-8 ;) ;-) (; (-; :( :-( :(( :-((
:((( :-((( ): )-: =( >:( :') :'-) :'( :'-( :/ :-/ =/ =| :| :-| ]= =[ :1 :P :-P :p :-p :O :-O :o :-o :0 :-0 :() >:o :* :-* :3 :-3
=3 :> :-> :X :-X :x :-x :D :-D ;D ;-D =D xD XD xDD XDD 8D 8-D ^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__- v.v V.V v_v V_V o_o
o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 (^_^) (-_-) (._.) (>_<) (*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ (ಠ_ಠ)
¯\\(ツ)/¯ (╯°□°）╯︵┻━┻ ><(((*>"""
_DROPPED_G = "doin goin nothin nuthin ol somethin lovin havin"


def _points(ranges: str) -> Iterator[int]:
    for span in ranges.split():
        first, _, last = span.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def _marked(table: Flags, points: Iterable[int], flag: int) -> None:
    table[np.fromiter(points, np.int64)] |= flag


@cache
def flags_table() -> Flags:
    """What every character under 0x20000 may do; the planes above hold caseless letters only."""
    table = np.zeros(FLAGS_END, np.uint16)
    category = [unicodedata.category(chr(point)) for point in range(FLAGS_END)]
    cased, caseless = list(_points(_CASED)), list(_points(_CASELESS))
    _marked(table, cased + caseless, ALPHA)
    _marked(table, caseless + [p for p in cased if category[p] == "Ll" or p == 0x294], LOWER)
    _marked(table, caseless + [p for p in cased if category[p] == "Lu" or p == 0x3A2], UPPER)
    late = set(_points(_LATE_SYMBOLS))
    symbols = [p for p, kind in enumerate(category) if kind == "So" and p not in late]
    _marked(table, symbols, ICON | PREFIX | SUFFIX)
    _marked(table, map(ord, _PUNCTUATION + _QUOTES + "—–"), PREFIX | SUFFIX)
    _marked(table, map(ord, "§%=" + _MONEY), PREFIX)
    _marked(table, map(ord, _QUOTES), QUOTE)
    _marked(table, map(ord, _MONEY), CURRENCY)
    _marked(table, map(ord, _PUNCTUATION + _QUOTES + "0123456789%²-+|"), BEFORE_POINT)
    table[(table & LOWER) > 0] |= BEFORE_POINT
    _marked(table, [p for p in range(FLAGS_END) if chr(p).isalnum() or p == 0x5F], WORD)
    table.flags.writeable = False
    return table


def _families() -> Iterator[str]:
    for stems, endings in _FAMILIES:
        for stem in stems.split():
            for ending in endings.split():
                for form in (stem + ending, stem + ending.replace("'", "")):
                    if form.replace("|", "") not in _NO_CONTRACTIONS:
                        yield form
                        yield form[0].upper() + form[1:]


def _cut_forms() -> dict[str, tuple[str, ...]]:
    apart = [*_families(), *_APART.split(), *(f"{h}|{half}" for h in range(1, 13) for half in ("am", "pm", "a.m.", "p.m."))]
    whole = _WHOLE.split() + _FACES.split() + [f"{letter}." for letter in "abcdefghijklmnopqrstuvwxyz"]
    for word in _DROPPED_G.split():
        whole += [word, word.title(), f"{word}'", f"{word.title()}'"]
    forms = {form.replace("|", ""): tuple(form.split("|")) for form in apart} | {form: (form,) for form in whole}
    curly = {form.replace("'", "’"): tuple(part.replace("'", "’") for part in parts) for form, parts in forms.items()}
    return forms | curly


@cache
def special_cases() -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Chunks whose tokens are listed, and where these tokens end, in bytes from the start of the chunk."""
    forms = _cut_forms()
    cuts = (tuple(accumulate(len(part.encode()) for part in parts)) for parts in forms.values())
    return tuple(forms), tuple(cuts)


@cache
def units_of_measurement() -> StringSet:
    """Units of measurement that part from the digits before them."""
    return string_set(tuple(dict.fromkeys(_UNITS.split())))
