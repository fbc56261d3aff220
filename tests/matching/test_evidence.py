"""Evidence is a sum in bits: what agrees speaks for, what differs against, what is missing for nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching_model import model_of, shipped_model
from sell_model.draft import Draft
from sell_model.errors import SetupError
from sell_model.matching.deciding import Judge
from sell_model.matching.evidence import probability, read_model
from sell_model.matching.profile import Profile, profile_of


def judge(*, companies: bool = False, common: bool = False) -> Judge:
    """A judge who knows nobody yet."""
    model = shipped_model()
    weights = model.company if companies else model.person
    return Judge(weights, 0, lambda _trait, _value: 1.0, lambda _given: common, companies)


def person(**fields: Any) -> Profile:
    """What a lead with these fields is like."""
    return profile_of(Draft("lead", fields))


ANN = person(first_name="Ann", last_name="Li", email="ann@li.example", phone="+14155550100")


def test_the_sum_is_the_prior_and_every_part() -> None:
    """It can be shown to a person line by line."""
    evidence = judge().compare(ANN, ANN)
    assert evidence.bits == pytest.approx(evidence.prior + sum(part.bits for part in evidence.parts))
    assert [part.comparison for part in evidence.parts] == ["name", "email", "phone"]


def test_what_is_missing_says_nothing() -> None:
    """A form that asks for less makes nobody less alike."""
    bare = person(first_name="Ann", last_name="Li")
    assert {part.comparison for part in judge().compare(ANN, bare).parts} == {"name"}


def test_a_common_value_says_less_than_a_rare_one() -> None:
    """John Smith twice is less than Zbigniew Brzezinski twice."""
    often = Judge(shipped_model().person, 100_000, lambda _t, _v: 1_000.0, lambda _g: False)
    seldom = Judge(shipped_model().person, 100_000, lambda _t, _v: 1.0, lambda _g: False)
    assert often.compare(ANN, ANN).bits < seldom.compare(ANN, ANN).bits


NAMES = st.sampled_from(["Ann", "Bo", "Robert", "Bob", "Мария", "伟", "Zoë", ""])
SURNAMES = st.sampled_from(["Li", "Smith", "von der Heide", "García López", "Кузнецов", "王", ""])
EMAILS = st.sampled_from(
    ["", "ann@li.example", "a.li@li.example", "info@li.example", "ann1@gmail.com", "ann2@gmail.com"]
)
PHONES = st.sampled_from(["", "+14155550100", "+14155550101", "+442071838750"])


@st.composite
def people(draw: st.DrawFn) -> Profile:
    """Anybody."""
    fields = {
        "first_name": draw(NAMES),
        "last_name": draw(SURNAMES),
        "email": draw(EMAILS),
        "phone": draw(PHONES),
        "organization_name": draw(st.sampled_from(["", "Acme Inc.", "Acme GmbH", "Globex"])),
        "address": {"city": draw(st.sampled_from(["", "Rome", "Roma"]))},
    }
    return person(**{name: value for name, value in fields.items() if value})


@given(people(), people())
def test_it_makes_no_difference_who_comes_first(one: Profile, other: Profile) -> None:
    """Evidence of two records is one thing."""
    assert judge().compare(one, other).bits == pytest.approx(judge().compare(other, one).bits)


@given(people())
def test_a_profile_is_read_as_it_was_written(one: Profile) -> None:
    """It is stored beside each source record."""
    assert Profile.from_text(one.to_text()) == one


def test_ten_bits_are_a_thousand_to_one() -> None:
    """The scale that people read."""
    assert probability(10) == pytest.approx(1024 / 1025)
    assert probability(-10) == pytest.approx(1 / 1025)


def shipped() -> dict[str, Any]:
    """The shipped model as TOML gives it."""
    return tomllib.loads(files("sell_model.matching").joinpath("model.toml").read_text(encoding="utf-8"))


def broken() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Models that are not right, and what is to be said of them."""
    missing = shipped()
    del missing["person"]["name"]["swapped"]
    yield "a missing level", missing, "person.name.swapped: missing"
    heavy = shipped()
    heavy["company"]["domain"]["exact"] = 400
    yield "a weight out of range", heavy, "company.domain.exact: 400"
    odd = shipped()
    odd["person"]["email"]["telepathy"] = 3.0
    yield "a level that nobody knows", odd, "person.email.telepathy: no such level"
    crossed = shipped()
    crossed["person"]["merge"] = -50.0
    yield "lines that cross", crossed, "person.merge"
    yield "no version", {**shipped(), "version": ""}, "version"


@pytest.mark.parametrize(("_what", "data", "said"), list(broken()), ids=[each[0] for each in broken()])
def test_a_model_that_is_not_right_is_refused_by_name(_what: str, data: dict[str, Any], said: str) -> None:
    """An admin may tune it, and learns what is wrong before anything is matched by it."""
    with pytest.raises(SetupError, match=said.replace(".", r"\.")):
        read_model(data, shipped())


def test_the_admins_own_model_is_read_from_the_home(tmp_path: Any) -> None:
    """`matching.toml` beside `hub.toml`; without one the shipped model holds."""
    assert model_of(tmp_path) is shipped_model()
    text = files("sell_model.matching").joinpath("model.toml").read_text(encoding="utf-8")
    (tmp_path / "matching.toml").write_text(
        text.replace('version = "2026-11-25"', 'version = "ours"'), encoding="utf-8"
    )
    assert model_of(tmp_path).version == "ours"
