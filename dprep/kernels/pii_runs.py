"""Runs of digits with separators, and what numbers they hold: addresses of machines, cards, Chinese numbers, maybe phones.

A run is groups of digits (ASCII or full-width) with at most three blanks, hyphens, dots, slashes or brackets between two
groups.
"""

from __future__ import annotations

from dprep.kernels.jit import njit
from dprep.kernels.pii_numbers import is_card, is_cn_id, is_global, is_old_cn_id

IPV4, PHONE, CARD, CN_ID, CN_MOBILE = 1, 3, 4, 6, 7
OLD_IDS_BIT = 16
MOST_GROUPS = 32
_MOST_DIGITS = 60  # of a group, and of a run at the start of a group
_BLANK, _DASH, _DOT, _SLASH, _BRACKET, _MIXED = 1, 2, 3, 4, 5, 6
START, STOP, FIRST, AFTER, FOUND_START, FOUND_STOP, FOUND_KIND, DIGITS = range(8)
"""Rows of the working table: of each group its bytes, the place of its first digit, the separator after it; spans; digits."""


@njit(cache=True, nogil=True)
def is_word(byte):  # type: ignore[no-untyped-def]
    """Whether a byte is an ASCII letter, digit or underscore."""
    return 48 <= byte <= 57 or 97 <= byte | 32 <= 122 or byte == 95


@njit(cache=True, nogil=True)
def between(source, start, end, out, at):  # type: ignore[no-untyped-def]
    """Copy source[start:end] to out[at:]; the place after it."""
    out[at : at + end - start] = source[start:end]
    return at + end - start


@njit(cache=True, nogil=True)
def digit_at(data, i, end):  # type: ignore[no-untyped-def]
    """The digit at `i`, ASCII or full-width, or -1."""
    if i >= end:
        return -1
    byte = int(data[i])
    if 48 <= byte <= 57:
        return byte - 48
    if byte == 0xEF and i + 2 < end and data[i + 1] == 0xBC and 0x90 <= data[i + 2] <= 0x99:
        return int(data[i + 2]) - 0x90
    return -1


@njit(cache=True, nogil=True)
def _separator(data, i, end):  # type: ignore[no-untyped-def]
    """Kind and bytes of the separator at `i`; 0 bytes where there is none."""
    byte = data[i] if i < end else 0
    if byte == 32:
        return _BLANK, 1
    if byte == 45:
        return _DASH, 1
    if byte == 46:
        return _DOT, 1
    if byte == 47:
        return _SLASH, 1
    if byte == 40 or byte == 41:
        return _BRACKET, 1
    if byte == 0xC2 and data[i + 1] == 0xA0:
        return _BLANK, 2
    if byte == 0xE2 and data[i + 1] == 0x80 and 0x90 <= data[i + 2] <= 0x95:
        return _DASH, 3
    if byte == 0xE3 and data[i + 1] == 0x80 and data[i + 2] == 0x80:
        return _BLANK, 3
    if byte == 0xEF and data[i + 1] == 0xBC:
        last = data[i + 2]
        if last == 0x8D:
            return _DASH, 3
        if last == 0x88 or last == 0x89:
            return _BRACKET, 3
    return 0, 0


@njit(cache=True, nogil=True)
def _gap(data, i, end):  # type: ignore[no-untyped-def]
    """Kind of the separators from `i` on, and where the digit after them is; 0 where none follows."""
    kind, k, last = 0, i, 0
    for _ in range(3):
        one, size = _separator(data, k, end)
        if size == 0:
            break
        if one == _BLANK and last == _BLANK:
            return 0, k  # columns of a table
        last = one
        kind = one if kind == 0 else _BRACKET if _BRACKET in (kind, one) else _MIXED
        k += size
    return kind if kind and digit_at(data, k, end) >= 0 else 0, k


