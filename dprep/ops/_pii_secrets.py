"""Keys, tokens and passwords in texts.

Sources: the makers' documentation of their formats: AWS (unique identifiers: AKIA, ASIA + 16), GitHub ("Behind GitHub's new
authentication token formats": ghp_, gho_, ghu_, ghs_, ghr_ + 36 and github_pat_), GitLab (token prefixes: glpat- …), Slack
(token types: xoxb-, xoxp- …), Google (API keys: AIza + 35), Stripe (sk_live_ …), npm (npm_ + 36), Hugging Face (hf_ + 34),
RFC 7468 (PEM blocks), RFC 7519 (JWT). Entropy of assigned values: Shannon, at least 3 bits per character.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.pii import SECRET, Spans

_MARKS = (
    *("AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "glptt-"),
    *("xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-", "AIza", "sk_live_", "rk_live_", "sk_test_", "npm_", "hf_"),
    *("pypi-AgE", "sk-", "SG.", "PRIVATE KEY", "eyJ"),
)
_NAMED = (
    rb"(?i:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|access[_-]?key|(?:auth|access)[_-]?token"
    rb"|\xe5\xaf\x86\xe7\xa0\x81|\xe5\xaf\x86\xe9\x92\xa5)"  # 密码, 密钥
)
_TOKEN = re.compile(
    rb"""(?x)
    (?<![A-Za-z0-9_-])(?:
        A(?:KIA|SIA)[A-Z2-7]{16}
      | gh[pousr]_[A-Za-z0-9]{36,251}
      | github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}
      | gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,64}
      | xox[abeprs]-[A-Za-z0-9-]{10,250}
      | xapp-\d-[A-Za-z0-9-]{10,250}
      | AIza[A-Za-z0-9_-]{35}
      | [sr]k_(?:live|test)_[A-Za-z0-9]{16,247}
      | npm_[A-Za-z0-9]{36}
      | hf_[A-Za-z]{34}
      | pypi-AgE[A-Za-z0-9_-]{50,1000}
      | sk-(?:[A-Za-z0-9_]{1,12}-)?[A-Za-z0-9_-]{32,200}
      | SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}
      | eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{16,1000}
    )(?![A-Za-z0-9_])
    """
)
_BLOCK = re.compile(
    rb"-----BEGIN ((?:[A-Z0-9]+ ){0,3})PRIVATE KEY(?: BLOCK)?-----.{16,20000}?-----END \1PRIVATE KEY(?: BLOCK)?-----", re.DOTALL
)
_ASSIGNED = re.compile(
    _NAMED + rb"""[\w-]{0,16}["']?[ \t]{0,4}(?:=>?|:=?|\xef\xbc\x9a)[ \t]{0,4}(?P<quote>["']?)(?P<value>[!-~]{8,120})"""
)
_SCREEN = (
    r"(?i-u:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|access[_-]?key|(?:auth|access)[_-]?token)"
    r"[\w-]{0,16}[\"']?[ \t]{0,4}[=:]|密码|密钥"
)
"""As _NAMED, for whole columns."""
_PLAIN = re.compile(rb"(?i)example|changeme|your|xxxx|\*\*|\.\.\.|redacted|placeholder|password|<|>|\$|\{|\(|\[|://|%|@")
_LEAST_ENTROPY = 3.0
MADE_UP = b"redacted-"
"""How a made-up secret starts; it is no secret."""


def secrets(text: Text) -> Spans:
    """Every key, token, private key and assigned password; rows without a mark of one are not looked into."""
    screened = text.series.str.contains_any(list(_MARKS)) | text.series.str.contains(_SCREEN)
    offsets, data = text.buffers
    found: list[tuple[int, int, int]] = []
    for row in screened.arg_true():
        start = int(offsets[row])
        content = data[start : offsets[row + 1]].tobytes()
        found += [(row, start + a, start + b) for a, b in _in(content)]
    columns: npt.NDArray[np.int64] = np.array(found, np.int64).reshape(-1, 3)
    return Spans(columns[:, 0], columns[:, 1], columns[:, 2], np.full(len(columns), SECRET, np.int64))


def _in(content: bytes) -> Iterator[tuple[int, int]]:
    for pattern in (_TOKEN, _BLOCK):
        yield from (found.span() for found in pattern.finditer(content))
    for found in _ASSIGNED.finditer(content):
        start, value = found.start("value"), found["value"]
        quote = value.find(found["quote"]) if found["quote"] else -1
        value = value[:quote] if quote >= 0 else re.split(rb"[\"',;&]", value)[0].rstrip(b".):")
        if _is_random(value):
            yield start, start + len(value)


def _is_random(value: bytes) -> bool:
    """Whether a value looks chosen by a machine or a careful person: letters and digits, no placeholder, enough entropy."""
    if len(value) < 8 or _PLAIN.search(value) or not re.search(rb"[0-9]", value) or not re.search(rb"[A-Za-z]", value):
        return False
    shares = [times / len(value) for times in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares) >= _LEAST_ENTROPY
