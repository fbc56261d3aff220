"""Searching: who fits, in a file or at a provider; who is known, or must not be contacted, is left out unpaid."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.connector import SourceRecord
from connectors.errors import CredentialsError, TransientError
from connectors.errors import SetupError as ConnectorSetupError
from connectors.prospects.person import tidy
from hub.adding import Adding, add
from hub.deleting import delete
from hub.editing import Editing, edit
from hub.forgetting import forget
from hub.opening import Hub
from hub.prospect_lists import show
from hub.prospect_suppression import suppress, suppressed, unsuppress
from hub.prospecting import Search, Searched, search
from hub.records import read_id, shown_id
from sandbox.prospects import ProspectsSandbox
from sandbox.vendor import cut_body, hang_up, html, status
from sell_model.errors import SetupError
from sell_model.filters import Context, holds
from sell_model.prospects import asked_of_provider, read_filter
from tests.source_activities.account import sync, write_mappings

HEADER = "First Name,Last Name,Job Title,Company,Domain,Employees,Country,Email,Phone,Booth"


def file(hub: Hub, *lines: str, name: str = "fair.csv", header: str = HEADER) -> Path:
    """Write a file of prospects."""
    path = hub.home / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def found(hub: Hub, where: str | None = None, name: str = "Engineers", **options: Any) -> Searched:
    """Search at the provider."""
    return search(hub, Search(name, provider="reach", where=where, **options))


def states(hub: Hub, name: str = "Engineers") -> dict[str, str]:
    """Who is on a list: what the offerer calls them → state."""
    return {row.outside_id.partition(":")[2] or row.outside_id: row.state for row, _ in show(hub, name)[1]}


def added(hub: Hub, kind: Literal["lead", "contact"], **said: str) -> str:
    """Add somebody by hand; gives L-1, C-2."""
    shown = add(hub, Adding(kind, said)).shown
    assert shown is not None
    return shown_id(kind, shown.row["id"])


def reasons(hub: Hub, name: str = "Engineers") -> dict[str, str | None]:
    """Why somebody is left out."""
    people = show(hub, name, ("suppressed",))[1]
    return {row.outside_id.partition(":")[2] or row.outside_id: row.reason for row, _ in people}


def test_who_fits_is_on_the_list_and_nothing_is_paid(hub: Hub, provider: ProspectsSandbox) -> None:
    """The filter is judged here, whatever the provider understands of it."""
    provider.add("boss", title="CEO")
    provider.add("small", company={"name": "Tiny", "domain": "tiny.example", "employees": 3})

    told = found(hub, "title is CTO and country is DE and employees >= 50")

    assert states(hub) == {f"p{number}": "found" for number in range(5)}
    assert (told.fit, told.new, provider.charged) == (5, {"found": 5}, [])
    assert [call.path for call in provider.calls] == ["/v1/people/search"]
    assert {row.data.get("email") for row, _ in show(hub, "Engineers")[1]} == {None}


def test_the_same_search_again_adds_who_is_new_and_nobody_twice(hub: Hub, provider: ProspectsSandbox) -> None:
    """A list can be searched every week."""
    found(hub)
    provider.add("late")
    told = search(hub, Search("engineers"))

    assert (told.new, told.there) == ({"found": 1}, 5)
    assert len(states(hub)) == 6


def test_many_pages_are_read_and_a_limit_holds(hub: Hub, provider: ProspectsSandbox) -> None:
    """What is beyond it is told, and comes with the next search."""
    for number in range(250):
        provider.add(f"q{number}")

    told = found(hub, most=120)
    assert (sum(told.new.values()), told.beyond) == (120, True)
    told = found(hub, most=1_000)
    assert (told.there, sum(told.new.values()), told.beyond) == (120, 135, False)


def test_a_filter_that_is_too_wide_is_refused(
    hub: Hub, provider: ProspectsSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads through millions."""
    monkeypatch.setattr("hub.prospecting.LOOKED_THROUGH", 3)
    with pytest.raises(ConnectorSetupError, match="5 people fit"):
        found(hub)