@njit(cache=True, nogil=True)
def run_at(data, i, end, work):  # type: ignore[no-untyped-def]
    """The run whose first digit is at `i`: where it ends, and how many groups of it are in `work` (0: too long a number)."""
    groups, total, k = 0, 0, i
    while True:
        work[START, groups], work[FIRST, groups] = k, total
        size = 0
        digit = digit_at(data, k, end)
        while digit >= 0:
            if size < _MOST_DIGITS:
                work[DIGITS, total + size] = digit
            size += 1
            k += 1 if data[k] < 0x80 else 3
            digit = digit_at(data, k, end)
        if size >= _MOST_DIGITS:
            return k, 0
        total += size
        work[STOP, groups] = k
        kind, after = _gap(data, k, end)
        if groups + 1 == MOST_GROUPS or total > _MOST_DIGITS:
            kind = 0
        work[AFTER, groups] = kind
        groups += 1
        work[FIRST, groups] = total
        if kind == 0:
            return k, groups
        k = after


@njit(cache=True, nogil=True)
def _count(work, first, last):  # type: ignore[no-untyped-def]
    """Digits of the groups `first` up to and without `last`."""
    return work[FIRST, last] - work[FIRST, first]


@njit(cache=True, nogil=True)
def _value(work, group):  # type: ignore[no-untyped-def]
    value = 0
    for k in range(work[FIRST, group], work[FIRST, group + 1]):
        value = 10 * value + work[DIGITS, k]
    return value


@njit(cache=True, nogil=True)
def _free(data, begin, end, start, stop):  # type: ignore[no-untyped-def]
    """Whether no ASCII letter, digit or mask stands at either side."""
    before = start > begin and (is_word(data[start - 1]) or data[start - 1] == 42)
    return not before and not (stop < end and is_word(data[stop]))


@njit(cache=True, nogil=True)
def _is_called(data, begin, start, numbered):  # type: ignore[no-untyped-def]
    """Whether the word before `start` says that a version, section or release follows (`numbered`: a number of something)."""
    i = start
    while i > begin and data[i - 1] in (32, 61, 58, 46):
        i -= 1
    stop = i
    while i > begin and stop - i < 8 and is_word(data[i - 1]):
        i -= 1
    word = 0
    for k in range(i, min(stop, i + 7)):
        word = word << 8 | data[k] | 32
    if numbered:  # "id", "no", "nr", "ref", "sn", "uid", "pid", "order", "isbn", "issn", as numbers
        return word in (0x6964, 0x6E6F, 0x6E72, 0x726566, 0x736E, 0x756964, 0x706964, 0x6F72646572, 0x6973626E, 0x6973736E)
    # "version", "ver", "v", "release", "rev", "section", "chapter"
    return word in (0x76657273696F6E, 0x766572, 0x76, 0x72656C65617365, 0x726576, 0x73656374696F6E, 0x63686170746572)


@njit(cache=True, nogil=True)
def _ipv4(data, begin, end, work, g, groups):  # type: ignore[no-untyped-def]
    """0: groups g to g + 3 are no dotted quad; 1: one that is nobody's address; 2: the address of a machine."""
    if g + 4 > groups or (g > 0 and work[AFTER, g - 1] == _DOT) or work[AFTER, g + 3] == _DOT:
        return 0
    address, small, same = 0, True, True
    for k in range(g, g + 4):
        value = _value(work, k)
        size = _count(work, k, k + 1)
        gap = work[START, k + 1] - work[STOP, k] if k < g + 3 else 1
        if (
            size > 3
            or value > 255
            or (size > 1 and value < 10 ** (size - 1))
            or gap != 1
            or (k < g + 3 and work[AFTER, k] != _DOT)
        ):
            return 0
        address = address << 8 | value
        small &= value < (20 if k == g else 64)
        same &= value == _value(work, g)
    start, stop = work[START, g], work[STOP, g + 3]
    before = data[start - 1] if start > begin else 32
    named = before == 45 and start - begin > 1 and is_word(data[start - 2])
    patch = work[AFTER, g + 3] == _DASH and not (g + 5 < groups and work[AFTER, g + 4] == _DOT)
    if not _free(data, begin, end, start, stop) or named or patch or _is_called(data, begin, start, False):
        return 1
    if small and not same and before not in (47, 64, 91):
        return 1  # four small numbers: a section or a version
    return 2 if is_global(address) else 1


