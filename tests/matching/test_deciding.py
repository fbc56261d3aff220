"""The traps: what looks like one person and is two, and what looks like two and is one."""

from __future__ import annotations

from typing import Any

import pytest

from sell_model.draft import Draft
from sell_model.matching.deciding import Decision
from sell_model.matching.profile import Profile, profile_of
from tests.matching.test_evidence import judge, person


def met(one: Profile, *others: Profile, common: bool = False) -> Decision:
    """Decide who a record is, where one person is known by these records."""
    return judge(common=common).decide(one, {1: others}, lambda _identity: others)


SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "an own address": ({"email": "ann@li.example"}, {"last_name": "Li", "email": "Ann@Li.example"}),
    "a nickname at one address": (
        {"first_name": "Bob", "last_name": "Cole", "email": "rcole@x.example"},
        {"first_name": "Robert", "last_name": "Cole", "email": "rcole@x.example"},
    ),
    "one phone and one name": (
        {"first_name": "Ann", "last_name": "Li", "phone": "+14155550100"},
        {"first_name": "Ann", "last_name": "Li", "phone": "+14155550100"},
    ),
    "a name that was swapped": (
        {"first_name": "Presworth", "last_name": "Steven", "email": "s@a.example", "phone": "+14155550100"},
        {"first_name": "Steven", "last_name": "Presworth", "phone": "+14155550100", "title": "CTO"},
    ),
    "a name in two scripts": (
        {"first_name": "Максим", "last_name": "Кузнецов", "phone": "+79161234567"},
        {"first_name": "Maksim", "last_name": "Kuznetsov", "phone": "+79161234567"},
    ),
    "an office's address and the whole name": (
        {"first_name": "Ann", "last_name": "Li", "email": "info@acme.example"},
        {"first_name": "Ann", "last_name": "Li", "email": "info@acme.example"},
    ),
    "a Chinese name that is written whole": (
        {"last_name": "王瑞云", "phone": "+8613868933813"},
        {"first_name": "Ruiyun", "last_name": "Wang", "phone": "+8613868933813"},
    ),
    "a Chinese surname of two characters": (
        {"last_name": "欧阳娜", "phone": "+8613868933813"},
        {"first_name": "Na", "last_name": "Ouyang", "phone": "+8613868933813"},
    ),
    "a name in one field": (
        {"last_name": "Deborah Westcroft", "phone": "+14155550100"},
        {"first_name": "Deborah", "last_name": "Westcroft", "phone": "+14155550100"},
    ),
    "an official number": (
        {"last_name": "Westcroft", "custom_fields": {"Tax ID": "912-44-1203"}},
        {"first_name": "Deb", "last_name": "Westcroft", "custom_fields": {"Tax ID": "912441203"}},
    ),
    "an official number and a birth date, married since": (
        {"first_name": "Eve", "last_name": "Moss", "custom_fields": {"SSN": "912-44-1203", "Birthday": "1990-02-03"}},
        {"first_name": "Eve", "last_name": "Hale", "custom_fields": {"SSN": "912441203", "Birthday": "1990-02-03"}},
    ),
    "a company in which nobody is named": ({"organization_name": "Acme Inc."}, {"organization_name": "ACME"}),
}


@pytest.mark.parametrize("which", SAME)
def test_one_person_is_told_by(which: str) -> None:
    """Joined without a person's help."""
    one, other = SAME[which]
    assert met(person(**one), person(**other)).identity_id == 1


