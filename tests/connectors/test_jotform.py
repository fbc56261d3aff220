"""Jotform, read from the stand-in over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import SetupError
from connectors.jotform.connector import Jotform, JotformConfig
from connectors.jotform.submissions import value_of
from sandbox.jotform import QUOTE, VISIT, JotformSandbox

LONG_AGO = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[JotformSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with JotformSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: JotformSandbox) -> JotformSandbox:
    """A running stand-in with its seeded forms."""
    running.reset()
    return running


@pytest.fixture
def quiet(vendor: JotformSandbox) -> JotformSandbox:
    """A running stand-in with one form that nobody has filled in."""
    vendor.clear()
    vendor.delete_form(VISIT)
    return vendor


def connect(vendor: JotformSandbox, **settings: Any) -> Jotform:
    """A connector pointed at the stand-in by nothing but its settings."""
    return Jotform(JotformConfig(**{**vendor.settings(), **settings}))


def pages_of(vendor: JotformSandbox, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
    """Read to the end."""
    with connect(vendor, **settings) as jotform:
        return list(jotform.pull("submissions", cursor))


def read(vendor: JotformSandbox, cursor: Cursor | None = None, **settings: Any) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    pages = pages_of(vendor, cursor, **settings)
    cursors = [page.cursor for page in pages if page.cursor is not None]
    return [record for page in pages for record in page.records], cursors[-1]


def ids(vendor: JotformSandbox) -> set[str]:
    return {row["id"] for rows in vendor.submissions.values() for row in rows}


def test_a_first_read_takes_every_submission_of_every_form_once(vendor: JotformSandbox) -> None:
    """With its 19 digits to the last, though no floating-point number holds them."""
    records, _ = read(vendor)

    assert sorted(record.id for record in records) == sorted(ids(vendor))
    assert all(int(record.id) > 2**53 for record in records)


def test_a_first_read_costs_a_call_a_thousand_and_one_that_proves_it(quiet: JotformSandbox) -> None:
    """The questions stand in the submissions themselves; the vendor tells no total."""
    quiet.submit(2001, at=LONG_AGO)

    with quiet.counting() as calls, connect(quiet, forms=[QUOTE]) as jotform:
        records = [record for page in jotform.pull("submissions", None) for record in page.records]

    assert len({record.id for record in records}) == len(records) == 2001
    assert jotform.calls == len(calls) == 4


def test_when_nothing_is_new_each_form_costs_one_call(vendor: JotformSandbox) -> None:
    """An empty answer to what lies behind the last id."""
    _, cursor = read(vendor)

    with vendor.counting() as calls:
        records, after = read(vendor, cursor, forms=[QUOTE, VISIT])

    assert (records, after) == ([], cursor)
    assert len(calls) == 2


def test_only_new_submissions_come_the_second_time(vendor: JotformSandbox) -> None:
    """An incremental run costs by what is new, not by what is there."""
    _, cursor = read(vendor)
    new = vendor.submit(3)

    with vendor.counting() as calls:
        records, _ = read(vendor, cursor, forms=[QUOTE])

    assert [record.id for record in records] == [row["id"] for row in new]
    assert len(calls) == 2


def test_an_edit_of_an_old_submission_comes_when_it_is_time_to_look(vendor: JotformSandbox) -> None:
    """Edits do not move ids; every some hours the vendor is asked what was edited since."""
    _, cursor = read(vendor)
    row = vendor.submissions[QUOTE][0]
    vendor.edit(row, company="Acme")

    unseen, cursor = read(vendor, cursor)
    seen, cursor = read(vendor, cursor, edits_every=0)
    again, _ = read(vendor, cursor)

    assert (unseen, again) == ([], [])
    edited = next(record for record in seen if record.id == row["id"])
    assert next(a["value"] for a in edited.data["answers"] if a["name"] == "company") == "Acme"
    assert edited.changed_at is not None
    assert edited.changed_at > "2026-10"


def test_a_deleted_submission_is_told_where_the_vendor_lists_it(vendor: JotformSandbox) -> None:
    """One that vanishes is not told; not being listed is no sign of it."""
    _, cursor = read(vendor)
    row, vanished = vendor.submissions[QUOTE][0], vendor.submissions[QUOTE][2]
    vendor.delete(row)
    vendor.delete(vanished, listed=False)

    records, _ = read(vendor, cursor, edits_every=0)

    assert {record.id: record.event for record in records}[row["id"]] == "deleted"
    assert vanished["id"] not in {record.id for record in records}


def test_a_submission_whose_id_did_not_grow_is_found_by_its_time(vendor: JotformSandbox) -> None:
    """That ids grow is not documented: the look for edits asks for what was created, too."""
    _, cursor = read(vendor)
    row = vendor.submit()[0]
    row["id"] = "17"

    assert read(vendor, cursor)[0] == []
    records, _ = read(vendor, cursor, edits_every=0)

    assert "17" in {record.id for record in records}


@pytest.mark.parametrize("as_text", [True, False])
def test_ids_may_be_ordered_as_numbers_or_as_text(quiet: JotformSandbox, as_text: bool) -> None:
    """They differ where ids grow by a digit; a read takes both, as long as filter and order agree."""
    quiet.ids_as_text, quiet.next_id = as_text, 9_999_999_999_999_999_960
    quiet.submit(20, at=LONG_AGO)

    records, _ = read(quiet, page_size=3)

    assert len({record.id for record in records}) == len(records) == 20


def test_a_crowd_of_one_second_is_read_whole(quiet: JotformSandbox) -> None:
    """Times do not matter to paging by ids."""
    quiet.submit(23, at=LONG_AGO)

    records, cursor = read(quiet, page_size=4)
    quiet.submit(9, at=LONG_AGO)

    assert len({record.id for record in records}) == len(records) == 23
    assert len(read(quiet, cursor, page_size=4)[0]) == 9


def test_fewer_rows_than_asked_are_no_end(quiet: JotformSandbox) -> None:
    """Only an empty page is."""
    quiet.submit(25, at=LONG_AGO)
    quiet.most_rows = 4

    assert len(read(quiet)[0]) == 25


@pytest.mark.parametrize("edits_every", [0, 6])
def test_a_killed_read_resumes_behind_any_page(vendor: JotformSandbox, edits_every: float) -> None:
    """Whoever stored a page and its cursor together loses nothing, also what came in the meantime."""
    pages = pages_of(vendor, page_size=3, edits_every=edits_every)
    late = {row["id"] for row in vendor.submit(2)}

    for number, page in enumerate(pages):
        done = {record.id for each in pages[: number + 1] for record in each.records}
        rest, _ = read(vendor, page.cursor, page_size=3, edits_every=edits_every)
        assert done | {record.id for record in rest} == ids(vendor)
        assert late <= {record.id for record in rest}


def test_a_resumed_read_does_not_begin_anew(quiet: JotformSandbox) -> None:
    """Resuming costs the rest."""
    quiet.submit(40, at=LONG_AGO)
    pages = pages_of(quiet, page_size=5)

    rest, _ = read(quiet, pages[5].cursor, page_size=5)

    assert len(rest) == 10


def test_submissions_made_edited_and_deleted_while_we_page_hide_nobody(quiet: JotformSandbox) -> None:
    """By offset each deletion would hide one behind it."""
    rows = quiet.submit(60, at=LONG_AGO)
    met: set[str] = set()

    with connect(quiet, page_size=10) as jotform:
        for number, page in enumerate(jotform.pull("submissions", None)):
            met |= {record.id for record in page.records}
            if number < 6:
                quiet.delete(rows[number * 10], listed=False)
                quiet.edit(rows[number * 10 + 1], company="Acme")
                quiet.submit()

    assert met >= ids(quiet)


def test_an_answer_stands_with_its_question_and_a_plain_value(vendor: JotformSandbox) -> None:
    """By the field's own name, its kind, or its title's key; headings and buttons are left out."""
    records, _ = read(vendor, forms=[QUOTE])
    answers = {each["name"]: each for each in records[0].data["answers"]}

    assert answers["name"]["value"] == f"{answers['name']['answer']['first']} {answers['name']['answer']['last']}"
    assert answers["email"]["key"] == "e mail"
    assert answers["howCan"]["qid"] == "9"
    assert not {"heading", "submit", "size"} & set(answers)


@pytest.mark.parametrize(
    ("kind", "answer", "value"),
    [
        ("control_textbox", " Acme ", "Acme"),
        ("control_fullname", {"prefix": "Dr.", "first": "Ann", "last": "Li"}, "Dr. Ann Li"),
        ("control_phone", {"country": "+49", "area": "30", "phone": "901820"}, "+49 30 901820"),
        ("control_phone", {"area": "415", "phone": "5552671"}, "415 5552671"),
        ("control_phone", {"full": "(415) 555-2671"}, "(415) 555-2671"),
        ("control_datetime", {"year": "2026", "month": "3", "day": "4"}, "2026-03-04"),
        ("control_checkbox", ["Red", "Blue"], ["Red", "Blue"]),
        ("control_checkbox", {"0": "Red", "other": "Teal"}, ["Red", "Teal"]),
        ("control_address", {"city": "Berlin"}, {"city": "Berlin"}),
        ("control_new", {"x": 1}, "pretty"),
    ],
)
def test_every_kind_of_answer_has_a_plain_value(kind: str, answer: Any, value: Any) -> None:
    """A kind that we do not know as the vendor would print it."""
    assert value_of({"type": kind, "answer": answer, "prettyFormat": "pretty"}) == value


@pytest.mark.parametrize("answers", [None, [], {}, "", [{"name": "x"}]])
def test_a_submission_without_answers_is_one(quiet: JotformSandbox, answers: Any) -> None:
    """An empty object is a list in the vendor's language; unknown fields are kept."""
    quiet.submit()[0] |= {"answers": answers, "workflowStatus": "open"}

    records, _ = read(quiet)

    assert records[0].data["answers"] == []
    assert records[0].data["workflowStatus"] == "open"


