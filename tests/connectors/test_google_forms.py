"""Google Forms, read from the stand-in over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse

from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import SetupError, TransientError
from connectors.google_forms.connector import GoogleForms
from connectors.google_forms.questions import form_of, record_data
from connectors.google_forms.settings import GoogleFormsConfig
from hub.sync import sync_source
from sandbox.google_forms import COMPANY, EMAIL, FORM_ID, NAME, TOPICS, GoogleFormsSandbox
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.hub.test_sources import section

QUICK = {"reads_per_minute": 1_000_000}
AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture(scope="module")
def running() -> Iterator[GoogleFormsSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with GoogleFormsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: GoogleFormsSandbox) -> GoogleFormsSandbox:
    """A running stand-in with its seeded form."""
    running.reset()
    return running


@pytest.fixture
def quiet(vendor: GoogleFormsSandbox) -> GoogleFormsSandbox:
    """A running stand-in whose form nobody filled in."""
    vendor.responses.clear()
    return vendor


def connect(vendor: GoogleFormsSandbox, **settings: Any) -> GoogleForms:
    """A connector pointed at the stand-in by nothing but its settings."""
    return GoogleForms(GoogleFormsConfig(**{**vendor.settings(), **QUICK, **settings}))


def pages_of(vendor: GoogleFormsSandbox, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
    """Read to the end."""
    with connect(vendor, **settings) as forms:
        return list(forms.pull("responses", cursor))


def read(
    vendor: GoogleFormsSandbox, cursor: Cursor | None = None, **settings: Any
) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    pages = pages_of(vendor, cursor, **settings)
    last = pages[-1].cursor
    assert last is not None
    assert "token" not in last
    return [record for page in pages for record in page.records], last


def ids(records: list[SourceRecord]) -> set[str]:
    """Their ids."""
    return {record.id for record in records}


def all_ids(vendor: GoogleFormsSandbox) -> set[str]:
    """Everybody who filled the form in."""
    return {row["responseId"] for row in vendor.responses}


def test_a_first_read_takes_every_response_once(vendor: GoogleFormsSandbox) -> None:
    """Also those that a mapping will hold."""
    records, _ = read(vendor, page_size=4)

    assert len(records) == len(vendor.responses)
    assert ids(records) == all_ids(vendor)


def test_calls_of_a_first_read_of_nothing_new_and_of_an_answer_more(vendor: GoogleFormsSandbox) -> None:
    """The list, and the form where there is something to name; one call when nothing was sent."""
    counts = []
    cursor: Cursor | None = None
    for sent in (False, False, True):
        if sent:
            vendor.submit_many(1)
        with vendor.counting() as calls, connect(vendor) as forms:
            cursor = list(forms.pull("responses", cursor))[-1].cursor
        assert forms.calls == len(calls)
        counts.append(len(calls) - sum(call.path == "/token" for call in calls))

    assert counts == [2, 1, 2]


def test_only_what_was_sent_since_comes_the_second_time(vendor: GoogleFormsSandbox) -> None:
    """New answers, and edited ones under the same id."""
    _, cursor = read(vendor)
    new = vendor.submit_many(1)[0]
    vendor.edit(vendor.responses[0], COMPANY, "Acme")

    records, _ = read(vendor, cursor)

    assert ids(records) == {new["responseId"], vendor.responses[0]["responseId"]}
    assert "Acme" in {record.data.get("Company") for record in records}


def test_an_answer_stands_under_its_questions_title_and_under_its_id(vendor: GoogleFormsSandbox) -> None:
    """Text, a list where several may be chosen even if one was, files, rows of a grid."""
    record = read(vendor)[0][0]

    assert record.data["Your name"] == record.data["answers"][NAME]
    assert record.data["What are you interested in?"] == ["Demo"]
    assert record.data["How do you find us?: Speed"] == "Good"
    assert record.data["A plan of your office"][0]["fileName"] == "plan.pdf"
    assert (record.data["formId"], record.data["formTitle"]) == (FORM_ID, "Contact us")
    assert record.changed_at == vendor.responses[0]["lastSubmittedTime"]


def test_questions_of_one_title_and_of_the_vendors_own_names_are_told_apart() -> None:
    """By a number behind; whatever capitals, since mappings may not look at them. A blank title is the id."""
    titles = ("Name", "name ", "CreateTime", "  ", "Line\n two")
    items = [
        {"title": title, "questionItem": {"question": {"questionId": str(at), "textQuestion": {}}}}
        for at, title in enumerate(titles)
    ]

    form = form_of({"info": {"title": "F"}, "items": items})

    assert [each.label for each in form.questions.values()] == ["Name", "name (2)", "CreateTime (2)", "3", "Line two"]


def test_an_answer_to_a_question_that_was_taken_out_is_kept_by_its_id(vendor: GoogleFormsSandbox) -> None:
    """Forms change; what people answered stays."""
    vendor.items = [item for item in vendor.items if item["title"] != "What are you interested in?"]

    records, _ = read(vendor)

    assert records[1].data["answers"][TOPICS] == ["Demo", "Price list"]
    assert "What are you interested in?" not in records[1].data


def test_a_question_that_changes_its_type_changes_its_answers_shape_and_nothing_breaks(
    vendor: GoogleFormsSandbox,
) -> None:
    """One choice where several were possible: several answers of old stay a list."""
    for item in vendor.items:
        if item["title"] == "What are you interested in?":
            item["questionItem"]["question"]["choiceQuestion"]["type"] = "RADIO"

    answers = [record.data["What are you interested in?"] for record in read(vendor)[0][:2]]

    assert answers == ["Demo", ["Demo", "Price list"]]


def test_unknown_fields_and_kinds_of_questions_do_no_harm(vendor: GoogleFormsSandbox) -> None:
    """A vendor may add some any day."""
    vendor.items.append({"title": "New", "questionItem": {"question": {"questionId": "9", "hologramQuestion": {}}}})
    vendor.items.append({"title": "A film", "videoItem": {}})
    vendor.responses[0] |= {"mood": {"score": 9_007_199_254_740_993}}
    vendor.responses[0]["answers"]["9"] = {"questionId": "9", "hologramAnswers": {}}

    record = read(vendor)[0][0]

    assert record.data["New"] == ""
    assert record.data["mood"] == {"score": 9_007_199_254_740_993}


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_killed_read_resumes_behind_any_page(vendor: GoogleFormsSandbox, newest_first: bool) -> None:
    """Whoever stored a page and its cursor together loses nothing and gets nothing twice."""
    vendor.newest_first = newest_first
    pages = pages_of(vendor, page_size=4)
    assert len(pages) > 3

    for number, page in enumerate(pages[:-1]):
        done = ids([record for page in pages[: number + 1] for record in page.records])
        rest, _ = read(vendor, page.cursor, page_size=4)
        assert done | ids(rest) == all_ids(vendor)
        assert not done & ids(rest)


def test_a_page_whose_name_is_not_known_any_more_begins_the_read_again(vendor: GoogleFormsSandbox) -> None:
    """A read killed last week goes on from nowhere; nothing is lost."""
    _, cursor = read(vendor)
    vendor.submit_many(9)
    unfinished = pages_of(vendor, cursor, page_size=4)[0].cursor
    vendor.forget_pages()

    records, _ = read(vendor, unfinished, page_size=4)

    assert len(records) == len(ids(records)) == 9


@pytest.mark.parametrize("newest_first", [True, False])
def test_answers_sent_and_edited_while_we_page_are_not_lost(quiet: GoogleFormsSandbox, newest_first: bool) -> None:
    """In whichever order the vendor lists them, which it does not say: this read or the next has each as it is."""
    quiet.newest_first = newest_first
    for minute in range(40):
        quiet.submit_many(1, at=AN_HOUR_AGO + timedelta(minutes=minute))
    old = list(quiet.responses)

    def meanwhile() -> None:
        quiet.submit_many(1)
        quiet.edit(old.pop(), NAME, "Edited Li")
        quiet.edit(old.pop(0), NAME, "Edited Li")

    quiet.between = meanwhile
    first, cursor = read(quiet, page_size=10)
    quiet.between = lambda: None
    then, _ = read(quiet, cursor)

    met = {record.id: record.data["Your name"] for record in [*first, *then]}
    assert met == {row["responseId"]: _name_in(row) for row in quiet.responses}


def _name_in(row: dict[str, Any]) -> str:
    name: str = row["answers"][NAME]["textAnswers"]["answers"][0]["value"]
    return name


def test_a_crowd_of_one_moment_larger_than_a_page_comes_whole(quiet: GoogleFormsSandbox) -> None:
    """Pages join by the vendor's own name for the next, not by time."""
    quiet.submit_many(25, at=AN_HOUR_AGO)

    records, cursor = read(quiet, page_size=7)

    assert len(records) == len(ids(records)) == 25
    assert read(quiet, cursor)[0] == []


