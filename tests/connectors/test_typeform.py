"""Typeform, read from the stand-in over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import SetupError
from connectors.typeform.connector import Typeform, TypeformConfig
from sandbox.typeform import CONTACT, EVENT, TypeformSandbox

LONG_AGO = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[TypeformSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with TypeformSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: TypeformSandbox) -> TypeformSandbox:
    """A running stand-in with its seeded forms."""
    running.reset()
    return running


@pytest.fixture
def quiet(vendor: TypeformSandbox) -> TypeformSandbox:
    """A running stand-in with one form that nobody has answered."""
    vendor.clear()
    vendor.delete_form(EVENT)
    return vendor


def connect(vendor: TypeformSandbox, **settings: Any) -> Typeform:
    """A connector pointed at the stand-in by nothing but its settings."""
    return Typeform(TypeformConfig(**{"calls_per_second": 1e6, **vendor.settings(), **settings}))


def pages_of(vendor: TypeformSandbox, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
    """Read to the end."""
    with connect(vendor, **settings) as typeform:
        return list(typeform.pull("responses", cursor))


def read(vendor: TypeformSandbox, cursor: Cursor | None = None, **settings: Any) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    pages = pages_of(vendor, cursor, **settings)
    cursors = [page.cursor for page in pages if page.cursor is not None]
    return [record for page in pages for record in page.records], cursors[-1]


def tokens(vendor: TypeformSandbox) -> set[str]:
    return {row["token"] for rows in vendor.responses.values() for row in rows}


def answer(record: SourceRecord, key: str) -> Any:
    return next(each["value"] for each in record.data["answers"] if each["key"] == key)


def test_a_first_read_takes_every_response_of_every_form_once(vendor: TypeformSandbox) -> None:
    """The token is the record's id, as in a webhook."""
    records, _ = read(vendor)

    assert sorted(record.id for record in records) == sorted(tokens(vendor))
    assert {record.data["form_title"] for record in records} == {"Contact us", "Autumn event"}


def test_a_first_read_costs_one_call_a_thousand_one_for_the_questions_and_one_for_the_forms(
    quiet: TypeformSandbox,
) -> None:
    """The fewest that the API allows; no call proves what the first answer's count has proved already."""
    quiet.submit(2001, at=LONG_AGO)

    with quiet.counting() as calls, connect(quiet) as typeform:
        records = [record for page in typeform.pull("responses", None) for record in page.records]

    assert len({record.id for record in records}) == len(records) == 2001
    assert [call.path for call in calls].count(f"/forms/{CONTACT}/responses") == 3
    assert typeform.calls == len(calls) == 5


def test_when_nothing_is_new_each_form_costs_one_call(vendor: TypeformSandbox) -> None:
    """The overlap reads the newest ones again: they are known, and their questions are not asked for."""
    _, cursor = read(vendor, forms=[CONTACT, EVENT])

    with vendor.counting() as calls:
        records, after = read(vendor, cursor, forms=[CONTACT, EVENT])

    marks = [{form: state["mark"] for form, state in each["forms"].items()} for each in (cursor, after)]
    assert records == []
    assert marks[0] == marks[1]
    assert [call.path for call in calls] == [f"/forms/{form}/responses" for form in (CONTACT, EVENT)]


def test_only_new_responses_come_the_second_time(vendor: TypeformSandbox) -> None:
    """An incremental run costs by what is new, not by what is there."""
    _, cursor = read(vendor)
    new = vendor.submit(3)

    records, after = read(vendor, cursor)

    assert {row["token"] for row in new} == {record.id for record in records}
    assert after["forms"][CONTACT]["mark"] == new[-1]["submitted_at"]


def test_what_a_read_reads_again_is_the_same_record(vendor: TypeformSandbox) -> None:
    """Of many within the overlap not all are remembered."""
    vendor.submit(60)
    first, cursor = read(vendor)
    vendor.submit()

    records, _ = read(vendor, cursor)

    known = {record.id: record for record in first}
    again = [record for record in records if record.id in known]
    assert len(again) == 10
    assert all(known[record.id] == record for record in again)


