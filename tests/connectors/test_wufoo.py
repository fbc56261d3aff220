"""Wufoo, read from the stand-in over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import SetupError
from connectors.wufoo.api import api_root
from connectors.wufoo.connector import Wufoo, WufooConfig
from sandbox.wufoo import DEMO, FAIR, WufooSandbox

LONG_AGO = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[WufooSandbox]:
    """One server for all tests here."""
    with WufooSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: WufooSandbox) -> WufooSandbox:
    """A running stand-in with its seeded forms."""
    running.reset()
    return running


@pytest.fixture
def quiet(vendor: WufooSandbox) -> WufooSandbox:
    """A running stand-in with one form that nobody has filled in."""
    vendor.clear()
    vendor.delete_form(FAIR)
    return vendor


def connect(vendor: WufooSandbox, **settings: Any) -> Wufoo:
    """A connector pointed at the stand-in by nothing but its settings."""
    return Wufoo(WufooConfig(**{"calls_per_second": 1e6, **vendor.settings(), **settings}))


def pages_of(vendor: WufooSandbox, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
    """Read to the end."""
    with connect(vendor, **settings) as wufoo:
        return list(wufoo.pull("entries", cursor))


def read(vendor: WufooSandbox, cursor: Cursor | None = None, **settings: Any) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    pages = pages_of(vendor, cursor, **settings)
    cursors = [page.cursor for page in pages if page.cursor is not None]
    return [record for page in pages for record in page.records], cursors[-1]


def ids(vendor: WufooSandbox) -> set[str]:
    return {f"{form}:{row['EntryId']}" for form, rows in vendor.entries.items() for row in rows}


def test_a_first_read_takes_every_entry_of_every_form_once(vendor: WufooSandbox) -> None:
    """Entries of two forms have the same numbers: the form's hash stands before them."""
    records, _ = read(vendor)

    assert sorted(record.id for record in records) == sorted(ids(vendor))


def test_a_first_read_costs_a_call_a_hundred_one_that_proves_it_one_for_forms_and_one_for_fields(
    quiet: WufooSandbox,
) -> None:
    """The fewest that the API allows, and the proof."""
    quiet.submit(250, at=LONG_AGO)

    with quiet.counting() as calls, connect(quiet) as wufoo:
        records = [record for page in wufoo.pull("entries", None) for record in page.records]

    assert len({record.id for record in records}) == len(records) == 250
    assert wufoo.calls == len(calls) == 3 + 1 + 1 + 1


def test_when_nothing_is_new_each_form_costs_one_call(vendor: WufooSandbox) -> None:
    """An empty answer to what lies behind the last id."""
    _, cursor = read(vendor)

    with vendor.counting() as calls:
        records, after = read(vendor, cursor)

    assert (records, after) == ([], cursor)
    assert len(calls) == 1 + 2


def test_only_new_entries_come_the_second_time(vendor: WufooSandbox) -> None:
    """An incremental run costs by what is new."""
    _, cursor = read(vendor)
    new = vendor.submit(3)

    assert [record.data["EntryId"] for record in read(vendor, cursor)[0]] == [row["EntryId"] for row in new]


def test_an_edit_of_an_old_entry_comes_when_it_is_time_to_look(vendor: WufooSandbox) -> None:
    """Edits do not move ids."""
    _, cursor = read(vendor)
    row = vendor.entries[DEMO][0]
    vendor.edit(row, Field5="Acme")

    unseen, cursor = read(vendor, cursor)
    seen, cursor = read(vendor, cursor, edits_every=0)

    assert (unseen, read(vendor, cursor)[0]) == ([], [])
    assert [record.id for record in seen] == [f"{DEMO}:{row['EntryId']}"]
    assert next(a["value"] for a in seen[0].data["answers"] if a["key"] == "company") == "Acme"
    assert seen[0].changed_at != seen[0].data["submitted_at"]


def test_a_crowd_of_one_second_is_read_whole(quiet: WufooSandbox) -> None:
    """Also past where ids grow by a digit."""
    quiet.submit(123, at=LONG_AGO)

    assert len({record.id for record in read(quiet, page_size=7)[0]}) == 123