def test_fewer_rows_than_asked_are_no_end(vendor: GoogleFormsSandbox) -> None:
    """Only a page that names no further one is the last."""
    vendor.most_rows = 3

    assert ids(read(vendor)[0]) == all_ids(vendor)


def test_an_answer_shown_late_is_met_by_the_next_read(quiet: GoogleFormsSandbox) -> None:
    """A read reaches back before the beginning of the last one."""
    _, cursor = read(quiet)
    quiet.submit_many(1, at=datetime.now(UTC) - timedelta(minutes=4))

    assert len(read(quiet, cursor)[0]) == 1


def test_a_vendor_that_filters_by_first_sending_is_read_whole(vendor: GoogleFormsSandbox) -> None:
    """Which time the filter goes by is not settled; where edits do not come, a setting asks without it."""
    vendor.filters_by = "createTime"
    _, cursor = read(vendor)
    vendor.edit(vendor.responses[0], COMPANY, "Acme")

    assert read(vendor, cursor)[0] == []
    records, _ = read(vendor, cursor, filtered=False)

    assert records[0].data["Company"] == "Acme"
    assert ids(records) == all_ids(vendor)


def test_pages_that_go_round_in_a_circle_end_the_run(vendor: GoogleFormsSandbox) -> None:
    """Rather than run forever."""
    answer = {"responses": [], "nextPageToken": "page-1"}
    vendor.faults.add(lambda _: JSONResponse(answer), at="/responses", times=2)

    with pytest.raises(TransientError, match="circle"):
        read(vendor)


