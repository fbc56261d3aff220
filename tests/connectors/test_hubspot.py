"""Reading a HubSpot account: everything at first, then what changed, was archived or merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.connector import Connector, Cursor, SourceRecord
from connectors.errors import SetupError
from connectors.hubspot.connector import HubSpot, HubSpotConfig
from connectors.hubspot.objects import OBJECT_KINDS
from sandbox.hubspot.standin import HubSpotSandbox


def connect(vendor: HubSpotSandbox, **settings: Any) -> HubSpot:
    """Open the source at a stand-in, not slowed down by the vendor's search rate."""
    return HubSpot(HubSpotConfig(**vendor.settings() | {"search_per_second": 1e6} | settings))


def generous(vendor: HubSpotSandbox) -> HubSpotSandbox:
    """Lift the vendor's limits, for tests that are about something else."""
    vendor.limits.per_window = vendor.limits.searches_per_second = 10**6
    return vendor


@pytest.fixture(scope="module")
def server() -> Iterator[HubSpotSandbox]:
    with HubSpotSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(server: HubSpotSandbox) -> HubSpotSandbox:
    """An account as new; to start a server for each test would take longer than the test."""
    server.reset()
    return generous(server)


def read(
    source: Connector[HubSpotConfig], stream: str = "contacts", cursor: Cursor | None = None
) -> tuple[list[SourceRecord], Cursor]:
    """Read a stream to its end; give the records and the last cursor."""
    pages = list(source.pull(stream, cursor))
    last = pages[-1].cursor
    assert last is not None
    return [record for page in pages for record in page.records], last


def by_id(records: list[SourceRecord]) -> dict[str, dict[str, Any]]:
    """Give the live payloads by id."""
    return {record.id: record.data for record in records if record.event == "live"}


def test_a_first_read_gives_every_record_with_all_its_properties(vendor: HubSpotSandbox) -> None:
    """HubSpot gives only the properties asked for, so all of them are asked for."""
    records, _ = read(connect(vendor))

    assert [record.id for record in records] == [str(id_) for id_ in vendor.portal.records["contacts"]]
    first = vendor.portal.records["contacts"][101]
    assert records[0].data["properties"].items() >= first.properties.items()
    assert records[0].data["associations"] == {
        "companies": [{"id": first.properties["associatedcompanyid"], "primary": True}]
    }
    assert records[0].changed_at == records[0].data["updatedAt"] == "2026-08-02T16:00:17.123Z"


def test_deals_carry_their_contacts_and_companies(vendor: HubSpotSandbox) -> None:
    """Relations belong to the record that points; companies point to nothing."""
    source = connect(vendor)
    deals, companies = by_id(read(source, "deals")[0]), by_id(read(source, "companies")[0])

    assert deals["7001"]["associations"]["contacts"] == [{"id": "101"}]
    assert deals["7001"]["associations"]["companies"] == [{"id": "9008", "primary": True}]
    assert companies["9001"]["associations"] == {}


def test_the_primary_company_comes_first(vendor: HubSpotSandbox) -> None:
    """A mapping that takes the first company takes the right one."""
    vendor.portal.associate("contacts", "101", "companies", "9001")

    contact = by_id(read(connect(vendor))[0])["101"]

    assert contact["associations"]["companies"] == [
        {"id": "9008", "primary": True},
        {"id": "9001", "primary": False},
    ]


def test_owners_at_work_and_those_who_left_are_read_each_time(vendor: HubSpotSandbox) -> None:
    """Records keep the ids of owners who left; HubSpot lists them apart."""
    source = connect(vendor)
    owners, cursor = read(source, "owners")

    assert [(owner.id, owner.data["archived"]) for owner in owners] == [
        ("501", False),
        ("502", False),
        ("503", False),
        ("504", True),
    ]
    assert owners[0].data["userId"] == 70_001
    assert read(source, "owners", cursor)[0] == owners


def test_a_pipeline_holds_its_stages(vendor: HubSpotSandbox) -> None:
    """Stages have no list of their own; what closes a deal stands there as text."""
    (pipeline,), _ = read(connect(vendor), "pipelines")

    closed = {stage["id"] for stage in pipeline.data["stages"] if stage["metadata"]["isClosed"] == "true"}
    assert closed == {"closedwon", "closedlost"}