def test_times_are_in_the_accounts_zone(quiet: JotformSandbox) -> None:
    """The vendor writes no offset; the setting says which zone it is."""
    quiet.zone = "Europe/Berlin"
    quiet.submit(at=datetime(2026, 7, 1, 10, tzinfo=UTC))

    records, _ = read(quiet, timezone="Europe/Berlin")

    assert records[0].changed_at == records[0].data["submitted_at"] == "2026-07-01T10:00:00Z"


def test_a_zone_that_is_none_is_refused() -> None:
    """Before anything is read."""
    with pytest.raises(ValueError, match="time zone"):
        JotformConfig.model_validate({"token": "t", "timezone": "Berlin"})


def test_a_form_that_nobody_filled_in_is_read_and_can_be_read_again(quiet: JotformSandbox) -> None:
    """Nothing is a result, not a fault."""
    records, cursor = read(quiet)
    new = quiet.submit()[0]

    assert records == []
    assert [record.id for record in read(quiet, cursor)[0]] == [new["id"]]


def test_an_account_without_forms_gives_no_pages(quiet: JotformSandbox) -> None:
    """There is nothing to read; `check` says so."""
    quiet.delete_form(QUOTE)

    assert pages_of(quiet) == []
    with connect(quiet) as jotform:
        assert [check.name for check in jotform.check() if not check.ok] == ["forms"]


