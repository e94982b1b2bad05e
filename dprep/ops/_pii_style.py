"""What is written in place of a value: consistent made-up values, and values with all but a little hidden.

Made-up values are nobody's: names under example.com (RFC 2606), 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24 (RFC 5737),
2001:db8::/32 (RFC 3849), North American numbers 555-0100 to 555-0199 (NANPA, fictional use), card numbers under 9999 (ISO/IEC
7812: no issuer), IBANs of country XX and identity numbers of province 99 (unassigned), mobile numbers under 100 (not mobile).
"""

from __future__ import annotations

import hashlib
import re

from dprep.ops._pii_kinds import Kind
from dprep.ops._pii_secrets import MADE_UP

_AREAS = ("201", "202", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216", "217", "218", "219")
_BLOCKS = ("192.0.2", "198.51.100", "203.0.113")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def made_up(kind: Kind, value: str, key: str) -> str:
    """A well-formed value that is nobody's: the same for the same value and key."""
    plain = _plain(kind, value)
    number = int.from_bytes(hashlib.blake2b(f"{kind}:{plain}".encode(), key=_key(key), digest_size=16).digest())
    if kind == "email":
        return f"user-{number % 16**12:012x}@example.com"
    if kind == "ip":
        if ":" in value:
            return f"2001:db8:{number >> 112:x}:{number >> 96 & 0xFFFF:x}:{number >> 80 & 0xFFFF:x}::{number >> 64 & 0xFFFF:x}"
        return f"{_BLOCKS[number % 3]}.{number // 3 % 254 + 1}"
    if kind == "phone":
        return f"+1 {_AREAS[number % len(_AREAS)]}-555-01{number // len(_AREAS) % 100:02d}"
    if kind == "card":
        return _card(number, len(plain))
    if kind == "iban":
        return _iban(number, len(plain))
    if kind == "cn_id":
        return _cn_id(number)
    if kind == "cn_mobile":
        return f"100{number % 10**8:08d}"
    return f"{MADE_UP.decode()}{number % 16**12:012x}"


def is_made_up_phone(value: str) -> bool:
    """Whether a phone number is one of those set aside for fiction, as `made_up` writes them."""
    return re.fullmatch(r"1?[2-9]\d\d55501\d\d|100\d{8}", re.sub(r"\D", "", value)) is not None


def partial(kind: Kind, value: str) -> str:
    """The value with all hidden but what helps to tell two of them apart: initials, network, the last four characters."""
    if kind == "email":
        local, _, domain = value.replace("＠", "@").partition("@")
        top = domain.rpartition(".")[2]
        return f"{local[0]}***@{domain[0]}***.{top}"
    if kind == "ip":
        return value.split(":")[0] + ":***" if ":" in value else ".".join(value.split(".")[:2]) + ".*.*"
    if kind == "secret":
        return "****"
    plain = _plain(kind, value)
    return "****" + plain[-4:]


def _plain(kind: Kind, value: str) -> str:
    """The value without the ways to write it: two spellings of one number get one pseudonym."""
    import unicodedata

    value = unicodedata.normalize("NFKC", value)
    if kind in ("email", "ip"):
        return value.lower()
    if kind == "secret":
        return value
    plain = re.sub(r"[^0-9A-Za-z]", "", value).upper()
    if kind == "cn_mobile":
        return plain[-11:]
    return plain


def _key(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=32).digest()


def _card(number: int, length: int) -> str:
    digits = "9999" + f"{number:039d}"[-(length - 5) :]
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{digits}{-total % 10}"


def _iban(number: int, length: int) -> str:
    body = f"{number:039d}"[-(length - 4) :]
    rest = int(f"{body}333300") % 97  # XX00, letters as numbers
    return f"XX{98 - rest:02d}{body}"


def _cn_id(number: int) -> str:
    digits = f"990000190{number % 10}01{number // 10 % 28 + 1:02d}{number // 280 % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]