@pytest.mark.parametrize("stream", list(OBJECT_KINDS))
def test_a_record_looks_the_same_whichever_endpoint_it_came_from(vendor: HubSpotSandbox, stream: str) -> None:
    """List has associations, search has not, batch/read is a third way: none may look like a change."""
    vendor.portal.update("contacts", "102", {"jobtitle": ""})
    vendor.portal.associate("contacts", "101", "companies", "9001")
    listed = by_id(read(connect(vendor), stream)[0])
    wide = by_id(read(connect(vendor, url_limit=0), stream)[0])
    since_ever = connect(vendor).cursor_since(stream, datetime(1970, 1, 2, tzinfo=UTC))
    searched = by_id(read(connect(vendor), stream, since_ever)[0])

    assert len(listed) == len(vendor.portal.records[stream])
    assert listed == searched == wide
    assert [list(data["properties"]) for data in listed.values()] == [
        list(data["properties"]) for data in searched.values()
    ]


def test_only_what_changed_is_read_again(vendor: HubSpotSandbox) -> None:
    """The second read costs by what changed."""
    source = connect(vendor)
    _, cursor = read(source)
    vendor.update("contacts", "105", jobtitle="Chair")
    (new,) = vendor.add_contacts(1)

    changed, _ = read(source, cursor=cursor)

    assert by_id(changed)["105"]["properties"]["jobtitle"] == "Chair"
    assert set(by_id(changed)) == {"105", new}


def test_a_quiet_read_takes_one_search_and_one_look_into_the_bin(vendor: HubSpotSandbox) -> None:
    """Most reads find nothing new: the fewest calls are what matters there."""
    source = connect(vendor)
    _, cursor = read(source)

    with vendor.counting() as calls:
        records, _ = read(source, cursor=cursor)

    assert records == []
    assert [(call.method, call.path) for call in calls] == [
        ("POST", "/crm/v3/objects/contacts/search"),
        ("GET", "/crm/v3/objects/contacts"),
    ]


def test_a_read_takes_the_fewest_calls_the_api_allows(vendor: HubSpotSandbox) -> None:
    """1,000 records: ten lists and a proof; 1,000 changes: five searches and one look at relations."""
    vendor.reset(empty=True)
    generous(vendor).add_contacts(1000)
    with connect(vendor) as source, vendor.counting() as first:
        _, cursor = read(source)
    for id_ in vendor.portal.records["contacts"]:
        vendor.portal.update("contacts", str(id_), {"firstname": "Di"})
    with connect(vendor) as source, vendor.counting() as second:
        changed, _ = read(source, cursor=cursor)

    assert len(changed) == 1000
    assert Counter(call.path.rpartition("/crm")[2] for call in first) == {
        "/v3/properties/contacts": 1,
        "/v3/objects/contacts": 10,
        "/v3/objects/contacts/search": 1,
    }
    assert Counter(call.path.rpartition("/crm")[2] for call in second) == {
        "/v3/properties/contacts": 1,
        "/v3/objects/contacts/search": 1 + 5,
        "/v4/associations/contacts/companies/batch/read": 1,
        "/v3/objects/contacts": 1,
    }
    assert source.calls == len(second)


def test_what_was_archived_comes_as_an_event(vendor: HubSpotSandbox) -> None:
    """Search never shows archived records; not returned never means deleted."""
    source = connect(vendor)
    _, cursor = read(source)
    vendor.archive("contacts", "103")

    records, cursor = read(source, cursor=cursor)

    assert [(record.id, record.event) for record in records] == [("103", "archived")]
    assert records[0].data["archivedAt"]
    assert read(source, cursor=cursor)[0] == []


def test_a_record_back_from_the_bin_is_live_again(vendor: HubSpotSandbox) -> None:
    """Archived is not for good."""
    source = connect(vendor)
    _, cursor = read(source)
    vendor.archive("contacts", "103")
    _, cursor = read(source, cursor=cursor)
    vendor.portal.restore("contacts", "103")

    records, _ = read(source, cursor=cursor)

    assert [(record.id, record.event) for record in records] == [("103", "live")]


def test_a_large_bin_is_swept_by_the_clock_only(vendor: HubSpotSandbox) -> None:
    """The bin has no time filter: to look into a large one costs a call per hundred, each time."""
    source = connect(vendor, archived_cheap=0, archived_every=24, relations_every=1e6)
    _, cursor = read(source)
    vendor.archive("contacts", "103")
    _, cursor = read(source, cursor=cursor)
    vendor.archive("contacts", "104")

    assert read(source, cursor=cursor)[0] == []
    later = HubSpot(source.config, clock=(datetime.now(UTC) + timedelta(hours=25)).timestamp)
    assert [record.id for record in read(later, cursor=cursor)[0]] == ["104"]


