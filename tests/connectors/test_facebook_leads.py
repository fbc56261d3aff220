"""Facebook Lead Ads, read from the stand-in over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.errors import SetupError
from hub.opening import open_hub
from hub.sync import sync_source
from sandbox.facebook_leads import PAGE, QUOTE, WEBINAR, FacebookLeadsSandbox, form, question
from tests.connectors.facebook import AN_HOUR_AGO, connect, pages, quiet, read


@pytest.fixture(scope="module")
def running() -> Iterator[FacebookLeadsSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with FacebookLeadsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: FacebookLeadsSandbox) -> FacebookLeadsSandbox:
    """A running stand-in with its seeded page."""
    running.reset()
    return running


def ids(leads: list[dict[str, str]]) -> list[str]:
    return [lead["id"] for lead in leads]


def everybody(vendor: FacebookLeadsSandbox) -> set[str]:
    """All leads but the test lead."""
    rows = [lead for leads in vendor.leads.values() for lead in leads]
    return {lead["id"] for lead in rows if "<test lead" not in json.dumps(lead)}


def test_a_first_read_takes_every_lead_of_every_form_once(vendor: FacebookLeadsSandbox) -> None:
    """Ids beyond 2^53 stay exact; the testing tool's lead is left out, and that is said."""
    got = pages(vendor, page_size=7)

    records = [record for page in got for record in page.records]
    assert sorted(record.id for record in records) == sorted(everybody(vendor))
    assert f"form {QUOTE}: 1 test leads left out" in [notice for page in got for notice in page.notices]


def test_a_first_read_costs_a_call_for_the_forms_and_one_for_each_page(vendor: FacebookLeadsSandbox) -> None:
    """100 leads in each: the fewest that the vendor allows."""
    quiet(vendor).add_leads(250, at=AN_HOUR_AGO)

    with vendor.counting() as calls, connect(vendor) as source:
        list(source.pull("leads", None))

    assert len(calls) == 1 + 3
    assert source.calls == len(calls)


def test_only_what_is_new_comes_the_second_time(vendor: FacebookLeadsSandbox) -> None:
    """One call for each form when nothing is; the newest lead's neighbourhood is read again."""
    _, cursor = read(vendor)
    made = vendor.add_leads(2, WEBINAR)

    with vendor.counting() as calls:
        records, cursor = read(vendor, cursor, overlap=0)
    again, _ = read(vendor, cursor, overlap=0)

    assert set(ids(made)) <= {record.id for record in records}
    assert len(records) <= 4
    assert {record.id for record in again} <= {record.id for record in records}
    assert len(calls) == 1 + 2


@pytest.mark.parametrize("inclusive", [True, False])
def test_a_lead_of_the_very_second_of_the_last_one_comes(vendor: FacebookLeadsSandbox, inclusive: bool) -> None:
    """Whether "greater than" takes its own second in is not told."""
    quiet(vendor).inclusive = inclusive
    vendor.add_leads(1, at=AN_HOUR_AGO)
    _, cursor = read(vendor, overlap=0)
    late = vendor.add_leads(1, at=AN_HOUR_AGO)

    records, _ = read(vendor, cursor, overlap=0)

    assert late[0]["id"] in {record.id for record in records}


def test_a_lead_that_shows_late_is_met_by_the_next_read(vendor: FacebookLeadsSandbox) -> None:
    """A read reaches back before the newest lead of the last one."""
    quiet(vendor).add_leads(1, at=AN_HOUR_AGO)
    _, cursor = read(vendor)
    late = vendor.add_leads(1, at=AN_HOUR_AGO - timedelta(minutes=5))

    records, _ = read(vendor, cursor)

    assert late[0]["id"] in {record.id for record in records}


