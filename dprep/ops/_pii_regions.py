"""The regions whose phone numbers are known without a country's code."""

from __future__ import annotations

from dprep.base.problem import Error, Problem

_CODES = """\
AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF
CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG
GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW
KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF
NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM
SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK
YE YT ZA ZM ZW"""
_MISTAKEN = """\
UK=GB EN=GB EL=GR JA=JP KO=KR DA=DK CS=CZ ZH=CN USA=US GBR=GB DEU=DE GER=DE FRA=FR CHN=CN PRC=CN IND=IN JPN=JP KOR=KR TWN=TW
HKG=HK ESP=ES ITA=IT BRA=BR RUS=RU UKR=UA CAN=CA AUS=AU"""

REGIONS = frozenset(_CODES.split())
"""Those that phonenumbers has numbers of; written down, so that a recipe is checked alike where the library is absent."""

_MEANT = dict(pair.split("=") for pair in _MISTAKEN.split())
"""Codes of languages and codes of three letters -> the region that was meant."""


def check_regions(regions: tuple[str, ...]) -> None:
    """Raise Error for what is no region with phone numbers."""
    wrong = next((region for region in regions if region not in REGIONS), None)
    if wrong is not None:
        help = "a region is two capital letters (ISO 3166-1), such as `GB`"
        meant = _MEANT.get(wrong.upper(), wrong.upper())
        if meant in REGIONS:
            help = f"perhaps `{meant}`; {help}"
        raise Error(Problem("wrong-value", f"`regions` names `{wrong}`, which is no region", help=help))
