"""clean.pii and tag.pii against addresses, numbers and mails that others have written."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.ops._pii_regions import REGIONS
from dprep.ops.clean.pii import Pii
from dprep.ops.tag.pii import Pii as TagPii
from tests.ops import pii_score
from tests.ops.strange import PIECES

LEAST = 0.98
needs_corpora = pytest.mark.skipif(pii_score.shared() is None, reason="the corpora (DPREP_SHARED or ../shared) are not here")


def masked(*texts: str, **parameters: object) -> list[str]:
    return Pii(**parameters).edit(Text(pl.Series(texts, dtype=pl.String))).to_list()  # type: ignore[arg-type]


def enough(score: pii_score.Score) -> None:
    for kind in {*score.known, *score.found}:
        assert score.recall(kind) >= LEAST, (kind, score.misses[:10])
        assert score.precision(kind) >= LEAST, (kind, score.extras[:10])


@pytest.mark.parametrize("form", ["international", "e164", "rfc3966", "national", "grouped"])
def test_example_numbers_of_sixty_regions_are_found(form: str) -> None:
    texts, truth = pii_score.phones(form)
    assert len(texts) > 250
    enough(pii_score.score(texts, truth, pii_score.REGIONS))


def test_published_test_cards_are_found() -> None:
    texts, truth = pii_score.cards()
    enough(pii_score.score(texts, truth, ("US", "GB", "CN")))


def test_ibans_of_the_registry_are_found() -> None:
    texts, truth = pii_score.ibans()
    assert len({text[span[0][0] :][:2] for text, span in zip(texts, truth, strict=True)}) >= 40
    enough(pii_score.score(texts, truth, ("US", "GB", "DE")))


@needs_corpora
def test_labelled_mails_agree() -> None:
    folder = pii_score.shared()
    assert folder is not None
    texts, truth = pii_score.mails(folder)
    assert len(texts) == 200
    enough(pii_score.score(texts, truth, ("US", "GB", "IE")))


@needs_corpora
def test_nothing_of_manuals_peps_and_laws_is_taken_for_a_number_of_somebody() -> None:
    folder = pii_score.shared()
    assert folder is not None
    rows = pii_score.lookalikes(folder)
    found = pii_score.spans_of([text for _, text in rows], ("US", "GB", "DE", "FR", "CN", "IN"))
    for (verdict, _), spans in zip(rows, found, strict=True):
        counted: dict[str, int] = {}
        for span in spans:
            if span[2] != "email":
                counted[span[2]] = counted.get(span[2], 0) + 1
        assert counted == verdict["known"], verdict["id"]


LOOKALIKES = [
    "version 2.4.8.1, 1.2.3.4.5, section 7.21.6.2, v10.20.30.40x, kernel-2.6.38.6",
    "10.0.0.1 172.31.255.255 192.168.1.1 127.0.0.1 169.254.1.1 192.0.2.7 198.51.100.1 203.0.113.9 224.0.0.1 255.255.255.255",
    "::1 fe80::1 2001:db8::7 std::cout 12:34:56 dead::beef 2006::",
    "2002-10-07 14:07:01, 31/12/1999, 1998-2002, 20240517, 1,234,567,890, ISBN 978-0-306-40615-7, ISSN 0378-5955",
    "user@localhost git@github.com:a/b.git https://user:word@host.com/ a@b icon@2x.png getty@tty1.service x@example.com",
    "took £817 MILLION, 800 MILLION and 1 MILLION DOLLARS, see #8725 CLOPPAIR",
    "4242424242424241 4111 1111 1111 1112 1234567890123456 0000 0000 0000 0000",
    "GB29NWBK60161331926818 XX00123456789012 DE8937040044053201300",
    "110105194912310021 000105194912310027 11010519491331002X",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 12812345678 id 13812345678 138123456789",
    "password = changeme, password: <your password>, api_key = os.environ['KEY'], the secret: nobody knows, token",
    "根据《中华人民共和国刑法》第三百四十八条第2款，1997年10月1日起施行，邮编100101，文号〔2020〕12号。",
]


@pytest.mark.parametrize("text", LOOKALIKES)
def test_lookalikes_stay(text: str) -> None:
    assert masked(text) == [text]


CASES = [
    ("Write to j.doe+list@sub.mail-host.co.uk.", "Write to [EMAIL]."),
    ("<jane@doe.org>,jim@doe.org;mailto:joe@doe.org?subject=x", "<[EMAIL]>,[EMAIL];mailto:[EMAIL]?subject=x"),
    ("邮箱zhang.san＠qq.com，抄送li@163.com。", "邮箱[EMAIL]，抄送[EMAIL]。"),
    ("from [66.32.63.78] and http://211.117.193.159/x and 2001:4860:4860::8888.", "from [[IP]] and http://[IP]/x and [IP]."),
    ("身份证号：11010519491231002x，或１１０１０５１９４９１２３１００２Ｘ", "身份证号：[CN_ID]，或[CN_ID]"),
    ("手机：138-1234-5678、138 1234 5678、+86 13812345678、8613812345678", "手机：[PHONE]、[PHONE]、[PHONE]、[PHONE]"),
    ("联系电话１３８１２３４５６７８（微信同号）", "联系电话[PHONE]（微信同号）"),
    ("办公电话：010-62781234，传真0755 8273 1234", "办公电话：[PHONE]，传真[PHONE]"),
    ("call toll-free (800) 2-MAXTOR", "call toll-free [PHONE]"),
    ("(302)654-5478, 1-800-FLOWERS, 303 889 5732 24 hours", "[PHONE], [PHONE], [PHONE] 24 hours"),
    ("db_password='Tr0ub4dor&3xyz'; next", "db_password='[SECRET]'; next"),
    ("key AKIAIOSFODNN7QWERTYU, ghp_0123456789abcdefghijABCDEFGHIJ012345", "key [SECRET], [SECRET]"),
    ("密码：a8F3kq92Lm0", "密码：[SECRET]"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", "[SECRET]"),
    ("", ""),
    ("@", "@"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_each_kind_is_masked_where_it_stands(text: str, expected: str) -> None:
    assert masked(text) == [expected]


def test_old_identity_numbers_only_where_asked() -> None:
    assert masked("旧证号110105491231002") == ["旧证号110105491231002"]
    assert masked("旧证号110105491231002", old_ids=True) == ["旧证号[CN_ID]"]


def test_only_the_kinds_asked_for_are_masked() -> None:
    text = "jane@doe.org 4242424242424242 66.32.63.78"
    assert masked(text, kinds=["card"]) == ["jane@doe.org [CARD] 66.32.63.78"]
    assert masked(text, kinds=["email", "ip"], style="dolma") == ["|||EMAIL_ADDRESS||| 4242424242424242 |||IP_ADDRESS|||"]


SAMPLE = (
    "jane@doe.org 66.32.63.78 2001:4860:4860::8888 +44 20 7031 3000 4242424242424242 DE89370400440532013000 "
    "11010519491231002X 手机13812345678 password=Tr0ub4dor3xyz"
)


def test_pseudonyms_are_the_same_for_the_same_value_and_nobodys() -> None:
    once, again, other_key = (masked(SAMPLE, SAMPLE.upper(), style="pseudonym", key=key) for key in ("a", "a", "b"))
    assert once == again != other_key
    assert once[0].split()[0] == once[1].split()[0]  # the case of an address does not matter
    mail, four, six, phone, card, iban, identity = re.match(r"(\S+) (\S+) (\S+) (\+1 \S+) (\d+) (\S+) (\S+)", once[0]).groups()  # type: ignore[union-attr]
    assert mail.endswith("@example.com")
    assert re.match(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$", four)
    assert six.startswith("2001:db8:")
    assert re.match(r"\+1 \d{3}-555-01\d\d$", phone)
    doubled = [sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(reversed(card))]
    assert card.startswith("9999")
    assert sum(doubled) % 10 == 0
    assert iban.startswith("XX")
    assert int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1
    weights = [2 ** (17 - i) % 11 for i in range(18)]
    assert identity.startswith("99")
    assert sum(w * (10 if c == "X" else int(c)) for w, c in zip(weights, identity, strict=True)) % 11 == 1


def test_partial_masks_keep_what_they_say() -> None:
    assert masked("jane@doe.org 66.32.63.78 4242 4242 4242 4242", style="partial") == ["j***@d***.org 66.32.*.* ****4242"]


@pytest.mark.parametrize("style", ["tag", "dolma", "pseudonym", "partial"])
@given(pieces=st.lists(st.sampled_from([*SAMPLE.split(" "), *PIECES, "1", "-", ".", "@", "+", "2025550123"]), max_size=20))
def test_masked_text_is_masked_already(style: str, pieces: list[str]) -> None:
    once = masked("".join(pieces), " ".join(pieces), style=style, key="k")
    assert masked(*once, style=style, key="k") == once


def test_counts_tell_how_much_of_each_kind_was_masked() -> None:
    op = Pii()
    before = Text(pl.Series([SAMPLE, "nothing", "jane@doe.org jim@doe.org"]))
    counts = {kind: values.to_list() for kind, values in op.counts(before, op.edit(before)).items()}
    assert counts["email"] == [1, 0, 2]
    assert counts["ip"] == [2, 0, 0]
    assert all(counts[kind] == [1, 0, 0] for kind in ("phone", "card", "iban", "cn_id", "cn_mobile", "secret"))
    tagged = TagPii().note(Text(pl.Series([SAMPLE, "nothing"])))
    assert tagged["pii_total"].to_list() == [9, 0]


def test_long_and_hostile_texts_end() -> None:
    million = 2**20
    texts = ["1" * million, "1 " * million, "@" * million, "a@" * million, ":" * million, "1.1." * million, "AB12" * million]
    texts += ["+" * million, "password=" * (million // 8), "x" * million + " jane@doe.org"]
    after = masked(*texts)
    assert after[-1].endswith(" [EMAIL]")
    assert after[:3] == texts[:3]


def test_bad_settings_are_told() -> None:
    with pytest.raises(Error, match="needs a `key`"):
        Pii(style="pseudonym")


@pytest.mark.parametrize("operator", [Pii, TagPii])
@pytest.mark.parametrize(
    ("wrong", "meant"), [("UK", "GB"), ("uk", "GB"), ("us", "US"), ("CHN", "CN"), ("EN", "GB"), ("QZ", "")]
)
def test_a_region_that_has_no_numbers_is_told_and_the_nearest_named(operator: type[Pii], wrong: str, meant: str) -> None:
    with pytest.raises(Error) as caught:
        operator(regions=("CN", wrong))
    problem = caught.value.problems[0]
    assert f"`{wrong}`" in problem.sentence
    assert problem.help.startswith(f"perhaps `{meant}`;") is bool(meant)


def test_the_regions_are_those_of_the_library() -> None:
    import phonenumbers

    assert set(phonenumbers.SUPPORTED_REGIONS) == REGIONS
