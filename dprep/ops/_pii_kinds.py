"""The kinds of personal data, and what is written in their place in every style."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np

from dprep.kernels import pii

Kind = Literal["email", "ip", "phone", "card", "iban", "cn_id", "cn_mobile", "secret"]
KINDS: tuple[Kind, ...] = get_args(Kind)

OF_CODE: dict[int, Kind] = {
    pii.EMAIL: "email",
    pii.IPV4: "ip",
    pii.IPV6: "ip",
    pii.PHONE: "phone",
    pii.CARD: "card",
    pii.IBAN: "iban",
    pii.CN_ID: "cn_id",
    pii.CN_MOBILE: "cn_mobile",
    pii.SECRET: "secret",
}

_ORDER: tuple[Kind, ...] = ("secret", "email", "iban", "cn_id", "card", "cn_mobile", "ip", "phone")
RANKS = np.array([_ORDER.index(OF_CODE[code]) for code in range(len(OF_CODE))], np.int64)
"""Of two spans that overlap, the kind with the smaller rank stays."""

TAGS: dict[Kind, str] = {
    "email": "[EMAIL]",
    "ip": "[IP]",
    "phone": "[PHONE]",
    "card": "[CARD]",
    "iban": "[IBAN]",
    "cn_id": "[CN_ID]",
    "cn_mobile": "[PHONE]",
    "secret": "[SECRET]",
}

DOLMA: dict[Kind, str] = {
    "email": "|||EMAIL_ADDRESS|||",
    "ip": "|||IP_ADDRESS|||",
    "phone": "|||PHONE_NUMBER|||",
    "card": "|||CREDIT_CARD|||",
    "iban": "|||IBAN|||",
    "cn_id": "|||ID_NUMBER|||",
    "cn_mobile": "|||PHONE_NUMBER|||",
    "secret": "|||SECRET|||",
}


def wanted(kinds: Iterable[Kind], *, old_ids: bool = False) -> int:
    """The bits that ask the scanner for `kinds`."""
    chosen = set(kinds)
    bits = sum(1 << code for code, kind in OF_CODE.items() if kind in chosen)
    return bits | (pii.OLD_IDS if old_ids else 0)