@njit(cache=True, nogil=True)
def _check_character(data, work, g, last, end):  # type: ignore[no-untyped-def]
    """The check character of an identity number of the groups g to last, and where it ends; -1 where there is none."""
    stop = work[STOP, last - 1]
    count = _count(work, g, last)
    if count == 18:
        return work[DIGITS, work[FIRST, last] - 1], stop
    if count == 17 and stop < end:
        if data[stop] | 32 == 120:
            return 10, stop + 1
        if stop + 2 < end and data[stop] == 0xEF and data[stop + 1] == 0xBC and data[stop + 2] == 0xB8:
            return 10, stop + 3
    return -1, stop


@njit(cache=True, nogil=True)
def _cn_id(data, begin, end, work, g, groups):  # type: ignore[no-untyped-def]
    """How many groups an identity number takes from g on (0: there is none), and where it ends."""
    if g > 0 and work[AFTER, g - 1] in (_DOT, _DASH, _SLASH):
        return 0, 0
    size = _count(work, g, g + 1)
    parted = (
        size == 6 and g + 3 <= groups and _count(work, g + 1, g + 2) == 8 and work[AFTER, g] == work[AFTER, g + 1] == _BLANK
    )
    taken = 3 if parted else 1
    last, stop = _check_character(data, work, g, g + taken, end)
    if last < 0 or not _free(data, begin, end, work[START, g], stop):
        return 0, 0
    return (taken, stop) if is_cn_id(work[DIGITS], work[FIRST, g], last) else (0, 0)


@njit(cache=True, nogil=True)
def _card(data, begin, end, work, g, groups):  # type: ignore[no-untyped-def]
    """How many groups a card's number takes from g on: one, or 4-4-4-4, 4-4-4-4-3, 4-6-5, 4-6-4 with one kind of gap."""
    if g > 0 and work[AFTER, g - 1] in (_DOT, _SLASH, _DASH):
        return 0
    size, taken = _count(work, g, g + 1), 0
    if 13 <= size <= 19:
        taken = 1
    elif size == 4 and g + 2 < groups:
        second = _count(work, g + 1, g + 2)
        taken = 3 if second == 6 else 4 if second == 4 and g + 3 < groups else 0
        if taken == 4 and g + 4 < groups and _count(work, g + 4, g + 5) == 3 and _count(work, g, g + 5) == 19:
            taken = 5 if is_card(work[DIGITS], work[FIRST, g], 19) else 4
        for k in range(g, g + taken - 1):
            single = work[START, k + 1] - work[STOP, k] <= 3 and work[AFTER, k] in (_BLANK, _DASH)
            if not single or work[AFTER, k] != work[AFTER, g] or (taken > 3 and k < g + 4 and _count(work, k, k + 1) != 4):
                return 0
    if not taken or not _free(data, begin, end, work[START, g], work[STOP, g + taken - 1]):
        return 0
    if work[START, g] > begin and data[work[START, g] - 1] in (46, 43):
        return 0
    return taken if is_card(work[DIGITS], work[FIRST, g], _count(work, g, g + taken)) else 0


@njit(cache=True, nogil=True)
def _mobile_body(work, g, groups):  # type: ignore[no-untyped-def]
    """How many groups 11 digits of a mainland mobile number take from g on: one, or 3-4-4 with one kind of gap."""
    if g >= groups:
        return 0
    first = work[FIRST, g]
    if work[DIGITS, first] != 1 or work[DIGITS, first + 1] < 3:
        return 0
    if _count(work, g, g + 1) == 11:
        return 1
    gap = work[AFTER, g]
    parted = g + 3 <= groups and _count(work, g, g + 1) == 3 and _count(work, g + 1, g + 2) == 4 and gap in (_BLANK, _DASH)
    if not parted or _count(work, g + 2, g + 3) != 4 or work[AFTER, g + 1] != gap or work[AFTER, g + 2] == gap == _DASH:
        return 0
    return 3