def test_a_response_shown_late_is_met_by_the_next_read(quiet: TypeformSandbox) -> None:
    """The API shows some only after half an hour: a read reaches back an hour before the newest it knows."""
    late = quiet.submit(at=LONG_AGO)[0]
    quiet.hidden_late.add(late["token"])
    quiet.submit(at=LONG_AGO + timedelta(minutes=25))
    _, cursor = read(quiet)
    quiet.hidden_late.clear()

    records, _ = read(quiet, cursor)

    assert late["token"] in {record.id for record in records}


def test_an_answer_stands_beside_its_question(vendor: TypeformSandbox) -> None:
    """By ref, which survives a new title; by title; and by the title's key, whatever is said around it."""
    records, _ = read(vendor, forms=[CONTACT])
    record = next(record for record in records if record.data.get("hidden"))
    answers = {each["key"]: each for each in record.data["answers"]}

    assert answers["first name"]["title"] == "What's your *first name*?"
    assert answers["phone"]["ref"] == f"phone-{CONTACT}"
    assert answers["how many people work there"]["value"] in {"1 to 10", "11 to 100", "More"}
    assert (answers["how can we help you"]["question_type"], answers["how can we help you"]["type"]) == (
        "long_text",
        "text",
    )
    assert record.changed_at == record.data["submitted_at"]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"type": "choice", "choice": {"label": "Blue", "ref": "r"}}, "Blue"),
        ({"type": "choice", "choice": {"other": "Teal"}}, "Teal"),
        ({"type": "choices", "choices": {"labels": ["Red", "Blue"], "other": "Teal"}}, ["Red", "Blue", "Teal"]),
        ({"type": "choices", "choices": {"labels": None}}, []),
        ({"type": "number", "number": 9007199254740993}, 9007199254740993),
        ({"type": "boolean", "boolean": False}, False),
        ({"type": "date", "date": "2026-01-02"}, "2026-01-02"),
        ({"type": "file_url", "file_url": "https://api.typeform.com/f.pdf"}, "https://api.typeform.com/f.pdf"),
        ({"type": "payment", "payment": {"amount": "10.00"}}, {"amount": "10.00"}),
        ({"type": "a_new_kind", "a_new_kind": {"x": 1}, "beside": 2}, {"x": 1}),
        ({"type": "text"}, None),
    ],
)
def test_every_kind_of_answer_has_a_plain_value(quiet: TypeformSandbox, given: dict[str, Any], value: Any) -> None:
    """A kind that we do not know comes as the vendor wrote it."""
    quiet.submit()[0]["answers"] = [{**given, "field": {"id": "q9", "ref": "gone", "type": "x"}}]

    records, _ = read(quiet)

    assert records[0].data["answers"][0]["value"] == value
    assert records[0].data["answers"][0]["title"] is None, "a question that was taken out of the form has no title"


def test_fields_that_we_do_not_know_are_kept(quiet: TypeformSandbox) -> None:
    """The vendor adds some; a mapping may want them."""
    row = quiet.submit()[0]
    row["quality"] = {"score": 3}
    row["answers"] = None

    records, _ = read(quiet)

    assert records[0].data["quality"] == {"score": 3}
    assert records[0].data["answers"] == []


@pytest.mark.parametrize("before_inclusive", [True, False])
@pytest.mark.parametrize("window_with_before", [True, False])
def test_a_crowd_of_one_second_is_read_however_the_vendor_reads_before(
    quiet: TypeformSandbox, before_inclusive: bool, window_with_before: bool
) -> None:
    """Larger than a page, in an incremental read; whether a page begins with its anchor is not documented."""
    quiet.before_inclusive, quiet.window_with_before = before_inclusive, window_with_before
    quiet.submit(5, at=LONG_AGO - timedelta(days=1))
    _, cursor = read(quiet)
    crowd = quiet.submit(23, at=LONG_AGO)

    records, _ = read(quiet, cursor, page_size=7)

    ids = [record.id for record in records]
    assert len(ids) == len(set(ids))
    assert {row["token"] for row in crowd} <= set(ids)