FAMILY = {"phone": "+14155550100", "address": {"line1": "130 Station Avenue", "city": "Dallas", "postal_code": "75205"}}
TWO: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a shared inbox": (
        {"first_name": "Viktor", "last_name": "Ivanov", "email": "support@acme.example", "title": "CTO"},
        {"first_name": "Deborah", "last_name": "Westcroft", "email": "support@acme.example", "title": "CTO"},
    ),
    "an assistant who gives her boss's address": (
        {"first_name": "Lori", "last_name": "MacLeod", "email": "lori@x.example", "organization_name": "X"},
        {"first_name": "Matt", "last_name": "Goldbridge", "email": "lori@x.example", "organization_name": "X"},
    ),
    "a switchboard": (
        {"first_name": "Grace", "last_name": "Woodbury", "phone": "+18134354882", "organization_name": "Redwood"},
        {"first_name": "Carmen", "last_name": "Gomez", "phone": "+18134354882", "organization_name": "Redwood"},
    ),
    "a family": (
        {"first_name": "Kimberly", "last_name": "Johnson", "email": "kim@a.example", **FAMILY},
        {"first_name": "Susan", "last_name": "Johnson", "email": "susan@b.example", **FAMILY},
    ),
    "father and son": (
        {"first_name": "James", "last_name": "Thornman", "organization_name": "Acme", **FAMILY},
        {"first_name": "James", "last_name": "Thornman II", "organization_name": "Globex", **FAMILY},
    ),
    "twins": (
        {"first_name": "Marina", "last_name": "Palmer", "email": "marina@a.example", **FAMILY},
        {"first_name": "Karina", "last_name": "Palmer", "email": "karina@b.example", **FAMILY},
    ),
    "addresses given out in a row": (
        {"first_name": "J", "last_name": "Smith", "email": "jsmith41@gmail.com", "phone": "+14155550100"},
        {"first_name": "J", "last_name": "Smith", "email": "jsmith42@gmail.com", "phone": "+14155550100"},
    ),
    "one name twice in a company": (
        {"first_name": "John", "last_name": "Smith", "email": "john.smith@big.example", "organization_name": "Big"},
        {"first_name": "John", "last_name": "Smith", "email": "jsmith.hr@big.example", "organization_name": "Big"},
    ),
    "father and son of whom no record says Jr": (
        {"first_name": "James", "last_name": "Thornman", "email": "james.thornman@a.example", **FAMILY},
        {"first_name": "James", "last_name": "Thornman", "email": "jt@b.example", "title": "CEO", **FAMILY},
    ),
    "a namesake who is written to at the same office": (
        {"first_name": "Ann", "last_name": "Li", "email": "info@acme.example", "phone": "+14155550100"},
        {"first_name": "Ann", "last_name": "Li", "email": "info@acme.example", "phone": "+12125550199"},
    ),
    "namesakes at one switchboard": (
        {
            "first_name": "Ann",
            "last_name": "Li",
            "phone": "+14155550100",
            "organization_name": "Big",
            "address": {"city": "Dallas"},
        },
        {
            "first_name": "Ann",
            "last_name": "Li",
            "phone": "+14155550100",
            "organization_name": "Big",
            "address": {"city": "Tulsa"},
        },
    ),
    "a name alone": ({"first_name": "Wei", "last_name": "Zhang"}, {"first_name": "Wei", "last_name": "Zhang"}),
}


@pytest.mark.parametrize("which", TWO)
def test_two_people_are_not_joined_by(which: str) -> None:
    """A person is asked at most."""
    one, other = TWO[which]
    assert met(person(**one), person(**other), common=True).identity_id is None


STRANGERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "two names at a switchboard": (
        {"first_name": "Grace", "last_name": "Woodbury", "phone": "+18134354882", "organization_name": "Redwood"},
        {"first_name": "Carmen", "last_name": "Gomez", "phone": "+18134354882", "organization_name": "Redwood"},
    ),
    "addresses that say no more than the name": (
        {"first_name": "John", "last_name": "Smith", "email": "john.smith@a.example"},
        {"first_name": "John", "last_name": "Smith", "email": "jsmith@b.example"},
    ),
    "a surname and a household's phone": (
        {"first_name": "Kimberly", "last_name": "Johnson", "email": "kim@a.example", "phone": "+14155550100"},
        {"first_name": "Susan", "last_name": "Johnson", "email": "susan@b.example", "phone": "+14155550100"},
    ),
}


@pytest.mark.parametrize("which", STRANGERS)
def test_nobody_is_asked_about_strangers(which: str) -> None:
    """Questions that are false alarms are not answered after the tenth."""
    one, other = STRANGERS[which]
    assert met(person(**one), person(**other)) == Decision(None)


def test_a_father_who_works_elsewhere_is_not_his_son_by_a_record_that_names_neither() -> None:
    """The son's other record says II; both have the household's phone."""
    bare = person(first_name="Carol", last_name="Yorkdale", phone="+13032619289")
    son = person(first_name="Carol", last_name="Yorkdale II", phone="+13032619289", organization_name="Mills")
    father = person(first_name="Carol", last_name="Yorkdale", phone="+13032619289", organization_name="Lumen Motors")
    decision = judge().decide(father, {1: [bare]}, lambda _identity: [bare, son])
    assert decision.identity_id is None
    assert [each.guard for each in decision.review] == ["another generation: Jr, Sr"]