def test_a_file_costs_nothing_and_is_ready(hub: Hub) -> None:
    """Columns by their usual names; numbers as the hub writes them; what is not read is told."""
    path = file(
        hub,
        "Ann,Li,CTO,Acme Inc,acme.example,51-200,US,ann@acme.example,(415) 555-2671,7",
        "Bo,Berg,Buyer,Globex,globex.example,900,US,,,8",
        "Cy,Dee,CTO,Tiny,tiny.example,3,US,,,9",
    )
    told = search(hub, Search("Fair", file=path, where="title is CTO and employees > 50"))

    assert (told.read, told.fit, told.new) == (3, 1, {"ready": 1})
    assert told.notices == ["columns that are not read: Booth"]
    ((row, _),) = show(hub, "Fair")[1]
    assert (row.data["phone"], row.data["employees"], row.data["organization_name"]) == ("+14155552671", 51, "Acme Inc")
    again = search(hub, Search("Fair", file=path))
    assert (again.there, again.new) == (1, {})


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"last_name": "Li", "email": "P1@Offered.example"}, "known: L-1 (same e-mail)"),
        ({"first_name": "Ann", "last_name": "p1", "organization_name": "Firm p1 GmbH"}, "known: L-1 (same name)"),
        ({"organization_name": "Firm p1"}, "known company: L-1 Firm p1"),
        ({"last_name": "x", "email": "p1@offered.example", "email_consent": "bounced"}, "do not contact: L-1 bounced"),
        ({"last_name": "Li", "email": "p1@offered.example", "phone_consent": "refused"}, "do not contact: L-1 refused"),
    ],
)  # fmt: skip
def test_who_is_known_as_a_lead_is_left_out(hub: Hub, known: dict[str, str], reason: str) -> None:
    """By the hash of the address that the provider shows, by name and company, by the company; consent comes first."""
    add(hub, Adding("lead", known))
    told = found(hub)

    assert reasons(hub) == {"p1": reason}
    assert told.reasons == {reason.partition(":")[0]: 1}


def test_a_known_company_leaves_its_people_out_unless_asked(hub: Hub, provider: ProspectsSandbox) -> None:
    """By its name without the legal form, or by its site."""
    firm = added(hub, "contact", name="Firm p1 Ltd", is_organization="yes")
    other = added(hub, "contact", name="Something else", is_organization="yes", website="https://site.example")
    provider.add("site", company={"name": "Other name", "domain": "site.example"})
    found(hub)
    assert reasons(hub) == {
        "p1": f"known company: {firm} Firm p1 Ltd",
        "site": f"known company: {other} Something else",
    }

    told = found(hub, keep_companies=True)
    assert (reasons(hub), told.reasons) == ({}, {})


def test_a_namesake_is_not_the_same_person(hub: Hub, provider: ProspectsSandbox) -> None:
    """There are many of one name."""
    provider.add("x", first_name="Ann", last_name="Li")
    add(hub, Adding("lead", {"first_name": "Ann", "last_name": "Li", "organization_name": "Elsewhere"}))
    add(hub, Adding("contact", {"first_name": "Ann", "last_name": "Li"}))
    found(hub)

    assert reasons(hub) == {}


def test_of_a_file_addresses_and_numbers_tell_who_is_known(hub: Hub) -> None:
    """Merged, converted and deleted ones too; nobody is bought whom somebody deleted."""
    ann = added(hub, "lead", last_name="Li", email="ann@acme.example")
    bo = added(hub, "lead", first_name="Bo", last_name="Berg", phone="+14155552671")
    cy = added(hub, "lead", last_name="Dee", email="cy@tiny.example")
    delete(hub, "lead", [read_id("lead", cy)])
    path = file(
        hub,
        "Ann,Li,,Acme Inc,,,US,ANN@acme.example,,",
        "Bo,Berg,,Globex,,,US,,(415) 555-2671,",
        "Cy,Dee,,Tiny,,,US,cy@tiny.example,,",
        "Dee,Eff,,Some,,,US,dee@some.example,,",
    )
    search(hub, Search("Fair", file=path))

    assert Counter(reason or "" for reason in reasons(hub, "Fair").values()) == {
        f"known: {ann} (same e-mail)": 1,
        f"known: {bo} (same phone, same name)": 1,
        f"known: {cy} (same e-mail, deleted)": 1,
    }


def test_who_was_forgotten_is_not_offered_again(hub: Hub) -> None:
    """By the hash that is kept of them alone."""
    add(hub, Adding("lead", {"first_name": "Ann", "last_name": "Li", "email": "ann@acme.example"}))
    forget(hub, ("lead", 1))
    search(hub, Search("Fair", file=file(hub, "Ann,Li,CTO,Acme,,,,ann@acme.example,,")))

    assert list(reasons(hub, "Fair").values()) == ["do not contact: was forgotten"]


def test_a_mailing_list_says_who_does_not_want_mail_though_nobody_here_bears_the_address(hub: Hub) -> None:
    """A record that waits for somebody has its say."""
    write_mappings(
        hub.home,
        marks_tagging="fields:\n  email_consent: word\n  person: {from: address, lookup: person, otherwise: wait}",
    )
    words = {"a": "unsubscribed", "b": "subscribed"}
    marks = [
        SourceRecord(key, {"id": key, "word": word, "address": f"{key}@acme.example"}) for key, word in words.items()
    ]
    sync(hub, marks=marks)
    search(hub, Search("Fair", file=file(hub, "A,Li,,Acme,,,,A@acme.example,,", "B,Li,,Acme,,,,b@acme.example,,")))

    assert list(reasons(hub, "Fair").values()) == ["do not contact: unsubscribed at crm"]


