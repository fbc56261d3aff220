"""Gravity Forms, read from the stand-in over HTTP: what comes, and what happens when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse

from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.gravity_forms.client import GravityFormsConfig
from connectors.gravity_forms.connector import GravityForms
from connectors.gravity_forms.fields import labels_of
from hub.sync import sync_source
from sandbox.gravity_forms import CALLBACK, CONTACT, GravityFormsSandbox
from sandbox.vendor import Fault, html, status
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.hub.test_sources import section

QUICK = {"calls_per_second": 100_000}
AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture(scope="module")
def running() -> Iterator[GravityFormsSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with GravityFormsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: GravityFormsSandbox) -> GravityFormsSandbox:
    """A running stand-in with its seeded forms."""
    running.reset()
    return running


def connect(vendor: GravityFormsSandbox, **settings: Any) -> GravityForms:
    """A connector pointed at the stand-in by nothing but its settings."""
    return GravityForms(GravityFormsConfig.model_validate({**vendor.settings(), **QUICK, **settings}))


def pages_of(vendor: GravityFormsSandbox, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
    """Read to the end."""
    with connect(vendor, **settings) as gravity:
        return list(gravity.pull("entries", cursor))


def read(
    vendor: GravityFormsSandbox, cursor: Cursor | None = None, **settings: Any
) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    pages = pages_of(vendor, cursor, **settings)
    last = pages[-1].cursor
    assert last is not None
    assert set(last) == {"since"}
    return [record for page in pages for record in page.records], last


def ids(records: list[SourceRecord]) -> set[str]:
    """Their ids."""
    return {record.id for record in records}


def shown(vendor: GravityFormsSandbox) -> set[str]:
    """All entries but spam."""
    return {row["id"] for row in vendor.entries if row["status"] != "spam"}


@pytest.mark.parametrize("as_text", [True, False])
def test_a_first_read_takes_every_entry_once(vendor: GravityFormsSandbox, as_text: bool) -> None:
    """Of all forms; numbers beyond a float are told apart; counts may be text; the trash comes as archived."""
    vendor.counts_as_text = as_text

    records, _ = read(vendor, page_size=7)

    assert len(records) == len(ids(records))
    assert ids(records) == shown(vendor)
    assert [r.id for r in records if r.event == "archived"] == [vendor.entries[6]["id"]]


def test_one_form_may_be_read_alone(vendor: GravityFormsSandbox) -> None:
    """By its number."""
    records, _ = read(vendor, form=CALLBACK)

    assert [record.data["form_title"] for record in records] == ["Call me back"]


def test_calls_of_a_first_read_and_of_nothing_new(vendor: GravityFormsSandbox) -> None:
    """Entries, trash and two forms; then entries and trash."""
    with vendor.counting() as calls, connect(vendor) as gravity:
        cursor = list(gravity.pull("entries", None))[-1].cursor
    assert gravity.calls == len(calls) == 4

    with vendor.counting() as calls:
        assert ids(read(vendor, cursor, trash=False)[0]) == set()
    assert len(calls) == 1


@pytest.mark.parametrize("hours_ahead", [-11, 0, 14])
def test_what_was_updated_since_comes_whatever_the_sites_zone(vendor: GravityFormsSandbox, hours_ahead: int) -> None:
    """Whether the filter is in UTC is not documented; neither reading loses anything."""
    vendor.hours_ahead = hours_ahead
    _, cursor = read(vendor)
    new = vendor.submit_many(1)[0]
    vendor.update(vendor.entries[0], f4="Acme")

    records, _ = read(vendor, cursor, trash=False)

    assert ids(records) == {new["id"], vendor.entries[0]["id"]}
    assert "Acme" in {record.data.get("Company") for record in records}


def test_answers_stand_under_labels_parts_and_kinds(vendor: GravityFormsSandbox) -> None:
    """And under their numbers, as they came."""
    record = read(vendor)[0][0]

    assert record.data["1.3"] == record.data["Who are you?: First"] == record.data["by_type"]["name"]["first"]
    assert record.data["Where may we write?"] == record.data["by_type"]["email"]
    assert record.data["Interested in"] == ["Demo"]
    assert record.data["Days"] == ["Mon", "Tue"]
    assert record.data["by_type"]["address"]["city"] == record.data["Address: City"]
    assert record.changed_at == vendor.entries[0]["date_updated"].replace(" ", "T") + "Z"


def test_labels_of_one_form_are_told_apart(vendor: GravityFormsSandbox) -> None:
    """From each other, from the vendor's own keys, and from numbers."""
    titles = ("Name", "name", "Status", "2", "")
    fields = [{"id": at, "type": "text", "label": label} for at, label in enumerate(titles, 1)]

    assert list(labels_of({"fields": fields})) == ["Name", "name (2)", "Status (3)", "2 (4)", "Field 5"]
    vendor.submit(CALLBACK, {"3": "urgent"})
    assert read(vendor, form=CALLBACK)[0][-1].data["Status (3)"] == "urgent"