def test_a_bare_record_does_not_join_two_namesakes_at_an_office() -> None:
    """Who came first by name and office alone may be either of them."""
    bare = person(first_name="Ann", last_name="Li", email="info@acme.example")
    here = person(first_name="Ann", last_name="Li", email="info@acme.example", phone="+14155550100",
                  address={"city": "Dallas"})  # fmt: skip
    there = person(first_name="Ann", last_name="Li", email="info@acme.example", phone="+12125550199",
                   address={"city": "Tulsa"})  # fmt: skip
    decision = judge().decide(there, {1: [bare]}, lambda _identity: [bare, here])
    assert decision.identity_id is None
    assert [each.guard for each in decision.review] == ["one office's address, two phones in two places"]


def test_a_guard_holds_against_every_record_of_the_person_not_only_the_closest() -> None:
    """A chain of likenesses would join strangers: A is like B, B is like C."""
    third = person(first_name="James", last_name="Thornman", email="j@x.example")
    son = person(first_name="James", last_name="Thornman Jr", email="jr@y.example", phone="+14155550100")
    phone_only = person(first_name="James", last_name="Thornman", phone="+14155550100")
    father = person(first_name="James", last_name="Thornman Sr", phone="+14155550100")
    decision = judge().decide(son, {1: [phone_only]}, lambda _identity: [phone_only, father, third])
    assert decision.identity_id is None
    assert decision.review[0].guard


def test_what_is_likely_and_not_sure_is_put_before_a_person_with_its_reason() -> None:
    """The guard is said, so that somebody can judge."""
    one = person(first_name="Theresa", last_name="Fairworth", email="theresa@a.example", **FAMILY)
    decision = met(one, person(last_name="Fairworth", **FAMILY))
    assert decision.identity_id is None
    assert [likeness.guard for likeness in decision.review] == ["a name that is not whole"]


def test_whom_a_person_kept_apart_is_not_asked_about_again() -> None:
    """Never is for ever."""
    one = person(first_name="Ann", last_name="Li", email="ann@li.example")
    decision = judge().decide(one, {1: [one]}, lambda _identity: [one], never=lambda _identity: True)
    assert decision == Decision(None)


def firm(**fields: Any) -> Profile:
    """What a company contact with these fields is like."""
    return profile_of(Draft("contact", {"is_organization": True, **fields}))


def of_firms(one: Profile, *others: Profile) -> Decision:
    """Decide which company a record is."""
    return judge(companies=True).decide(one, {1: others}, lambda _identity: others)


PLACE = {"line1": "150 Queens Park", "city": "Cardiff", "postal_code": "S16 5EH"}
OTHER_PLACE = {"line1": "93 Canal Street", "city": "Cardiff", "postal_code": "D53 7DH"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"name": "Acme, Inc."}, {"name": "ACME GmbH"}, True),
        ({"name": "Sterling Packaging Ltd", "address": PLACE},
         {"name": "Packaging, Sterling Inc", "address": PLACE}, True),
        ({"name": "SP Corp", "website": "sp.example", "address": PLACE},
         {"name": "Sterling Packaging", "website": "https://www.sp.example/about", "address": PLACE}, True),
        ({"name": "北京博雅百川传媒有限公司"}, {"name": "北京博雅百川传媒 Co., Ltd."}, True),
        ({"name": "Acme", "address": PLACE}, {"name": "Acme", "address": OTHER_PLACE}, False),
        ({"name": "Acme", "website": "acme.example"}, {"name": "Acme", "website": "acme.test"}, False),
        ({"name": "Acme Foods", "address": PLACE}, {"name": "Zenith Travel", "address": PLACE}, False),
    ],
)  # fmt: skip
def test_companies_are_told_by_name_site_and_place(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    """A legal form, the order of words, an acronym make no other company; another site or another house does."""
    assert (of_firms(firm(**one), firm(**other)).identity_id == 1) is same


def test_a_bare_name_that_several_companies_bear_is_none_of_them_for_sure() -> None:
    """A person says which."""
    known = {1: [firm(name="Acme", address=PLACE)], 2: [firm(name="Acme", address=OTHER_PLACE)]}
    decision = judge(companies=True).decide(firm(name="Acme"), known, known.__getitem__)
    assert decision.identity_id is None
    assert {likeness.identity_id for likeness in decision.review} == {1, 2}
