"""Singer taps, run as programs: the sandbox's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import Page
from connectors.errors import SetupError, TransientError
from connectors.singer.messages import Record, read_message
from hub.opening import open_hub
from hub.sync import sync_source
from sandbox.singer import TapData
from tests.connectors.singer_reading import connect, pages, read, rows


@pytest.fixture
def tap(tmp_path: Path) -> TapData:
    """The sandbox's tap with its seeded leads."""
    return TapData(tmp_path)


def test_every_record_comes_once_with_its_key_and_its_time(tap: TapData) -> None:
    """Ids beyond 2^53 stay exact."""
    records, _ = read(tap)

    expected = tap.streams["leads"]["rows"]
    assert [record.id for record in records] == [str(row["id"]) for row in expected]
    assert records[0].data == expected[0]
    assert records[0].changed_at == "2026-09-01T08:00:00+00:00"


def test_the_next_run_begins_at_the_taps_own_state(tap: TapData) -> None:
    """Bookmarks are inclusive: what stands at the bookmark comes again, and is no change."""
    _, cursor = read(tap)
    late = {**tap.streams["leads"]["rows"][0], "id": 5, "updated_at": "2026-10-01T00:00:00.000000Z"}
    tap.streams["leads"]["rows"].append(late)

    records, _ = read(tap, cursor)

    assert "5" in {record.id for record in records}
    assert len(records) == 3


def test_a_killed_read_goes_on_behind_any_page(tap: TapData) -> None:
    """Whoever stored a page and its cursor together loses nothing, and reads the rest only."""
    tap.config["state_every"] = 3
    got = pages(tap)
    everybody = {record.id for page in got for record in page.records}

    for number, page in enumerate(got):
        if page.cursor is not None:
            done = {record.id for each in got[: number + 1] for record in each.records}
            rest = {record.id for record in read(tap, page.cursor)[0]}
            assert done | rest == everybody
            assert len(done & rest) <= 2


def test_a_stream_without_bookmark_comes_whole_each_time(tap: TapData) -> None:
    """More in one moment than a page holds, too."""
    tap.add_stream("people", rows(2_300))
    tap.config["state_every"] = 5_000

    first, cursor = read(tap, stream="people")
    again, _ = read(tap, cursor, stream="people")

    assert [record.id for record in first] == [record.id for record in again]
    assert len(first) == 2_300


def test_no_cursor_lies_behind_records_that_no_state_followed(tap: TapData) -> None:
    """Pages are cut by size; only a STATE is a place to go on from."""
    tap.add_stream("people", rows(2_300))
    tap.config["state_every"] = 5_000

    got = pages(tap, stream="people")

    assert [len(page.records) for page in got] == [1_000, 1_000, 300, 0]
    assert [page.cursor is None for page in got] == [True, True, False, False]


def test_only_the_wanted_stream_is_asked_for(tap: TapData) -> None:
    """The catalog chooses it; the others are not read."""
    tap.add_stream("people", rows(3))

    records, _ = read(tap, stream="people")

    assert [record.id for record in records] == ["r0", "r1", "r2"]


def test_an_empty_stream_is_read_and_can_be_read_again(tap: TapData) -> None:
    """Nothing is a result, not a fault."""
    tap.add_stream("people", [])

    records, cursor = read(tap, stream="people")

    assert records == []
    assert read(tap, cursor, stream="people")[0] == []


def test_a_complete_version_that_lacks_records_deletes_them(tap: TapData) -> None:
    """Full tables tell deletions in no other way."""
    tap.add_stream("people", rows(5), version=1)
    _, cursor = read(tap, stream="people")
    tap.add_stream("people", rows(3), version=2)
    second, cursor = read(tap, cursor, stream="people")
    third, _ = read(tap, cursor, stream="people")

    assert [(r.id, r.event) for r in second] == [
        ("r0", "live"), ("r1", "live"), ("r2", "live"), ("r3", "deleted"), ("r4", "deleted"),
    ]  # fmt: skip
    assert {record.event for record in third} == {"live"}