def test_a_killed_read_resumes_behind_any_page(vendor: TypeformSandbox) -> None:
    """Whoever stored a page and its cursor together loses nothing, also what came in the meantime."""
    pages = pages_of(vendor, page_size=3)
    late = vendor.submit(2)

    for number, page in enumerate(pages):
        done = {record.id for each in pages[: number + 1] for record in each.records}
        rest, _ = read(vendor, page.cursor, page_size=3)
        assert done | {record.id for record in rest} == tokens(vendor)
        assert {row["token"] for row in late} <= {record.id for record in rest}


def test_a_resumed_read_does_not_begin_anew(quiet: TypeformSandbox) -> None:
    """Resuming costs the rest, and a look at what is new."""
    quiet.submit(40, at=LONG_AGO)
    pages = pages_of(quiet, page_size=5)

    with quiet.counting() as calls:
        read(quiet, pages[5].cursor, page_size=5, forms=[CONTACT], overlap=0)

    assert f"before={pages[5].records[-1].id}" in calls[0].query


def test_responses_made_and_deleted_while_we_page_hide_nobody(quiet: TypeformSandbox) -> None:
    """New ones stand above where we are; where an anchor is deleted the one above it serves."""
    rows = [quiet.submit(at=LONG_AGO + timedelta(seconds=n))[0] for n in range(60)]
    kept, met, deleted = {row["token"] for row in rows}, set[str](), set[str]()

    with connect(quiet, page_size=10) as typeform:
        for page in typeform.pull("responses", None):
            met |= {record.id for record in page.records}
            quiet.submit(2)
            gone = next((row for row in rows if page.records and row["token"] == page.records[-1].id), None)
            if gone in quiet.responses[CONTACT]:
                quiet.delete(gone)
                deleted.add(gone["token"])

    assert met >= kept - deleted
    assert len(deleted) >= 5


@pytest.mark.parametrize("lost_anchor", ["refuse", "ignore", "nothing"])
def test_anchors_all_deleted_make_the_form_be_read_again(quiet: TypeformSandbox, lost_anchor: Any) -> None:
    """What the API does with a token that is gone is not documented; none of the ways may end in a short read."""
    rows = [quiet.submit(at=LONG_AGO + timedelta(seconds=n))[0] for n in range(30)]
    quiet.lost_anchor = lost_anchor
    met: set[str] = set()

    with connect(quiet, page_size=10) as typeform:
        for number, page in enumerate(typeform.pull("responses", None)):
            met |= {record.id for record in page.records}
            if number == 0:
                for row in rows[20:24]:
                    quiet.delete(row)

    assert met >= tokens(quiet)


def test_fewer_rows_than_asked_are_no_end(quiet: TypeformSandbox) -> None:
    """Only the vendor's count tells the end."""
    quiet.submit(25, at=LONG_AGO)
    quiet.most_rows = 4

    records, _ = read(quiet)

    assert len({record.id for record in records}) == 25


def test_a_form_that_nobody_answered_is_read_and_can_be_read_again(quiet: TypeformSandbox) -> None:
    """Nothing is a result, not a fault."""
    records, cursor = read(quiet)
    new = quiet.submit()[0]

    assert records == []
    assert [record.id for record in read(quiet, cursor)[0]] == [new["token"]]


def test_an_account_without_forms_gives_no_pages(quiet: TypeformSandbox) -> None:
    """There is nothing to read; `check` says so."""
    quiet.delete_form(CONTACT)

    assert pages_of(quiet) == []
    with connect(quiet) as typeform:
        assert [check.ok for check in typeform.check()] == [False, True]


def test_more_forms_than_a_page_lists_are_all_read(quiet: TypeformSandbox) -> None:
    """The list has 200 a page."""
    for number in range(205):
        quiet.add_form(f"more{number}", f"Form {number}")
    quiet.submit(form="more0")

    records, cursor = read(quiet)

    assert len(records) == 1
    assert len(cursor["forms"]) == 206


