"""Seeded people and companies, and how each system happens to know them.

The same person stands in several systems, spelled as people are: capitals in the address, a phone
with and without its country, a nickname, a company with and without "Inc.". The truth is `PEOPLE`;
what a system shows of it is `sightings(system)`. Everything is computed from a fixed seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

System: TypeAlias = Literal[
    "salesforce", "hubspot", "mailchimp", "zendesk_support", "sell", "webhook", "csv",
    "typeform", "jotform", "wufoo", "facebook_leads",
    "google_sheets", "google_forms", "gravity_forms", "singer", "zendesk_chat", "imap",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Company:
    """A company that people of the sandbox work for."""

    key: int
    name: str
    domain: str
    industry: str
    city: str
    state: str
    country: str
    """ISO 3166 code, and the region of its phone numbers."""
    phone: str
    """E.164, the switchboard."""


@dataclass(frozen=True, slots=True)
class Human:
    """Who somebody really is."""

    key: int
    first_name: str
    last_name: str
    email: str
    phone: str
    """E.164, their own."""
    title: str
    company: Company


@dataclass(frozen=True, slots=True)
class Sighting:
    """How one system knows a person."""

    human: Human
    first_name: str
    last_name: str
    email: str
    phone: str
    company: str


_FIRST = (
    "Ann Bo Carla David Elena Farid Grace Hugo Ines James Katrin Liam Maria Noah Olga Paul Quentin Rosa "
    "Samuel Tara Umar Vera William Xenia Yusuf Zoë Robert Michael Katherine Thomas 伟 芳 静 José Søren Łukasz"
)
_LAST = (
    "Li Sun Ortiz Keller Petrova Haddad Chen Moreau Santos Baker Vogel Byrne Rossi Okafor Novak Weber Dubois "
    "Marino Clark Iyer Malik Lang Hughes Fischer Demir Larsen Grant Kim Silva Jensen 王 李 张 García "
    "Nuñez Kowalski"
)
_COMPANIES = [
    ("Acme Inc.", "acme.example", "Manufacturing", "Boston", "MA", "US", "+16175550000"),
    ("Globex Corporation", "globex.example", "Energy", "Austin", "TX", "US", "+15125550000"),
    ("Initech LLC", "initech.example", "Software", "Denver", "CO", "US", "+13035550000"),
    ("Müller & Söhne GmbH", "mueller-soehne.example", "Logistics", "Hamburg", "", "DE", "+49403300000"),
    ("Soylent Foods Ltd", "soylent.example", "Food", "Leeds", "", "GB", "+441132000000"),
    ("Umbrella Santé SA", "umbrella.example", "Health", "Lyon", "", "FR", "+33478200000"),
    ("北京星河科技有限公司", "xinghe.example", "Software", "北京", "", "CN", "+861065000000"),
    ("Hooli Pty Ltd", "hooli.example", "Software", "Sydney", "NSW", "AU", "+61255500000"),
    ("Wayne Enterprises", "wayne.example", "Finance", "Chicago", "IL", "US", "+13125550000"),
    ("Stark Industrie AG", "stark.example", "Manufacturing", "Zürich", "", "CH", "+41445500000"),
    ("Tyrell Corp", "tyrell.example", "Robotics", "Seattle", "WA", "US", "+12065550000"),
    ("Oscorp BV", "oscorp.example", "Chemistry", "Utrecht", "", "NL", "+31305500000"),
]
_TITLES = ["CEO", "CTO", "Head of Sales", "Buyer", "Office Manager", "Engineer", "IT Director", "Founder"]
_NICKNAMES = {
    "Robert": "Bob", "William": "Bill", "Michael": "Mike", "Katherine": "Kate",
    "Thomas": "Tom", "James": "Jim", "David": "Dave", "Samuel": "Sam",
}  # fmt: skip
_MOBILE = {
    "US": "+1415555{:04d}", "DE": "+4915112{:06d}", "GB": "+447700{:06d}", "FR": "+33612{:06d}",
    "CN": "+861381{:07d}", "AU": "+61412{:06d}", "CH": "+417912{:05d}", "NL": "+31612{:06d}",
}  # fmt: skip
_SHARE: dict[System, float] = {
    "salesforce": 0.45, "hubspot": 0.5, "mailchimp": 0.4, "zendesk_support": 0.2, "webhook": 0.08, "csv": 0.3,
    "sell": 0.35, "typeform": 0.15, "jotform": 0.15, "wufoo": 0.1, "facebook_leads": 0.2,
    "google_sheets": 0.2, "google_forms": 0.25, "gravity_forms": 0.25, "singer": 0.15, "zendesk_chat": 0.15,
    "imap": 0.2,
}  # fmt: skip
_ASCII = {"伟": "wei", "芳": "fang", "静": "jing", "王": "wang", "李": "li", "张": "zhang"}
HUMANS = 120


@cache
def companies() -> tuple[Company, ...]:
    """The companies, in a fixed order."""
    return tuple(
        Company(i, name, domain, industry, city, state, country, phone)
        for i, (name, domain, industry, city, state, country, phone) in enumerate(_COMPANIES)
    )


@cache
def people() -> tuple[Human, ...]:
    """The people, in a fixed order; no two share an address or a phone."""
    rng = random.Random(20260824)
    return tuple(_human(key, rng) for key in range(HUMANS))


def _human(key: int, rng: random.Random) -> Human:
    company = companies()[rng.randrange(len(_COMPANIES))]
    first, last = rng.choice(_FIRST.split()), rng.choice(_LAST.split())
    local = f"{_plain(first)}.{_plain(last)}.{key}"
    return Human(
        key,
        first,
        last,
        f"{local}@{company.domain}",
        _MOBILE[company.country].format(1000 + key),
        rng.choice(_TITLES),
        company,
    )


def _plain(name: str) -> str:
    table = str.maketrans("éøŁñíë", "eolnie")
    return "".join(_ASCII.get(c, c) for c in name.translate(table)).lower()


@cache
def sightings(system: System) -> tuple[Sighting, ...]:
    """Who a system knows, and how; some of them stand in several systems, some in this one alone."""
    return tuple(
        _sighting(human, system)
        for human in people()
        if random.Random(f"{system}/{human.key}").random() < _SHARE[system]
    )


def _sighting(human: Human, system: System) -> Sighting:
    rng = random.Random(f"{human.key}/{system}")
    first = _NICKNAMES.get(human.first_name, human.first_name) if rng.random() < 0.3 else human.first_name
    email = human.email.title() if rng.random() < 0.25 else human.email
    company = human.company.name
    if rng.random() < 0.3:
        company = company.removesuffix(" Inc.").removesuffix(" LLC").removesuffix(" GmbH").removesuffix(" Ltd")
    return Sighting(human, first, human.last_name, email, _spelled(human.phone, rng), company)


def _spelled(phone: str, rng: random.Random) -> str:
    style = rng.randrange(3)
    if style == 0:
        return phone
    if style == 1 and phone.startswith("+1"):
        return f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    return f"{phone[:3]} {phone[3:6]} {phone[6:]}"


SALES_TEAM = (
    ("Ann Lee", "ann@example.com"),
    ("Bo Park", "bo@example.com"),
    ("Chidi Eze", "chidi@example.com"),
)
"""The salespeople: users of every vendor's account, and of the hub."""