def test_a_new_form_is_read_from_its_beginning(vendor: JotformSandbox) -> None:
    """However far the others are read."""
    _, cursor = read(vendor)
    vendor.add_form("77", "New form")
    old = vendor.submit(form="77", at=LONG_AGO - timedelta(days=300))[0]

    assert [record.id for record in read(vendor, cursor)[0]] == [old["id"]]


def test_a_form_deleted_while_we_read_is_told_and_the_others_are_read(vendor: JotformSandbox) -> None:
    """The vendor answers as to a wrong key: that the key is good elsewhere tells the difference."""
    with connect(vendor) as jotform:
        pages = jotform.pull("submissions", None)
        next(pages)
        vendor.delete_form(VISIT)
        rest = list(pages)

    assert [page.notices for page in rest if page.notices] == [(f"form {VISIT} is no longer there",)]


def test_a_form_that_the_settings_name_and_is_not_for_us_is_an_error_after_the_others(vendor: JotformSandbox) -> None:
    """A typo must not keep the other forms' leads."""
    vendor.not_for_us.add(QUOTE)
    with connect(vendor, forms=[QUOTE, VISIT]) as jotform:
        pages = jotform.pull("submissions", None)
        assert len(next(pages).records) == len(vendor.submissions[VISIT])
        with pytest.raises(SetupError, match=QUOTE) as caught:
            list(pages)
        failed = [check for check in jotform.check() if not check.ok]

    assert "forms" in caught.value.fix
    assert [check.name for check in failed] == [f"submissions of {QUOTE}"]


def test_a_read_since_a_time_takes_what_was_submitted_or_edited_since(vendor: JotformSandbox) -> None:
    """For `--since`, without a read before it."""
    since = datetime(2026, 8, 20, 13, 0, tzinfo=UTC)
    vendor.edit(vendor.submissions[QUOTE][0], company="Acme")
    with connect(vendor) as jotform:
        cursor = jotform.cursor_since("submissions", since)

    records, after = read(vendor, cursor, overlap=0)

    local = since.astimezone(ZoneInfo(vendor.zone)).strftime("%Y-%m-%d %H:%M:%S")
    rows = [row for rows in vendor.submissions.values() for row in rows]
    wanted = {row["id"] for row in rows if max(row["created_at"], row["updated_at"] or "") >= local}
    assert {record.id for record in records} == wanted != ids(vendor)
    assert read(vendor, after)[0] == []


def test_discover_lists_fields_by_name_with_titles_and_choices(vendor: JotformSandbox) -> None:
    """What asks nothing is left out."""
    with connect(vendor) as jotform:
        fields = {field.path: field for field in jotform.discover("submissions")}

    size = fields['answers[name="size"].value']
    assert (size.type, size.label, size.choices) == ("enum", "How many are you?", ("1 to 10", "11 to 100", "More"))
    assert 'answers[name="submit"].value' not in fields


def test_check_names_account_forms_and_calls_left(vendor: JotformSandbox) -> None:
    """What somebody needs to see that this is the right account."""
    with connect(vendor) as jotform:
        checks = {check.name: check for check in jotform.check()}

    assert all(check.ok for check in checks.values())
    assert "robinfield" in checks["credentials"].text
    assert "calls left today" in checks["rate"].text
    assert f"submissions of {QUOTE}" in checks


def test_another_stream_is_refused_by_name(vendor: JotformSandbox) -> None:
    """A typo in `streams` says what there is."""
    with connect(vendor) as jotform, pytest.raises(SetupError, match="answers") as caught:
        list(jotform.pull("answers", None))

    assert "submissions" in caught.value.fix
