"""Whether a candidate is a phone number: the metadata of phonenumbers decide, and how it is written and introduced."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from dprep.base.problem import fail

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

CONTEXT_BYTES = 48
"""How far before a candidate a word such as `phone` is looked for."""
_SAID = re.compile(
    r"(?:\b(?:tele?(?:phone)?s?|phone|fone|ph|fax|mob(?:ile)?|cell(?:ular|phone)?|call(?:\s+(?:me|us))?|dial|sms|text(?:\s+me)?|"
    r"whats ?app|ring|hotline|toll[- ]?free|telefono|telef[oó]n|t[eé]l[eé]fono|t[eé]l|telefone|telefoon|gsm|handy|rufnummer)\b"
    r"|\b[tpfm](?=[.:])|电话|電話|手机|手機|传真|傳真|热线|熱線|致电|致電|拨打|撥打|座机|☎|📞|📱|тел|телефон|τηλ|טל|هاتف|โทร|전화|휴대폰)"
    r"[\s\w.:：,/()（）\[\]=>\"'#&|-]{0,16}$",
    re.IGNORECASE,
)
_TOLL_FREE = re.compile(r"(?:1[-. ]?)?\(?8(?:00|33|44|55|66|77|88)[-.)]")
_NUMBERED = re.compile(r"\d")
LEAST_WITHOUT_WORD = 9
"""Digits that a number needs if nothing says that it is one; shorter ones are too often other things."""


@lru_cache(maxsize=65536)
def is_phone(candidate: str, before: str, regions: tuple[str, ...]) -> bool:
    """Whether `candidate` is a phone number: of any country with its code, else of one of `regions`.

    before: up to CONTEXT_BYTES of text before it. Without a word for phone there, a number must be grouped as its country
    groups it.
    """
    written = unicodedata.normalize("NFKC", candidate).strip()
    if written[-1].isalpha():  # `£817 MILLION` and `8725 CLOPPAIR` spell valid numbers too
        return (_TOLL_FREE.match(written) is not None or _is_said(before)) and _is_lettered(written, regions)
    digits = "".join(filter(str.isdigit, written))
    if written.lstrip("(").startswith("+"):
        return _international(digits) is not None
    if written.startswith("00") and _international(digits[2:]) is not None and len(digits) >= 11:
        return True
    said = _is_said(before)
    written = _pulled_together(written)
    if not said and (written.isdigit() or len(digits) < LEAST_WITHOUT_WORD):
        return False
    for region in regions:
        if _may_be(region, digits):
            number = _parsed(digits, region)
            if number is not None and (said or _is_grouped(written, number)):
                return True
    return said and len(digits) >= 10 and _international(digits) is not None


def _is_lettered(written: str, regions: tuple[str, ...]) -> bool:
    """Whether digits and letters of the keypad are a North American number; letters beyond it are often written."""
    digits = re.sub(r"\D", "", _library().convert_alpha_characters_in_number(written)).removeprefix("1")[:10]
    return any(region in regions and _parsed(digits, region) is not None for region in ("US", "CA"))


def _may_be(region: str, digits: str) -> bool:
    """A quick test that a number of the region passes; the library judges those that do."""
    if region not in _library().SUPPORTED_REGIONS:
        return False
    if _library().PhoneMetadata.metadata_for_region(region).national_prefix_transform_rule:
        return True
    return any(len(nsn) >= 7 and _pattern(region).fullmatch(nsn) for nsn in _national(region, digits))


def _is_said(before: str) -> bool:
    found = _SAID.search(before)
    return found is not None and not _NUMBERED.search(found.group())


def _pulled_together(written: str) -> str:
    """A number written digit by digit (`1 - 6 4 6 - 2 1 8`) as it is meant."""
    parts = written.split(" ")
    return "".join(parts) if len(parts) > 6 and all(len(part) == 1 for part in parts) else written


@cache
def _library():  # type: ignore[no-untyped-def]
    try:
        import phonenumbers
    except ModuleNotFoundError:
        raise fail(
            "missing-library",
            "kind `phone` needs phonenumbers, which is not installed",
            "install it with `pip install 'dprep[pii]'`, or leave `phone` out of `kinds`",
        ) from None
    return phonenumbers


@cache
def _pattern(region: str) -> re.Pattern[str]:
    """The national numbers of a region, without its trunk prefix."""
    metadata = _library().PhoneMetadata.metadata_for_region(region)
    return re.compile(metadata.general_desc.national_number_pattern)


@cache
def _trunk(region: str) -> str:
    return str(_library().PhoneMetadata.metadata_for_region(region).national_prefix or "")


def _national(region: str, digits: str) -> tuple[str, ...]:
    trunk = _trunk(region)
    return (digits, digits[len(trunk) :]) if trunk and digits.startswith(trunk) else (digits,)


def _parsed(digits: str, region: str) -> PhoneNumber | None:
    """The number if it is a valid one of the region."""
    library = _library()
    try:
        number = library.parse(digits, region)
    except library.NumberParseException:
        return None
    return number if library.is_valid_number_for_region(number, region) else None


def _international(digits: str) -> PhoneNumber | None:
    """The number if the digits are a country's code and a valid number of it."""
    library = _library()
    try:
        number = library.parse("+" + digits.lstrip("0"), None)
    except library.NumberParseException:
        return None
    return number if library.is_valid_number(number) else None


def _groups(written: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", written))


def _is_grouped(written: str, number: PhoneNumber) -> bool:
    """Whether the digits stand together as in the country's own way of writing the number, its trunk prefix included."""
    library = _library()
    forms = library.PhoneNumberFormat
    coded = _groups(library.format_number(number, forms.INTERNATIONAL))
    allowed = {_groups(library.format_number(number, forms.NATIONAL)), coded}
    trunk = library.PhoneMetadata.metadata_for_region(library.region_code_for_number(number)).national_prefix
    if trunk and len(coded) > 1:
        allowed |= {(trunk, *coded[1:]), (trunk + coded[1], *coded[2:])}
    if trunk in (None, "1"):
        allowed.add(coded[1:])
    gaps = set(re.findall(r"[-./]", re.sub(r"\([^)]*\)", "", written)))
    return len(gaps) < 2 and len(_groups(written)) > 1 and _groups(written) in allowed