def test_a_new_form_is_read_from_its_beginning(vendor: TypeformSandbox) -> None:
    """However far the others are read."""
    _, cursor = read(vendor)
    vendor.add_form("new1", "New form")
    old = vendor.submit(form="new1", at=LONG_AGO - timedelta(days=300))[0]

    records, _ = read(vendor, cursor)

    assert old["token"] in {record.id for record in records}


def test_a_form_deleted_while_we_read_is_told_and_the_others_are_read(vendor: TypeformSandbox) -> None:
    """It was listed a moment ago; that is no fault of anybody's."""
    with connect(vendor) as typeform:
        pages = typeform.pull("responses", None)
        first = next(pages)
        vendor.delete_form(CONTACT)
        rest = list(pages)

    assert {record.data["form_id"] for record in first.records} == {EVENT}
    assert [page.notices for page in rest] == [(f"form {CONTACT} is no longer there",)]


def test_a_form_that_the_settings_name_and_is_not_there_is_an_error_after_the_others(vendor: TypeformSandbox) -> None:
    """A typo must not keep the other forms' leads."""
    with connect(vendor, forms=["nothere", EVENT]) as typeform:
        pages = typeform.pull("responses", None)
        assert len(next(pages).records) == len(vendor.responses[EVENT])
        with pytest.raises(SetupError, match="nothere") as caught:
            next(pages)

    assert "forms" in caught.value.fix


def test_a_read_since_a_time_takes_what_was_submitted_since(vendor: TypeformSandbox) -> None:
    """For `--since`, without a read before it."""
    since = datetime(2026, 8, 20, tzinfo=UTC)
    with connect(vendor) as typeform:
        cursor = typeform.cursor_since("responses", since)

    records, _ = read(vendor, cursor)

    wanted = {row["token"] for rows in vendor.responses.values() for row in rows if row["submitted_at"] >= "2026-08-20"}
    assert {record.id for record in records} == wanted != set()


def test_discover_lists_questions_by_ref_with_titles_and_choices(vendor: TypeformSandbox) -> None:
    """Questions inside of groups too, and hidden fields."""
    with connect(vendor) as typeform:
        fields = {field.path: field for field in typeform.discover("responses")}

    size = fields[f'answers[ref="size-{CONTACT}"].value']
    assert (size.type, size.label, size.choices) == (
        "enum",
        "How many people work there?",
        ("1 to 10", "11 to 100", "More"),
    )
    assert fields[f'answers[ref="first-{EVENT}"].value'].custom
    assert fields[f'answers[ref="consent-{EVENT}"].value'].type == "boolean"
    assert 'hidden."utm_source"' in fields


def test_check_names_the_forms_and_their_responses(vendor: TypeformSandbox) -> None:
    """What somebody needs to see that this is the right account."""
    with connect(vendor) as typeform:
        checks = typeform.check()

    assert all(check.ok for check in checks)
    assert [check.name for check in checks] == [
        "forms:read",
        f"responses of {EVENT}",
        f"responses of {CONTACT}",
        "webhooks",
    ]


@pytest.mark.parametrize("scope", ["forms:read", "responses:read"])
def test_check_names_the_scope_that_is_missing(vendor: TypeformSandbox, scope: str) -> None:
    """And how to get it."""
    vendor.scopes.discard(scope)

    with connect(vendor, forms=[CONTACT]) as typeform:
        failed = [check for check in typeform.check() if not check.ok]

    assert len(failed) == 1
    assert failed[0].name == ("forms:read" if scope == "forms:read" else f"responses of {CONTACT}")
    assert scope in failed[0].fix


def test_another_stream_is_refused_by_name(vendor: TypeformSandbox) -> None:
    """A typo in `streams` says what there is."""
    with connect(vendor) as typeform, pytest.raises(SetupError, match="answers") as caught:
        list(typeform.pull("answers", None))

    assert "responses" in caught.value.fix