def test_a_version_that_broke_off_deletes_nobody_then_or_later(tap: TapData) -> None:
    """What came before it broke off belongs to the version; only the complete one tells who is gone."""
    tap.add_stream("leads", rows(5), version=1)
    _, cursor = read(tap)
    tap.add_stream("leads", rows(4), version=2)
    tap.config |= {"fault": "exit", "fault_at": 2}
    got: list[Page] = []

    def break_off() -> None:
        with connect(tap) as source:
            got.extend(source.pull("leads", cursor))

    with pytest.raises(TransientError):
        break_off()
    del tap.config["fault"]
    records, _ = read(tap, cursor)

    assert {record.event for page in got for record in page.records} <= {"live"}
    assert [record.id for record in records if record.event == "deleted"] == ["r4"]


def test_a_version_that_empties_a_table_deletes_all(tap: TapData) -> None:
    """An empty table is complete, too."""
    tap.add_stream("people", rows(2), version=1)
    _, cursor = read(tap, stream="people")
    tap.add_stream("people", [], version=2)

    records, _ = read(tap, cursor, stream="people")

    assert [(r.id, r.event) for r in records] == [("r0", "deleted"), ("r1", "deleted")]


def test_more_records_than_are_followed_delete_nobody_and_that_is_said(tap: TapData) -> None:
    """Half a list of ids would delete the wrong half."""
    tap.add_stream("people", rows(5), version=1)
    got = pages(tap, stream="people", follow_up_to=3)
    tap.add_stream("people", rows(2), version=2)

    records, _ = read(tap, got[-1].cursor, stream="people", follow_up_to=3)

    assert "follow_up_to" in " ".join(notice for page in got for notice in page.notices)
    assert {record.event for record in records} == {"live"}


def test_a_row_that_a_log_based_tap_marks_deleted_is(tap: TapData) -> None:
    """`_sdc_deleted_at`."""
    tap.add_stream(
        "people", [{"id": "a", "_sdc_deleted_at": "2026-01-02T00:00:00Z"}, {"id": "b", "_sdc_deleted_at": None}]
    )

    records, _ = read(tap, stream="people")

    assert [(record.id, record.event) for record in records] == [("a", "deleted"), ("b", "live")]


def test_what_a_tap_adds_of_its_run_does_not_belong_to_a_record(tap: TapData) -> None:
    """Else each run would change every record."""
    tap.add_stream("people", rows(2, _sdc_extracted_at="2026-01-02T00:00:00Z", _sdc_sequence=1))

    records, _ = read(tap, stream="people")

    assert records[0].data == {"id": "r0", "last_name": "Name 0"}


def test_records_are_named_by_several_keys_by_chosen_ones_or_by_their_content(tap: TapData) -> None:
    """Two parts never run together; without any key a changed record is another, and that is said."""
    tap.add_stream("people", [{"a": "x:y", "b": "z"}, {"a": "x", "b": "y:z"}])
    tap.streams["people"]["keys"] = ["a", "b"]
    both, _ = read(tap, stream="people")
    chosen, _ = read(tap, stream="people", keys={"people": ["b"]})
    tap.streams["people"]["keys"] = []
    got = pages(tap, stream="people")

    assert len({record.id for record in both}) == 2
    assert [record.id for record in chosen] == ["z", "y:z"]
    assert len({record.id for page in got for record in page.records}) == 2
    assert any("no field names a record" in notice for page in got for notice in page.notices)


def test_a_record_without_its_key_is_given_without_an_id(tap: TapData) -> None:
    """The hub fails the run and names it; it is not dropped in silence."""
    tap.add_stream(
        "people", [{"id": None, "last_name": "Li"}, {"id": "", "last_name": "Li"}, {"id": 0, "last_name": "Li"}]
    )

    assert [record.id for record in read(tap, stream="people")[0]] == ["", "", "0"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [("10.10", 10.1), ("12345678901234567.89", "12345678901234567.89"), ("12345678901234567890", 12345678901234567890)],
)
def test_numbers_keep_what_a_float_would_lose(text: str, kept: Any) -> None:
    """Money of a bank stays to the cent."""
    message = read_message(b'{"type": "RECORD", "stream": "a", "record": {"v": ' + text.encode() + b"}}", 1)

    assert message == Record("a", {"v": kept}, None)