@pytest.mark.parametrize("stream", ["contacts", "deals"])
def test_a_merge_names_loser_and_winner(vendor: HubSpotSandbox, stream: str) -> None:
    """A loser vanishes from every endpoint; the winner's properties are the only trace."""
    loser, winner = ("106", "107") if stream == "contacts" else ("7003", "7004")
    source = connect(vendor)
    _, cursor = read(source, stream)
    vendor.merge(stream, winner, loser)

    records, _ = read(source, stream, cursor)

    assert [(r.id, r.event, r.merged_into) for r in records] == [
        (winner, "live", None),
        (loser, "merged", winner),
    ]


def test_a_first_read_tells_of_merges_too(vendor: HubSpotSandbox) -> None:
    """Another system may know the loser; telling twice does no harm."""
    vendor.merge("contacts", "107", "106")

    merged = [record for record in read(connect(vendor))[0] if record.event == "merged"]

    assert [(record.id, record.merged_into) for record in merged] == [("106", "107")]


def test_an_empty_account_is_read_and_noticed_when_it_fills(vendor: HubSpotSandbox) -> None:
    """No record, no page of records, no trouble."""
    vendor.reset(empty=True)
    source = connect(vendor)
    records, cursor = read(source)
    assert records == []
    vendor.add_contacts(3)

    records, cursor = read(source, cursor=cursor)

    assert len(records) == 3
    assert read(source, "owners")[0] == []


def test_a_property_that_is_gone_is_left_out_without_a_word(vendor: HubSpotSandbox) -> None:
    """HubSpot ignores unknown names in a request; a property that was hidden does no harm."""
    rows = vendor.portal.properties["contacts"]
    vendor.portal.properties["contacts"] = [
        row for row in rows if row["name"] not in {"jobtitle", "associatedcompanyid"}
    ]

    records, _ = read(connect(vendor))

    assert len(records) == len(vendor.portal.records["contacts"])
    assert "jobtitle" not in records[0].data["properties"]


def test_a_read_from_a_time_on_gives_what_changed_since(vendor: HubSpotSandbox) -> None:
    """`--since` reads exactly from there, without the overlap of a scheduled read."""
    source = connect(vendor)
    everything, _ = read(source)
    since = datetime.fromisoformat(str(everything[30].changed_at))

    records, _ = read(source, cursor=source.cursor_since("contacts", since))

    assert [record.id for record in records] == [record.id for record in everything[30:]]


def test_a_dated_path_is_a_setting(vendor: HubSpotSandbox) -> None:
    """HubSpot serves the same objects under dated paths; the host decides, not the release of the SDK."""
    source = connect(vendor, objects_path="/crm/objects/2026-03", attempts=1)

    with vendor.counting() as calls, pytest.raises(SetupError, match="HTTP 404"):
        read(source)

    assert calls[-1].path == "/crm/objects/2026-03/contacts"


def test_fields_are_discovered_with_their_types(vendor: HubSpotSandbox) -> None:
    """What an admin maps: names as in the payload, custom ones marked."""
    fields = {field.path: field for field in connect(vendor).discover("contacts")}

    assert fields["properties.interests"].type == "multi_enum"
    assert fields["properties.interests"].custom
    assert fields["properties.interests"].choices == ("support", "onboarding", "training")
    assert fields["properties.createdate"].type == "datetime"
    assert not fields["properties.email"].custom
    assert fields["associations.companies"].type == "array"
    assert {field.path for field in connect(vendor).discover("owners")} >= {"email", "archived"}
    assert "stages" in {field.path for field in connect(vendor).discover("pipelines")}


def test_an_unknown_stream_is_refused_by_name(vendor: HubSpotSandbox) -> None:
    """A typing error in hub.toml says what was meant."""
    with pytest.raises(SetupError, match="'campaigns'") as caught:
        connect(vendor).discover("campaigns")

    assert "contacts" in caught.value.fix


def test_the_sandbox_is_the_same_at_each_start() -> None:
    """A demo that is run again must find everything unchanged."""
    one, two = HubSpotSandbox().portal, HubSpotSandbox().portal

    assert (one.records, one.relations, one.owners) == (two.records, two.relations, two.owners)
    times = [record.updated for records in one.records.values() for record in records.values()]
    assert datetime.fromtimestamp(min(times) / 1000, UTC) >= datetime(2026, 8, 1, tzinfo=UTC)
    assert datetime.fromtimestamp(max(times) / 1000, UTC) < datetime(2026, 12, 1, tzinfo=UTC)
