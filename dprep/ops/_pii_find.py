"""Personal data in the texts of a block: the scanner's spans, with what libraries decide about its candidates."""

from __future__ import annotations

import ipaddress
from functools import cache

import numpy as np

from dprep.base.text import Text
from dprep.kernels.pii import IPV6, PHONE, Spans, resolved, scanned
from dprep.ops._pii_kinds import RANKS, Kind, wanted
from dprep.ops._pii_phone import CONTEXT_BYTES, LEAST_WITHOUT_WORD, is_phone
from dprep.ops._pii_secrets import secrets


def found(text: Text, kinds: tuple[Kind, ...], regions: tuple[str, ...], *, old_ids: bool = False) -> Spans:
    """Every span of personal data of `kinds`, in order and without overlaps, as bytes of the text's buffers."""
    spans = scanned(text, wanted(kinds, old_ids=old_ids))
    kept = np.ones(len(spans.rows), np.bool_)
    starts, ends = spans.starts.copy(), spans.ends.copy()
    for k in np.flatnonzero((spans.kinds == PHONE) | (spans.kinds == IPV6)):
        starts[k], ends[k], kept[k] = _judged(text, spans, int(k), regions)
    spans = Spans(spans.rows[kept], starts[kept], ends[kept], spans.kinds[kept])
    if "secret" in kinds:
        more = secrets(text)
        spans = Spans(*(np.concatenate(parts) for parts in zip(spans, more, strict=True)))
    return resolved(spans, RANKS)


def _judged(text: Text, spans: Spans, k: int, regions: tuple[str, ...]) -> tuple[int, int, bool]:
    """Where candidate `k` really starts and ends, and whether it is what it may be."""
    offsets, data = text.buffers
    start, end = int(spans.starts[k]), int(spans.ends[k])
    candidate = data[start:end].tobytes().decode()
    if spans.kinds[k] == IPV6:
        return start, end, _is_global6(candidate)
    if candidate[0] in "(（" and not ({")", "）"} & set(candidate)):
        start += len(candidate[0].encode())
        candidate = candidate[1:]
    before = data[max(int(offsets[spans.rows[k]]), start - CONTEXT_BYTES) : start].tobytes().decode(errors="ignore")
    if is_phone(candidate, before, regions):
        return start, end, True
    # another number may stand after it, as in "303 889 5732 24 hours"
    shorter = candidate.rpartition(" ")[0].rstrip()
    if sum(map(str.isdigit, shorter)) < LEAST_WITHOUT_WORD:
        return start, end, False
    return start, start + len(shorter.encode()), is_phone(shorter, before, regions)


@cache
def _special6() -> tuple[ipaddress.IPv6Network, ...]:
    """What of 2000::/3 is no machine's on the public internet: IANA's registry of special-purpose IPv6 addresses."""
    return tuple(ipaddress.IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


def _is_global6(candidate: str) -> bool:
    if candidate.endswith("::") and candidate.count(":") < 4:
        return False  # a number before a literal block, as reStructuredText marks it
    try:
        address = ipaddress.IPv6Address(candidate)
    except ValueError:
        return False
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_global
    return address in ipaddress.IPv6Network("2000::/3") and not any(address in net for net in _special6())