def test_a_record_of_ten_megabytes_comes_whole(tap: TapData) -> None:
    """Longer than any pipe."""
    tap.add_stream("people", [{"id": "a", "note": "ä" * 5_000_000}, {"id": "b"}])

    records, _ = read(tap, stream="people")

    assert [len(record.data.get("note", "")) for record in records] == [5_000_000, 0]


def test_older_taps_are_run_in_their_own_way(tap: TapData) -> None:
    """`--properties`; or neither discovery nor catalog."""
    by_properties, _ = read(tap, catalog_option="--properties")
    tap.config |= {"no_catalog": True, "discovers": False}
    without, _ = read(tap, discovers=False, stream_names=["leads"])

    assert len(by_properties) == len(without) == len(tap.streams["leads"]["rows"])


def test_a_tap_that_cannot_discover_says_what_to_set(tap: TapData) -> None:
    """It prints its usage, and ends well."""
    tap.config |= {"discovers": False}

    with connect(tap) as source:
        (check,) = source.check()

    assert not check.ok
    assert "stream_names" in check.fix


def test_a_catalog_of_the_admins_takes_the_place_of_discovery(tap: TapData) -> None:
    """With one stream left out."""
    tap.add_stream("people", rows(1))
    with connect(tap) as source:
        source.streams()
        catalog = {"streams": [entry for entry in source._entries() if entry["stream"] == "people"]}
    tap.config |= {"discovers": False}
    with connect(tap, catalog=json.dumps(catalog)) as source:
        names = [stream.name for stream in source.streams()]

        assert source.calls == 0
    assert names == ["people"]


def test_a_replication_key_is_chosen_or_refused_by_the_admin(tap: TapData) -> None:
    """As the catalog's metadata says to the tap."""
    with connect(tap) as source:
        chosen = source._chosen("leads")["streams"][0]
    with connect(tap, replication_keys={"leads": ""}) as source:
        refused = source._chosen("leads")["streams"][0]

    table = {"breadcrumb": [], "metadata": chosen["metadata"][0]["metadata"]}
    assert table["metadata"]["replication-method"] == "INCREMENTAL"
    assert table["metadata"]["replication-key"] == "updated_at"
    assert refused["metadata"][0]["metadata"]["replication-method"] == "FULL_TABLE"


def test_streams_have_kinds_by_their_names_or_by_the_admins_word(tap: TapData) -> None:
    """What is pointed to comes first."""
    for name in ("accounts", "clients", "deals"):
        tap.add_stream(name, [])
    with connect(tap, kinds={"clients": "companies"}) as source:
        kinds = {stream.name: stream.kind for stream in source.streams()}

    assert kinds == {"leads": "people", "accounts": "companies", "clients": "companies", "deals": "deals"}


def test_discover_lists_fields_with_their_types(tap: TapData) -> None:
    """Objects by dotted paths."""
    with connect(tap) as source:
        fields = {field.path: field for field in source.discover("leads")}

    assert fields["updated_at"].type == "datetime"
    assert (fields["status"].type, fields["status"].label) == ("enum", "Lead status")
    assert fields["address.city"].type == "string"
    assert fields["id"].type == "number"


def test_another_stream_is_refused_by_name(tap: TapData) -> None:
    """A typo in `streams` says what there is."""
    with connect(tap) as source, pytest.raises(SetupError, match="contacts") as caught:
        list(source.pull("contacts", None))

    assert "leads" in caught.value.fix


def test_a_taps_leads_become_leads_by_the_shipped_mapping_and_stay_as_they_are(tap: TapData, tmp_path: Path) -> None:
    """End to end, twice; the one without a name is held."""
    settings = "".join(f"{name} = {json.dumps(value)}\n" for name, value in tap.settings().items())
    (tmp_path / "hub.toml").write_text(f'[sources.tap]\nconnector = "singer"\n{settings}', encoding="utf-8")
    with open_hub(tmp_path) as hub:
        (first,) = sync_source(hub, "tap")
        (second,) = sync_source(hub, "tap")

    assert first.error is None
    assert first.counts.held == 1
    assert first.counts.created == len(tap.streams["leads"]["rows"]) - 1
    assert second.error is None
    assert second.counts.read == second.counts.unchanged > 0
