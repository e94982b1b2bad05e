"""Checks of numbers by their own rules: card numbers, IBANs, resident identity numbers, addresses of machines.

Sources: ISO/IEC 7812-1 annex B (Luhn) and the issuers' published prefixes and lengths; ISO 13616 and SWIFT's IBAN registry
(lengths by country, remainder 97); GB 11643-1999 (18 digits, checksum ISO 7064 MOD 11-2) and GB/T 2260 (province codes);
IANA's registries of special-purpose IPv4 addresses (RFC 6890 and its updates) and of multicast (RFC 5771).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

_CARDS = (
    (4, 4, 13, 13),  # Visa
    (4, 4, 16, 16),
    (4, 4, 19, 19),
    (51, 55, 16, 16),  # Mastercard
    (2221, 2720, 16, 16),
    (34, 34, 15, 15),  # American Express
    (37, 37, 15, 15),
    (300, 305, 14, 16),  # Diners Club
    (3095, 3095, 14, 16),
    (36, 36, 14, 19),
    (38, 39, 14, 19),
    (6011, 6011, 16, 19),  # Discover
    (644, 649, 16, 19),
    (65, 65, 16, 19),
    (3528, 3589, 16, 19),  # JCB
    (62, 62, 16, 19),  # UnionPay
    (81, 81, 16, 19),
    (2200, 2204, 16, 19),  # Mir
    (508, 508, 16, 16),  # RuPay
    (60, 60, 16, 16),
    (82, 82, 16, 16),
    (5018, 5018, 13, 19),  # Maestro
    (5019, 5020, 16, 16),  # 5019: Dankort
    (5038, 5038, 13, 19),
    (5893, 5893, 13, 19),
    (6304, 6304, 13, 19),
    (6331, 6331, 16, 19),
    (6703, 6703, 16, 19),
    (6759, 6763, 13, 19),
    (6771, 6771, 16, 19),
    (5066, 5067, 16, 16),  # Elo
)
"""First and last prefix, shortest and longest number."""

_IBANS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 "
    "FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 "
    "LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 "
    "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)

_PROVINCES = (
    *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54),
    *(61, 62, 63, 64, 65, 71, 81, 82, 83, 91),
)

_NOT_GLOBAL = (
    *((0x00000000, 8), (0x0A000000, 8), (0x64400000, 10), (0x7F000000, 8), (0xA9FE0000, 16), (0xAC100000, 12)),
    *((0xC0000000, 24), (0xC0000200, 24), (0xC0586300, 24), (0xC0A80000, 16), (0xC6120000, 15), (0xC6336400, 24)),
    *((0xCB007100, 24), (0xE0000000, 3)),  # the last: multicast, reserved and broadcast
)


def _iban_lengths() -> npt.NDArray[np.int64]:
    table = np.zeros(26 * 26, np.int64)
    for entry in _IBANS.split():
        table[(ord(entry[0]) - 65) * 26 + ord(entry[1]) - 65] = int(entry[2:])
    return table


CARDS: npt.NDArray[np.int64] = np.array(_CARDS, np.int64)
IBAN_LENGTHS = _iban_lengths()
PROVINCES: npt.NDArray[np.bool_] = np.isin(np.arange(100), _PROVINCES)
NOT_GLOBAL: npt.NDArray[np.int64] = np.array([(base >> (32 - bits), 32 - bits) for base, bits in _NOT_GLOBAL], np.int64)
ID_WEIGHTS: npt.NDArray[np.int64] = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], np.int64)


@njit(cache=True, nogil=True)
def luhn(digits, first, count):  # type: ignore[no-untyped-def]
    """Whether the last of digits[first:first + count] is the Luhn check digit of those before."""
    total = 0
    for k in range(count):
        digit = int(digits[first + count - 1 - k])
        if k % 2:
            digit = 2 * digit - 9 if digit > 4 else 2 * digit
        total += digit
    return total % 10 == 0


@njit(cache=True, nogil=True)
def _prefix(digits, first, length):  # type: ignore[no-untyped-def]
    value = 0
    for k in range(length):
        value = 10 * value + int(digits[first + k])
    return value


@njit(cache=True, nogil=True)
def is_card(digits, first, count):  # type: ignore[no-untyped-def]
    """Whether digits[first:first + count] has an issuer's prefix and length and a right check digit."""
    for rule in range(len(CARDS)):
        if CARDS[rule, 2] <= count <= CARDS[rule, 3]:
            length = 1 if CARDS[rule, 0] < 10 else 2 if CARDS[rule, 0] < 100 else 3 if CARDS[rule, 0] < 1000 else 4
            if CARDS[rule, 0] <= _prefix(digits, first, length) <= CARDS[rule, 1]:
                return luhn(digits, first, count)
    return False


@njit(cache=True, nogil=True)
def _is_day(year, month, day):  # type: ignore[no-untyped-def]
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return day <= (29 if leap else 28)
    return day <= 30 or month not in (4, 6, 9, 11)


@njit(cache=True, nogil=True)
def is_cn_id(digits, first, last):  # type: ignore[no-untyped-def]
    """Whether digits[first:first + 17] and the check character `last` (0-9, 10 for X) are a resident identity number."""
    if not PROVINCES[_prefix(digits, first, 2)]:
        return False
    year = _prefix(digits, first + 6, 4)
    if not (1880 <= year <= 2100 and _is_day(year, _prefix(digits, first + 10, 2), _prefix(digits, first + 12, 2))):
        return False
    total = 0
    for k in range(17):
        total += int(digits[first + k]) * ID_WEIGHTS[k]
    return (12 - total % 11) % 11 == last


@njit(cache=True, nogil=True)
def is_old_cn_id(digits, first):  # type: ignore[no-untyped-def]
    """Whether digits[first:first + 15] has a province and a day of birth where the form of before 1999 has them."""
    if not PROVINCES[_prefix(digits, first, 2)]:
        return False
    year = 1900 + _prefix(digits, first + 6, 2)
    return _is_day(year, _prefix(digits, first + 8, 2), _prefix(digits, first + 10, 2))


@njit(cache=True, nogil=True)
def is_global(address):  # type: ignore[no-untyped-def]
    """Whether the IPv4 address (as a number) may be that of a machine on the public internet."""
    for entry in range(len(NOT_GLOBAL)):
        if address >> NOT_GLOBAL[entry, 1] == NOT_GLOBAL[entry, 0]:
            return False
    return len(NOT_GLOBAL) > 0


@njit(cache=True, nogil=True)
def iban_length(first, second):  # type: ignore[no-untyped-def]
    """Characters of an IBAN of the country with these two capitals; 0 where there is none."""
    if not (65 <= first <= 90 and 65 <= second <= 90):
        return 0
    return IBAN_LENGTHS[(int(first) - 65) * 26 + int(second) - 65]