@njit(cache=True, nogil=True)
def _mobile(data, begin, end, work, g, groups):  # type: ignore[no-untyped-def]
    """How many groups a mainland mobile number takes from g on, and where it starts (its `+` included)."""
    start = work[START, g]
    plus = start > begin and data[start - 1] == 43
    wide_plus = start - begin > 2 and data[start - 3] == 0xEF and data[start - 2] == 0xBC and data[start - 1] == 0x8B
    size, value = _count(work, g, g + 1), 0
    coded = size in (2, 4) and _value(work, g) == 86
    taken = 0
    if coded:
        body = _mobile_body(work, g + 1, groups)
        taken = body + 1 if body else 0
    elif size == 13 or size == 15:
        first = work[FIRST, g]
        for k in range(first, first + size - 11):
            value = 10 * value + work[DIGITS, k]
        after = first + size - 11
        taken = 1 if value == 86 and work[DIGITS, after] == 1 and work[DIGITS, after + 1] >= 3 else 0
    elif not (plus or wide_plus):
        taken = _mobile_body(work, g, groups)
    if not taken or (g > 0 and work[AFTER, g - 1] in (_DOT, _DASH, _SLASH)) or work[AFTER, g + taken - 1] == _DOT:
        return 0, start
    if not (coded or plus or wide_plus) and _is_called(data, begin, start, True):
        return 0, start
    start -= 1 if plus else 3 if wide_plus else 0
    return (taken, start) if _free(data, begin, end, start, work[STOP, g + taken - 1]) else (0, start)


@njit(cache=True, nogil=True)
def _decided(data, begin, end, work, g, groups, wanted):  # type: ignore[no-untyped-def]
    """What starts with group g: groups taken (0: nothing), kind (-1: no one's), start and end."""
    quad = _ipv4(data, begin, end, work, g, groups)
    if quad:
        return 4, IPV4 if quad == 2 else -1, work[START, g], work[STOP, g + 3]
    if wanted >> CN_ID & 1:
        taken, stop = _cn_id(data, begin, end, work, g, groups)
        if taken:
            return taken, CN_ID, work[START, g], stop
    if wanted >> CARD & 1:
        taken = _card(data, begin, end, work, g, groups)
        if taken:
            return taken, CARD, work[START, g], work[STOP, g + taken - 1]
    start, stop = work[START, g], work[STOP, g]
    old = wanted >> OLD_IDS_BIT & 1 and _count(work, g, g + 1) == 15 and _free(data, begin, end, start, stop)
    if old and is_old_cn_id(work[DIGITS], work[FIRST, g]):
        return 1, CN_ID, start, stop
    if wanted >> CN_MOBILE & 1:
        taken, start = _mobile(data, begin, end, work, g, groups)
        if taken:
            return taken, CN_MOBILE, start, work[STOP, g + taken - 1]
    return 0, -1, start, stop


@njit(cache=True, nogil=True)
def _is_date(work, first, last):  # type: ignore[no-untyped-def]
    """Whether the groups are a date (1999-12-31, 31/12/1999), or two years."""
    if last - first == 2:
        return (
            _count(work, first, first + 1) == 4
            and _count(work, first + 1, last) == 4
            and 1500 <= _value(work, first) <= 2100
            and 1500 <= _value(work, first + 1) <= 2100
        )
    if last - first != 3:
        return False
    a, b, c = _value(work, first), _value(work, first + 1), _value(work, first + 2)
    sizes = _count(work, first, first + 1), _count(work, first + 1, first + 2), _count(work, first + 2, last)
    if sizes[0] == 4 and sizes[1] <= 2 and sizes[2] <= 2:
        return 1000 <= a <= 2999 and b <= 31 and c <= 31
    return sizes[2] == 4 and sizes[0] <= 2 and sizes[1] <= 2 and 1000 <= c <= 2999 and a <= 31 and b <= 31