def test_a_form_whose_fields_changed_and_unknown_keys_do_no_harm(vendor: GravityFormsSandbox) -> None:
    """What is not asked any more stays under its number; a list that is no JSON stays text."""
    del vendor.forms[CONTACT]["fields"][1]
    vendor.forms[CONTACT]["fields"].append({"id": 99, "type": "hologram", "label": "New", "inputs": [{"id": "99.1"}]})
    vendor.entries[0] |= {"7": "[Mon", "new_key": {"a": 1}}

    record = read(vendor)[0][0]

    assert record.data["2"] == vendor.entries[0]["2"]
    assert "email" not in record.data["by_type"]
    assert (record.data["Days"], record.data["New"], record.data["new_key"]) == ("[Mon", "", {"a": 1})


def test_what_happens_while_we_page_is_in_this_read_or_the_next(vendor: GravityFormsSandbox) -> None:
    """An entry that is trashed shifts nobody; an edited and a new one come again."""
    live = [row for row in vendor.entries if row["status"] == "active"]

    def meanwhile() -> None:
        vendor.submit_many(1)
        live.pop(0)["status"] = "trash"
        vendor.update(live[0], f8=f"Edited {len(live)}")

    vendor.between = meanwhile
    first, cursor = read(vendor, page_size=9)
    vendor.between = lambda: None
    then, _ = read(vendor, cursor)

    met = {record.id: record for record in [*first, *then]}
    assert met.keys() == shown(vendor)
    for row in vendor.entries:
        if row["status"] != "spam":
            assert met[row["id"]].event == ("archived" if row["status"] == "trash" else "live")
            assert met[row["id"]].data.get("8") == row.get("8")


def test_a_site_without_entries_or_forms_can_be_read_again(vendor: GravityFormsSandbox) -> None:
    """Nothing is a result; PHP writes an empty object as an empty list."""
    vendor.entries.clear()
    vendor.forms.clear()

    _, cursor = read(vendor)

    assert read(vendor, cursor)[0] == []
    with connect(vendor) as gravity:
        assert gravity.discover("entries") == []
        assert gravity.check()[0].text == "0 forms"


def test_a_read_since_a_time_takes_what_was_updated_since(vendor: GravityFormsSandbox) -> None:
    """For `--since`."""
    with connect(vendor) as gravity:
        cursor = gravity.cursor_since("entries", AN_HOUR_AGO)
    new = vendor.submit_many(2)

    assert ids(read(vendor, cursor, trash=False)[0]) == {row["id"] for row in new}


def test_discover_lists_labels_with_choices(vendor: GravityFormsSandbox) -> None:
    """Of all forms, once each."""
    with connect(vendor) as gravity:
        fields = {field.label: field for field in gravity.discover("entries")}

    assert fields["Interested in"].choices == ("Demo", "Price list")
    assert fields["Who are you?"].custom
    assert {"Your name", "by_type", "Message"} <= fields.keys()


def test_a_site_without_permalinks_is_read_by_its_plain_address(vendor: GravityFormsSandbox) -> None:
    """The web page that answers otherwise says what to set."""
    vendor.permalinks = False

    with pytest.raises(SetupError) as caught:
        read(vendor)

    assert "permalinks = false" in caught.value.fix
    assert ids(read(vendor, permalinks=False)[0]) == shown(vendor)


