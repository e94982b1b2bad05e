"""Every operator of the catalogue obeys every law."""

from __future__ import annotations

import importlib.metadata

import pytest

from dprep.plan.page import page
from tests.laws.laws import LAWS, Law, obey
from tests.laws.subject import Subject, catalogue


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
@pytest.mark.parametrize("subject", catalogue(), ids=lambda subject: subject.name)
def test_operator_obeys_law(subject: Subject, law: Law) -> None:
    why = subject.cls.exempt.get(law.name)
    if why is not None:
        assert why.endswith("."), "an exemption is a sentence"
        assert why in page(subject.name), "its page prints an exemption"
        pytest.skip(f"exempt: {why}")
    missing = [name for name in subject.cls.libraries if not _installed(name)]
    if subject.cls.extra and missing:
        pytest.skip(f"needs the extra `{subject.cls.extra}`: {', '.join(missing)} not installed")

    obey(subject, law)


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def test_exemptions_name_laws() -> None:
    unknown = {(one.name, law) for one in catalogue() for law in one.cls.exempt} - {
        (one.name, law.name) for one in catalogue() for law in LAWS
    }

    assert unknown == set()


def test_the_catalogue_is_not_empty() -> None:
    assert catalogue()