@pytest.mark.parametrize("oldest_first", [True, False])
@pytest.mark.parametrize("by_offset", [True, False])
def test_a_killed_read_goes_on_behind_any_page(
    vendor: FacebookLeadsSandbox, by_offset: bool, oldest_first: bool
) -> None:
    """Whoever stored a page and its cursor together loses nothing, and reads the rest only."""
    vendor.by_offset, vendor.oldest_first = by_offset, oldest_first
    got = pages(vendor, page_size=4)

    for number, page in enumerate(got):
        cursor = json.loads(json.dumps(page.cursor))
        done = {record.id for each in got[: number + 1] for record in each.records}
        rest = {record.id for each in (pages(vendor, cursor, page_size=4, overlap=0)) for record in each.records}
        assert done | rest == everybody(vendor)
        assert len(done & rest) <= 2


def test_what_comes_while_a_read_is_broken_off_is_met_by_the_next(vendor: FacebookLeadsSandbox) -> None:
    """Newest first: what comes at the front is behind a read that goes on from its middle."""
    got = pages(vendor, page_size=4)
    made = vendor.add_leads(3)

    rest, cursor = read(vendor, got[1].cursor, page_size=4)
    after, _ = read(vendor, cursor)

    assert set(ids(made)) & {record.id for record in rest} == set()
    assert set(ids(made)) <= {record.id for record in after}


@pytest.mark.parametrize("by_offset", [True, False])
def test_leads_that_come_while_we_page_hide_nobody_and_double_nobody(
    vendor: FacebookLeadsSandbox, by_offset: bool
) -> None:
    """Where pages are counted, each one that comes pushes one back over the border."""
    quiet(vendor).by_offset = by_offset
    made = [lead["id"] for n in range(40) for lead in vendor.add_leads(1, at=AN_HOUR_AGO + timedelta(seconds=n))]
    met: list[str] = []

    with connect(vendor, page_size=10) as source:
        for page in source.pull("leads", None):
            met += [record.id for record in page.records]
            vendor.add_leads(3)
            cursor = page.cursor
    later, _ = read(vendor, cursor)

    assert sorted(met) == sorted(made)
    assert {record.id for record in later} | set(met) >= everybody(vendor)


def test_leads_forgotten_while_we_page_hide_nobody(vendor: FacebookLeadsSandbox) -> None:
    """The vendor forgets after 90 days, the row of our cursor too."""
    quiet(vendor)
    made = [lead for n in range(40) for lead in vendor.add_leads(1, at=AN_HOUR_AGO + timedelta(seconds=n))]
    met: set[str] = set()

    with connect(vendor, page_size=10) as source:
        for page in source.pull("leads", None):
            met |= {record.id for record in page.records}
            for lead in [lead for lead in vendor.leads[QUOTE] if lead["id"] in met][-3:]:
                vendor.remove(lead)

    assert met == set(ids(made))


def test_more_leads_in_one_second_than_a_page_holds_all_come(vendor: FacebookLeadsSandbox) -> None:
    """A campaign's first second."""
    made = quiet(vendor).add_leads(37, at=AN_HOUR_AGO)

    first, cursor = read(vendor, page_size=5)
    again, _ = read(vendor, cursor, page_size=5, overlap=0)

    assert sorted(record.id for record in first) == sorted(ids(made))
    assert sorted(record.id for record in again) == sorted(ids(made))


def test_a_page_may_be_empty_and_have_a_next_one(vendor: FacebookLeadsSandbox) -> None:
    """Only the absence of a next page is the end."""
    vendor.empty_pages, vendor.most_rows = 2, 6

    records, _ = read(vendor)

    assert {record.id for record in records} == everybody(vendor)


def test_a_page_that_the_vendor_no_longer_knows_begins_its_form_anew(vendor: FacebookLeadsSandbox) -> None:
    """A stored place may be days old."""
    quiet(vendor).add_leads(9, at=AN_HOUR_AGO)
    stale = {"since": None, "forms": {QUOTE: {"newest": 1, "next": {"after": "not-base64!"}}}}

    got = pages(vendor, stale, page_size=4)

    assert len({record.id for page in got for record in page.records}) == 9
    assert "refused the stored page" in got[0].notices[0]