@pytest.mark.parametrize("ending", ["/", "/wp-json", "/wp-json/gf/v2"])
def test_an_api_root_as_base_url_is_understood(vendor: GravityFormsSandbox, ending: str) -> None:
    """And a wrong one is told."""
    assert ids(read(vendor, base_url=vendor.base_url + ending)[0]) == shown(vendor)
    with pytest.raises(SetupError, match="404"):
        read(vendor, base_url=f"{vendor.base_url}/blog")
    with pytest.raises(SetupError, match="unencrypted"):
        connect(vendor, base_url="http://www.example.com")
    with pytest.raises(SetupError, match="no site"):
        connect(vendor, base_url=None)


@pytest.mark.parametrize("fault", [status(508), html(200)], ids=["508", "HTML"])
def test_a_passing_fault_costs_a_call_and_nothing_else(vendor: GravityFormsSandbox, fault: Fault) -> None:
    """The read goes on where it was."""
    vendor.faults.add(fault, at="/entries")

    assert ids(read(vendor)[0]) == shown(vendor)
    assert len(vendor.calls) == 5


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"entries": []},
        {"total_count": 0},
        {"entries": ["a"], "total_count": 1},
        {"total_count": "5", "entries": []},
    ],
)
def test_an_answer_that_proves_nothing_is_no_empty_form(vendor: GravityFormsSandbox, body: Any) -> None:
    """Nor one that counts five and lists none."""
    vendor.faults.add(lambda _: JSONResponse(body), at="/entries")

    with pytest.raises(TransientError):
        read(vendor)


def test_a_wrong_or_revoked_key_is_told_without_showing_it(vendor: GravityFormsSandbox) -> None:
    """With what hosts do to the header that carries it."""
    settings = vendor.settings()
    vendor.key = ("ck_other", "cs_other")

    with connect(vendor, **settings) as gravity, pytest.raises(CredentialsError) as caught:
        gravity.check()

    assert "Authorization" in caught.value.fix
    assert settings["consumer_secret"] not in f"{caught.value!r}{GravityFormsConfig.model_validate(settings)!r}"


def test_each_thing_that_is_missing_is_named_by_check(vendor: GravityFormsSandbox) -> None:
    """A right, the switch, the form, a security plug-in: four different ways out."""
    vendor.may_view = False
    assert "gravityforms_view_entries" in failed(connect(vendor))["entries"]
    vendor.may_view, vendor.api_enabled = True, False
    assert "enable the API" in failed(connect(vendor))["forms"]
    vendor.api_enabled = True
    assert "list of forms" in failed(connect(vendor, form="77"))["forms"]
    vendor.faults.add(html(403), times=2)
    assert "security plug-in" in failed(connect(vendor))["entries"]
    assert failed(connect(vendor)) == failed(connect(vendor, form=CONTACT)) == {}


def failed(gravity: GravityForms) -> dict[str, str]:
    """What fails in a check, with the way out."""
    with gravity:
        return {check.name: check.fix for check in gravity.check() if not check.ok}


def test_entries_become_leads_and_stay_what_they_became(opened: OpenHub, vendor: GravityFormsSandbox) -> None:
    """Through the shipped mapping; read again nothing changes; a new entry is a new lead, a trashed one is gone."""
    hub = opened(TOML + section("site", vendor, **QUICK))
    rows = len(shown(vendor))

    first = sync_source(hub, "site")[0].counts
    again = sync_source(
        hub,
        "site",
    )[0].counts
    vendor.submit_many(1)
    vendor.update(vendor.entries[0], f4="Acme Rockets")
    vendor.entries[2]["status"] = "trash"
    then = sync_source(hub, "site")[0].counts

    assert (first.read, first.held) == (rows, 2)
    assert (again.created, again.updated, again.merged) == (0, 0, 0)
    assert (then.created, then.updated) == (1, 2)
    with hub.store.read() as db:
        gone = db.select("SELECT COUNT(*) FROM v_leads WHERE gone_at_source = 'archived'")[0][0]
        assert db.select("SELECT COUNT(*) FROM v_leads WHERE organization_name = 'Acme Rockets'")[0][0] == 1
    assert gone == 1