def test_own_suppression_by_address_and_domain(hub: Hub, provider: ProspectsSandbox) -> None:
    """Whatever is said of it, once: what lies under a domain too; taken back, they are wanted again."""
    provider.add("deep", company={"name": "Deep", "domain": "mail.big.example"})
    assert suppress(hub, ["@Big.example", "x@y.example"]) == {"@big.example": True, "x@y.example": True}
    assert suppress(hub, ["@big.example"]) == {"@big.example": False}
    found(hub)
    assert reasons(hub) == {"deep": "suppressed: @big.example"}

    unsuppress(hub, ["@big.example"])
    found(hub)
    assert reasons(hub) == {}
    assert [value for value, _, _ in suppressed(hub)] == ["x@y.example"]
    with pytest.raises(SetupError, match="neither an address nor a domain"):
        suppress(hub, ["acme"])


def test_who_becomes_known_or_unknown_changes_place_at_the_next_search(hub: Hub) -> None:
    """A list is as true as its last search."""
    found(hub)
    add(hub, Adding("lead", {"last_name": "p2", "email": "p2@offered.example"}))
    found(hub)
    assert reasons(hub) == {"p2": "known: L-1 (same e-mail)"}
    edit(hub, Editing("lead", 1, {"email": "other@offered.example"}))
    found(hub)
    assert reasons(hub) == {}


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Search("", provider="reach"), "no name of a list"),
        (Search("New"), "where is 'New' to look"),
        (Search("New", provider="rech"), "did you mean 'reach'"),
        (Search("New", provider="reach", file=Path("x.csv")), "a file or at a provider"),
        (Search("New", provider="reach", where="sze > 3"), "prospects have no field 'sze'"),
        (Search("New", file=Path("nowhere.csv")), "nowhere.csv"),
        (Search("Engineers", where="title is CEO"), "has the filter"),
        (Search("Engineers", file=Path("x.csv")), "looks at provider reach"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(hub: Hub, wanted: Search, told: str) -> None:
    """And no list is left behind."""
    found(hub, "title is CTO")
    with pytest.raises((SetupError, ConnectorSetupError), match=told) as error:
        search(hub, wanted)
    assert isinstance(error.value, (SetupError, ConnectorSetupError))
    assert error.value.fix
    with pytest.raises(SetupError, match="no prospect list"):
        show(hub, "New")


def test_a_file_without_people_is_refused(hub: Hub) -> None:
    """Its columns are told."""
    with pytest.raises(ConnectorSetupError, match="no column of names"):
        search(hub, Search("Fair", file=file(hub, "7,8", header="Booth,Hall")))


def test_a_dry_run_stores_nothing(hub: Hub) -> None:
    """It tells what would be found."""
    told = search(hub, Search("Engineers", provider="reach"), dry_run=True)
    assert told.new == {"found": 5}
    with pytest.raises(SetupError, match="no prospect list"):
        show(hub, "Engineers")


@pytest.mark.parametrize("fault", [status(429), status(429, retry_after=3), status(503), html(), cut_body, hang_up])
def test_a_provider_that_stumbles_is_asked_again(hub: Hub, provider: ProspectsSandbox, fault: Any) -> None:
    """Within the search."""
    provider.faults.add(fault)
    assert found(hub).fit == 5


def test_a_provider_that_stays_down_leaves_what_was_found(hub: Hub, provider: ProspectsSandbox) -> None:
    """And one that does not know us says so, without the token."""
    provider.faults.add(status(503), times=100)
    with pytest.raises(TransientError):
        found(hub)
    provider.faults = type(provider.faults)()
    provider.token = "another"
    with pytest.raises(CredentialsError) as error:
        found(hub)
    assert "prospect-secret" not in str(error.value) + error.value.fix


NAMES = st.sampled_from(["DE", "US", "fr"])
PARTS = st.sampled_from([
    "country is DE", "country is any of (DE, US)", "employees >= 50", "employees < 200", "employees between 10 and 100",
    "not country is US", "title contains CTO", "industry is Energy", "employees = 50", "country is not DE",
])  # fmt: skip


@settings(max_examples=200)
@given(
    st.lists(PARTS, min_size=1, max_size=4),
    st.sampled_from([" and ", " or "]),
    st.fixed_dictionaries({
        "country": NAMES, "employees": st.sampled_from([None, 5, 50, 99, 150, 500]),
        "title": st.sampled_from(["CTO", "CEO"]), "industry": st.sampled_from(["Energy", "energy", "Food"]),
    }),
)  # fmt: skip
def test_a_provider_is_never_asked_for_less_than_the_filter_wants(
    parts: list[str], by: str, person: dict[str, Any]
) -> None:
    """Whoever meets the whole filter meets what of it is asked."""
    from datetime import UTC, datetime

    from sandbox.prospects import _fits

    tree = read_filter(by.join(f"({part})" for part in parts))
    data = tidy(person)
    if holds(tree, data, Context(datetime(2026, 8, 3, tzinfo=UTC))):
        row = {**person, "company": {"industry": person["industry"], "employees": person["employees"]}}
        assert _fits(row, asked_of_provider(tree))