def test_a_new_form_is_read_from_its_beginning_however_far_the_others_are(vendor: FacebookLeadsSandbox) -> None:
    """Marketing makes a form for each campaign."""
    _, cursor = read(vendor)
    vendor.add_form(form("3000009", "New", [question("email", "Email", "EMAIL")]))
    made = vendor.add_leads(2, "3000009", at=AN_HOUR_AGO - timedelta(days=30))

    records, _ = read(vendor, cursor, overlap=0)

    assert set(ids(made)) <= {record.id for record in records}


def test_a_form_without_leads_and_a_page_without_forms_can_be_read_again(vendor: FacebookLeadsSandbox) -> None:
    """Nothing is a result, not a fault."""
    records, cursor = read(quiet(vendor))

    assert records == []
    assert read(vendor, cursor)[0] == []
    vendor.forms = {}
    assert pages(vendor) == []


def test_chosen_forms_alone_are_read(vendor: FacebookLeadsSandbox) -> None:
    """Each is asked for by its id: the right to list the page's forms is not needed."""
    vendor.rights -= {"pages_show_list"}

    records, _ = read(vendor, forms=[WEBINAR])

    assert {record.data["form_id"] for record in records} == {WEBINAR}


def test_a_read_since_a_time_takes_what_was_sent_since(vendor: FacebookLeadsSandbox) -> None:
    """For `--since`, without a read before it."""
    since = datetime(2026, 9, 10, tzinfo=UTC)
    with connect(vendor) as source:
        cursor = source.cursor_since("leads", since)

    records, _ = read(vendor, cursor)

    assert 0 < len(records) < len(everybody(vendor))
    assert all(datetime.fromisoformat(record.changed_at or "") >= since for record in records)


def test_a_time_without_zone_is_no_start(vendor: FacebookLeadsSandbox) -> None:
    """It would be read in whatever zone this machine is in."""
    with connect(vendor) as source, pytest.raises(SetupError, match="time zone"):
        source.cursor_since("leads", datetime(2026, 9, 10))  # noqa: DTZ001 -- the case


def test_answers_have_names_by_key_by_type_and_by_label(vendor: FacebookLeadsSandbox) -> None:
    """Keys are each form's own; the type of the vendor's questions is the same everywhere."""
    records, _ = read(vendor)

    quote = next(r.data for r in records if r.data["form_id"] == QUOTE)
    webinar = next(r.data for r in records if r.data["form_id"] == WEBINAR and "firma" in r.data["answers"])
    assert quote["answers_by_label"]["How many seats?"] == quote["answers"]["how_many_seats?"] != ""
    assert webinar["answers_by_type"]["company_name"] == webinar["answers"]["firma"]
    assert webinar["form"] == {"id": WEBINAR, "name": "Webinar 报名"}
    assert {"name": "firma", "values": [webinar["answers"]["firma"]]} in webinar["field_data"]


def test_several_choices_are_a_list_none_is_nothing_and_new_fields_stay(vendor: FacebookLeadsSandbox) -> None:
    """What the vendor adds tomorrow is kept as it comes."""
    lead = quiet(vendor).add_leads(1)[0]
    lead["field_data"] = [
        {"name": "which", "values": ["a", "b"]},
        {"name": "why", "values": []},
        {"name": "email", "values": ["a@b.example"], "confidence": 0.9},
    ]
    lead["brand_new"] = {"x": 2**70}

    records, _ = read(vendor, lead_fields="id,form_id,created_time,field_data,brand_new")

    assert records[0].data["answers"] == {"which": ["a", "b"], "why": None, "email": "a@b.example"}
    assert records[0].data["brand_new"] == {"x": 2**70}


def test_test_leads_are_kept_when_asked_for(vendor: FacebookLeadsSandbox) -> None:
    """While somebody sets things up, they are what there is."""
    records, _ = read(vendor, test_leads=True)

    assert len(records) == len(everybody(vendor)) + 1