def test_fewer_rows_than_asked_are_no_end(quiet: WufooSandbox) -> None:
    """Only an empty page is."""
    quiet.submit(25, at=LONG_AGO)
    quiet.most_rows = 4

    assert len(read(quiet)[0]) == 25


@pytest.mark.parametrize("edits_every", [0, 6])
def test_a_killed_read_resumes_behind_any_page(vendor: WufooSandbox, edits_every: float) -> None:
    """Whoever stored a page and its cursor together loses nothing, also what came in the meantime."""
    pages = pages_of(vendor, page_size=3, edits_every=edits_every)
    late = {f"{DEMO}:{row['EntryId']}" for row in vendor.submit(2)}

    for number, page in enumerate(pages):
        done = {record.id for each in pages[: number + 1] for record in each.records}
        rest = {record.id for record in read(vendor, page.cursor, page_size=3, edits_every=edits_every)[0]}
        assert done | rest == ids(vendor)
        assert late <= rest


def test_a_resumed_read_does_not_begin_anew(quiet: WufooSandbox) -> None:
    """Resuming costs the rest."""
    quiet.submit(40, at=LONG_AGO)

    assert len(read(quiet, pages_of(quiet, page_size=5)[5].cursor, page_size=5)[0]) == 10


def test_entries_made_edited_and_deleted_while_we_page_hide_nobody(quiet: WufooSandbox) -> None:
    """By offset each deletion would hide one behind it."""
    rows = quiet.submit(60, at=LONG_AGO)
    met: set[str] = set()

    with connect(quiet, page_size=10) as wufoo:
        for number, page in enumerate(wufoo.pull("entries", None)):
            met |= {record.id for record in page.records}
            if number < 6:
                quiet.delete(rows[number * 10])
                quiet.edit(rows[number * 10 + 1], Field5="Acme")
                quiet.submit()

    assert met >= ids(quiet)


def test_an_answer_stands_with_its_question_its_parts_and_a_plain_value(vendor: WufooSandbox) -> None:
    """By id, by type, or by the title's key; what was not answered is left out."""
    record = read(vendor, forms=[DEMO])[0][0]
    answers = {each["key"]: each for each in record.data["answers"]}

    assert answers["name"]["value"] == " ".join(answers["name"]["parts"].values())
    assert set(answers["name"]["parts"]) == {"first", "last"}
    assert answers["e mail"]["id"] == "Field3"
    assert set(answers["address"]["parts"]) == {"city", "country"}
    assert answers["send me"]["value"] == ["Price list"]
    assert "how many are you" not in answers
    assert (record.data["form"], record.data["form_name"]) == (DEMO, "Show me a demo")


def test_times_are_in_the_accounts_zone(quiet: WufooSandbox) -> None:
    """The vendor writes no offset."""
    quiet.zone = "Europe/Berlin"
    quiet.submit(at=datetime(2026, 7, 1, 10, tzinfo=UTC))

    assert read(quiet, timezone="Europe/Berlin")[0][0].changed_at == "2026-07-01T10:00:00Z"


def test_a_zone_that_is_none_is_refused() -> None:
    """Before anything is read."""
    with pytest.raises(ValueError, match="time zone"):
        WufooConfig.model_validate({"token": "t", "timezone": "Berlin"})


def test_a_form_that_nobody_filled_in_is_read_and_can_be_read_again(quiet: WufooSandbox) -> None:
    """Nothing is a result, not a fault; unknown fields do no harm."""
    records, cursor = read(quiet)
    quiet.submit()[0] |= {"Field999": "new", "CompleteSubmission": "1"}

    assert records == []
    assert len(read(quiet, cursor)[0]) == 1


def test_an_account_without_forms_gives_no_pages(quiet: WufooSandbox) -> None:
    """There is nothing to read; `check` says so."""
    quiet.delete_form(DEMO)

    assert pages_of(quiet) == []
    with connect(quiet) as wufoo:
        assert [check.name for check in wufoo.check() if not check.ok] == ["forms"]


def test_a_new_form_is_read_from_its_beginning(vendor: WufooSandbox) -> None:
    """However far the others are read."""
    _, cursor = read(vendor)
    vendor.add_form("new1", "New form")
    vendor.submit(form="new1", at=LONG_AGO - timedelta(days=300))

    assert [record.id for record in read(vendor, cursor)[0]] == ["new1:1"]