@njit(cache=True, nogil=True)
def _phone(data, begin, end, work, first, last, found):  # type: ignore[no-untyped-def]
    """The groups `first` to `last` as a candidate for a phone number, if they can be one; the number of spans found."""
    digits = _count(work, first, last)
    start, stop = work[START, first], work[STOP, last - 1]
    if start > begin and data[start - 1] == 43:
        start -= 1
    elif start - begin > 2 and data[start - 3] == 0xEF and data[start - 2] == 0xBC and data[start - 1] == 0x8B:
        start -= 3
    if start > begin and data[start - 1] == 40:
        start -= 1
    elif start - begin > 2 and data[start - 3] == 0xEF and data[start - 2] == 0xBC and data[start - 1] == 0x88:
        start -= 3
    if not 7 <= digits <= 17 or _is_date(work, first, last):
        return found
    before = data[start - 1] if start > begin else 32
    if is_word(before) or before in (42, 47, 92, 35, 36, 37, 38, 44, 45, 64, 94, 126):
        return found
    if before == 46 and not (start - begin > 1 and 97 <= data[start - 2] | 32 <= 122):
        return found
    if before == 58 and start - begin > 1 and 48 <= data[start - 2] <= 57:
        return found  # the seconds of a time of day
    after = data[stop] if stop < end else 32
    if (is_word(after) and after not in (69, 88, 101, 120)) or after in (37, 64, 42):
        return found
    if after in (44, 58) and stop + 1 < end and 48 <= data[stop + 1] <= 57:
        return found
    work[FOUND_START, found], work[FOUND_STOP, found], work[FOUND_KIND, found] = start, stop, PHONE
    return found + 1


@njit(cache=True, nogil=True)
def _phones(data, begin, end, work, first, last, found):  # type: ignore[no-untyped-def]
    """Candidates among the groups `first` to `last`: two numbers beside each other are cut where a wider gap shows it."""
    start = first
    for k in range(first, last):
        wide = work[AFTER, k] in (_BLANK, _SLASH, _MIXED)
        so_far = _count(work, start, k + 1)
        joined = k > start and work[AFTER, k - 1] in (_DASH, _DOT) and so_far >= 9
        if k + 1 == last or (wide and (_count(work, k, k + 1) >= 7 or joined)) or (work[AFTER, k] == _BRACKET and so_far >= 9):
            found = _phone(data, begin, end, work, start, k + 1, found)
            start = k + 1
    return found


@njit(cache=True, nogil=True)
def _lettered(data, begin, end, work, first, last, found):  # type: ignore[no-untyped-def]
    """A toll-free North American number that ends in letters (1-800-FLOWERS) as a candidate; the number of spans found."""
    digits, place = _count(work, first, last), work[FIRST, first]
    lead = 1 if work[DIGITS, place] == 1 else 0
    if not 3 + lead <= digits <= 7 + lead or work[DIGITS, place + lead] < 8:
        return found
    stop = work[STOP, last - 1]
    while stop < end and data[stop] in (32, 41, 45):
        stop += 1
    letters = stop
    while letters < end and 65 <= data[letters] <= 90:
        letters += 1
    count = letters - stop
    if not 3 <= count <= 9 or not 10 <= digits - lead + count <= 12 or (letters < end and is_word(data[letters])):
        return found
    start = work[START, first]
    if start > begin and data[start - 1] == 40:
        start -= 1
    if start > begin and (is_word(data[start - 1]) or data[start - 1] in (42, 43, 45, 46, 47)):
        return found
    work[FOUND_START, found], work[FOUND_STOP, found], work[FOUND_KIND, found] = start, letters, PHONE
    return found + 1


@njit(cache=True, nogil=True)
def numbers(data, begin, end, work, groups, wanted):  # type: ignore[no-untyped-def]
    """What the groups in `work` hold, into its rows FOUND_START to FOUND_KIND; how many spans."""
    found, g, pending = 0, 0, 0
    while g < groups:
        taken, kind, start, stop = _decided(data, begin, end, work, g, groups, wanted)
        if not taken:
            g += 1
            continue
        if wanted >> PHONE & 1:
            found = _phones(data, begin, end, work, pending, g, found)
        if kind >= 0 and wanted >> kind & 1:
            work[FOUND_START, found], work[FOUND_STOP, found], work[FOUND_KIND, found] = start, stop, kind
            found += 1
        g += taken
        pending = g
    if wanted >> PHONE & 1 and pending < groups:
        before = found
        found = _lettered(data, begin, end, work, pending, groups, found)
        if found == before:
            found = _phones(data, begin, end, work, pending, groups, found)
    return found