def test_discover_lists_the_questions_of_all_forms_with_their_choices(vendor: FacebookLeadsSandbox) -> None:
    """A key with a dot is quoted, as a mapping's path wants it."""
    vendor.add_form(form("3000009", "New", [question("a.b", "Odd key")]))
    with connect(vendor) as source:
        fields = {field.path: field for field in source.discover("leads")}

    assert fields["answers.how_many_seats?"].choices == ("1-10", "11-50", "more_than_50")
    assert fields["answers.how_many_seats?"].choice_labels[2] == "more than 50"
    assert fields["answers.how_many_seats?"].custom
    assert not fields["answers.email"].custom
    assert fields['answers."a.b"'].label == "Odd key"


def test_leads_that_are_counted_and_not_shown_are_told_at_the_first_read(vendor: FacebookLeadsSandbox) -> None:
    """Older than 90 days, or hidden by Leads access: the vendor gives no error."""
    vendor.forms[QUOTE]["leads_count"] += 5

    got = pages(vendor)

    told = " ".join(notice for page in got for notice in page.notices)
    assert f"form {QUOTE} counts" in told
    assert "Leads access" in told
    assert f"form {WEBINAR} counts" not in told


def test_check_names_the_page_and_tries_each_right(vendor: FacebookLeadsSandbox) -> None:
    """All that a page with webhooks needs."""
    with connect(vendor, app_secret=vendor.app_secret, verify_token="word") as source:
        checks = source.check()

    assert [(check.name, check.ok) for check in checks] == [
        (name, True) for name in ("credentials", "forms", "leads", "webhook", "rate")
    ]
    assert PAGE in checks[0].text


@pytest.mark.parametrize(
    ("right", "check"),
    [("pages_show_list", "forms"), ("leads_retrieval", "leads"), ("pages_manage_metadata", "webhook")],
)
def test_check_names_the_right_that_is_missing(vendor: FacebookLeadsSandbox, right: str, check: str) -> None:
    """And the others go on being tried."""
    vendor.rights -= {right}

    with connect(vendor, app_secret=vendor.app_secret, verify_token="word") as source:
        failed = {each.name: each for each in source.check() if not each.ok}

    assert list(failed) == [check]
    assert right in failed[check].fix


def test_check_says_how_a_page_is_made_to_tell_of_leads(vendor: FacebookLeadsSandbox) -> None:
    """The app's settings alone are not enough; half of our own neither."""
    vendor.subscribed = []
    with connect(vendor, app_secret=vendor.app_secret, verify_token="word") as source:
        untold = source.check()[3]
    with connect(vendor, app_secret=vendor.app_secret) as source:
        half = source.check()[3]

    assert "subscribed_fields=leadgen" in untold.fix
    assert "verify_token" in half.text


def test_another_stream_is_refused_by_name(vendor: FacebookLeadsSandbox) -> None:
    """A typo in `streams` says what there is."""
    with connect(vendor) as source, pytest.raises(SetupError, match="contacts") as caught:
        list(source.pull("contacts", None))

    assert "leads" in caught.value.fix


def test_a_page_becomes_leads_by_the_shipped_mapping_and_stays_as_it_is(
    vendor: FacebookLeadsSandbox, tmp_path: Path
) -> None:
    """End to end, twice; the one without a name is held."""
    settings = "".join(f"{name} = {json.dumps(value)}\n" for name, value in vendor.settings().items())
    (tmp_path / "hub.toml").write_text(f'[sources.facebook]\nconnector = "facebook_leads"\n{settings}')
    with open_hub(tmp_path) as hub:
        (first,) = sync_source(hub, "facebook")
        (second,) = sync_source(hub, "facebook")
        with hub.store.read() as db:
            rows = db.select("SELECT source, organization_name FROM v_leads")

    assert first.error is None
    assert first.counts.created == len(rows) == len(everybody(vendor)) - 1
    assert first.counts.held == 1
    assert second.error is None
    assert second.counts.read == second.counts.unchanged
    assert {row[0] for row in rows} == {"Facebook", "Instagram"}
    assert any(row[1] for row in rows)