def test_a_form_deleted_while_we_read_is_told_and_the_others_are_read(vendor: WufooSandbox) -> None:
    """It was listed a moment ago."""
    with connect(vendor) as wufoo:
        pages = wufoo.pull("entries", None)
        next(pages)
        vendor.delete_form(FAIR)
        rest = list(pages)

    assert [page.notices for page in rest if page.notices] == [(f"form {FAIR} is no longer there",)]


def test_a_form_that_the_settings_name_and_is_not_there_is_an_error_after_the_others(vendor: WufooSandbox) -> None:
    """A typo must not keep the other forms' leads."""
    with connect(vendor, forms=["nothere", FAIR]) as wufoo:
        pages = wufoo.pull("entries", None)
        assert next(pages).notices
        assert len(next(pages).records) == len(vendor.entries[FAIR])
        with pytest.raises(SetupError, match="nothere"):
            list(pages)
        assert [check.name for check in wufoo.check() if not check.ok] == ["entries of nothere"]


def test_a_read_since_a_time_takes_what_was_submitted_or_edited_since(vendor: WufooSandbox) -> None:
    """For `--since`, without a read before it."""
    since = datetime(2026, 8, 12, 15, 0, tzinfo=UTC)
    vendor.edit(vendor.entries[DEMO][0], Field5="Acme")
    with connect(vendor) as wufoo:
        cursor = wufoo.cursor_since("entries", since)

    records, after = read(vendor, cursor, overlap=0)

    local = since.astimezone(ZoneInfo(vendor.zone)).strftime("%Y-%m-%d %H:%M:%S")
    wanted = {
        f"{form}:{row['EntryId']}"
        for form, rows in vendor.entries.items()
        for row in rows
        if max(row["DateCreated"], row["DateUpdated"]) >= local
    }
    assert {record.id for record in records} == wanted != ids(vendor)
    assert read(vendor, after)[0] == []


def test_discover_lists_fields_by_id_with_titles_and_choices(vendor: WufooSandbox) -> None:
    """What is no question is left out."""
    with connect(vendor) as wufoo:
        fields = {field.path: field for field in wufoo.discover("entries")}

    size = fields['answers[id="Field21"].value']
    assert (size.type, size.label, size.choices) == ("enum", "How many are you?", ("1", "More"))
    assert fields['answers[id="Field30"].value'].choices == ("News", "Price list")
    assert 'answers[id="EntryId"].value' not in fields


def test_check_names_forms_and_a_right_that_is_missing(vendor: WufooSandbox) -> None:
    """And how to get it."""
    with connect(vendor) as wufoo:
        assert all(check.ok for check in wufoo.check())
        vendor.not_for_us.add(FAIR)
        failed = [check for check in wufoo.check() if not check.ok]

    assert [check.name for check in failed] == [f"entries of {FAIR}"]
    assert "right to view" in failed[0].fix


def test_another_stream_is_refused_by_name(vendor: WufooSandbox) -> None:
    """A typo in `streams` says what there is."""
    with connect(vendor) as wufoo, pytest.raises(SetupError, match="answers") as caught:
        list(wufoo.pull("answers", None))

    assert "entries" in caught.value.fix


@pytest.mark.parametrize(
    ("subdomain", "base_url", "root"),
    [
        ("example", None, "https://example.wufoo.com/api/v3"),
        (None, "http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/v3"),
        (None, "http://127.0.0.1:8080/api/v3", "http://127.0.0.1:8080/api/v3"),
    ],
)
def test_the_api_is_at_base_url_else_at_the_subdomain(subdomain: str | None, base_url: str | None, root: str) -> None:
    """With or without the version."""
    assert api_root(subdomain, base_url) == root


@pytest.mark.parametrize("subdomain", [None, "", "a.b", "a/b", "a@b"])
def test_a_subdomain_is_a_name_and_nothing_more(subdomain: str | None) -> None:
    """It becomes a part of a host's name."""
    with pytest.raises(SetupError, match="subdomain"):
        api_root(subdomain, None)