def test_a_form_that_nobody_filled_in_is_read_and_can_be_read_again(quiet: GoogleFormsSandbox) -> None:
    """Nothing is a result, not a fault; the form itself is not even asked for."""
    with quiet.counting() as calls:
        records, cursor = read(quiet)
        again, _ = read(quiet, cursor)

    assert records == again == []
    assert {call.path for call in calls} == {"/token", f"/v1/forms/{FORM_ID}/responses"}


def test_a_read_since_a_time_takes_what_was_sent_since(vendor: GoogleFormsSandbox) -> None:
    """For `--since`, without a read before it; the very moment included."""
    since = datetime.fromisoformat(vendor.responses[5]["createTime"])
    with connect(vendor) as forms:
        cursor = forms.cursor_since("responses", since)

    assert ids(read(vendor, cursor, overlap=0)[0]) == {row["responseId"] for row in vendor.responses[5:]}


def test_discover_lists_the_questions_with_types_and_choices(vendor: GoogleFormsSandbox) -> None:
    """One with an "Other …" has no closed choices."""
    with connect(vendor) as forms:
        fields = {field.label: field for field in forms.discover("responses")}

    assert fields["What are you interested in?"].choices == ("Demo", "Price list")
    assert fields["What are you interested in?"].path == '"What are you interested in?"'
    assert [fields[name].type for name in ("Country", "How many seats?", "When may we visit?")] == [
        "enum",
        "number",
        "date",
    ]
    assert fields["Country"].choices == ()
    assert fields["Your name"].custom
    assert not fields["First sent"].custom


def test_check_names_the_form_and_its_questions(vendor: GoogleFormsSandbox) -> None:
    """What somebody needs to see that this is the right form."""
    with connect(vendor) as forms:
        checks = forms.check()

    assert [(check.name, check.ok) for check in checks] == [("form", True), ("responses", True)]
    assert "Contact us: Your name" in checks[0].text


def test_an_address_of_editing_is_an_id(vendor: GoogleFormsSandbox) -> None:
    """That is what people have at hand."""
    address = f"https://docs.google.com/forms/d/{FORM_ID}/edit#responses"

    assert ids(read(vendor, form=address)[0]) == all_ids(vendor)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("https://docs.google.com/forms/d/e/1FAIpQLSc/viewform", "filled in"),
        ("https://forms.gle/AbCd", "filled in"),
        ("contact us", "no form's id"),
    ],
)
def test_what_is_no_id_is_refused_at_once(form: str, said: str) -> None:
    """The public address bears another id, by which the API knows nothing."""
    with pytest.raises(ValueError, match=said):
        GoogleFormsConfig.model_validate({"form": form, "access_token": "x"})


def test_another_stream_is_refused_by_name(vendor: GoogleFormsSandbox) -> None:
    """A typo in `streams` says what there is."""
    with connect(vendor) as forms, pytest.raises(SetupError, match="answers") as caught:
        list(forms.pull("answers", None))

    assert "responses" in caught.value.fix


def test_a_response_without_an_id_is_a_fault() -> None:
    """It could not be told from another."""
    with pytest.raises(TransientError, match="responseId"):
        record_data({"createTime": "2026-08-03T09:00:00Z"}, form_of({"info": {}}), FORM_ID)


def test_a_form_becomes_leads_and_stays_what_it_became(opened: OpenHub, vendor: GoogleFormsSandbox) -> None:
    """Through the shipped mapping; read again nothing changes; a new answer is a new lead, an edit an update."""
    hub = opened(TOML + section("form", vendor, **QUICK, filtered=False))
    rows = len(vendor.responses)

    first = sync_source(hub, "form")[0].counts
    again = sync_source(hub, "form")[0].counts
    vendor.submit_many(1)
    vendor.edit(vendor.responses[0], COMPANY, "Acme Rockets")
    vendor.edit(vendor.responses[1], EMAIL, "ann.acme@example.com")
    then = sync_source(hub, "form")[0].counts

    assert (first.read, first.created, first.held) == (rows, rows - 2, 2)
    assert (again.created, again.updated, again.merged) == (0, 0, 0)
    assert (then.created, then.updated) == (2, 1)
    with hub.store.read() as db:
        assert db.select("SELECT COUNT(*) FROM v_leads WHERE organization_name = 'Acme Rockets'")[0][0] == 1
