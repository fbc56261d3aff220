"""What goes wrong at Salesforce's door, and what the connector makes of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.connector import Cursor, Page
from connectors.errors import ConnectorError, CredentialsError, QuotaError, SetupError, TransientError
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.connector import Salesforce
from sandbox.salesforce.standin import SalesforceSandbox
from sandbox.vendor import Fault, Faults, cut_body, html, status

QUICK: dict[str, Any] = {"poll_first_seconds": 0.001}
BULK: dict[str, Any] = QUICK | {"bulk_above": 0, "bulk_page": 10}


@pytest.fixture(scope="module")
def server() -> Iterator[SalesforceSandbox]:
    with SalesforceSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: SalesforceSandbox) -> SalesforceSandbox:
    server.reset()
    return server


def connect(sandbox: SalesforceSandbox, flow: str = "token", **settings: Any) -> Salesforce:
    return Salesforce(SalesforceConfig.model_validate(sandbox.settings(flow) | QUICK | settings))


def pages(sandbox: SalesforceSandbox, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
    with connect(sandbox, **settings) as source:
        return list(source.pull("Lead", cursor))


def ids(read: list[Page]) -> set[str]:
    return {record.id for page in read for record in page.records}


def cursor_of_failed(sandbox: SalesforceSandbox, cursor: Cursor | None, said: str, **settings: Any) -> Cursor | None:
    """Read until it fails with a transient error that says so; give the last cursor that came before."""
    with connect(sandbox, **settings) as source:
        pull = source.pull("Lead", cursor)
        while True:
            try:
                cursor = next(pull).cursor
            except TransientError as error:
                if said not in str(error):
                    raise
                return cursor


def refusing(code: str, http: int) -> Fault:
    return lambda _: JSONResponse([{"message": "said so", "errorCode": code}], status_code=http)


@pytest.mark.parametrize("flow", ["soap", "password", "client", "jwt"])
def test_a_session_that_ends_in_mid_read_is_renewed_once(sandbox: SalesforceSandbox, flow: str) -> None:
    """Sessions last two hours by default; first reads last longer."""
    sandbox.page_size = 10
    with connect(sandbox, flow) as source, sandbox.counting() as calls:
        read = []
        for page in source.pull("Lead", None):
            read.append(page)
            sandbox.expire_sessions()
    assert len(ids(read)) == 27
    assert sum(call.path.endswith("/token") or "/Soap/" in call.path for call in calls) == 3


def test_without_an_app_the_password_signs_in_by_soap_and_by_oauth_where_that_is_no_more(
    sandbox: SalesforceSandbox,
) -> None:
    """SOAP's login takes no app and is on its way out; OAuth's password flow needs an app."""
    with connect(sandbox, "soap") as source, sandbox.counting() as calls:
        assert len(ids(list(source.pull("Lead", None)))) == 27
    assert next(call.path for call in calls) == "/services/Soap/u/62.0"
    newer = connect(sandbox, "soap", api_version="67.0")
    with newer, sandbox.counting() as calls, pytest.raises(SetupError):  # the stand-in's REST is older
        newer.discover("Lead")
    assert next(call.path for call in calls) == "/services/Soap/u/64.0"
    sandbox.soap_off = True
    with connect(sandbox, "soap") as source, pytest.raises(CredentialsError, match="invalid_client_id") as caught:
        source.discover("Lead")
    assert "client_id" in caught.value.fix


@pytest.mark.parametrize(
    ("change", "said", "fix"),
    [
        ({"password": "wrong & <bad>"}, "INVALID_LOGIN", "locked"),
        ({"security_token": "old"}, "LOGIN_MUST_USE_SECURITY_TOKEN", "security_token"),
    ],
)
def test_a_refused_soap_login_is_tried_once_says_why_and_shows_no_secret(
    sandbox: SalesforceSandbox, change: dict[str, str], said: str, fix: str
) -> None:
    """SOAP says it by 500, which is repeated elsewhere; repeated here it would lock the user out."""
    source = connect(sandbox, "soap", **change)
    with source, sandbox.counting() as calls, pytest.raises(CredentialsError, match=said) as caught:
        source.discover("Lead")
    assert len(calls) == 1
    assert fix in caught.value.fix
    assert all(secret not in f"{caught.value!r} {caught.value}" for secret in change.values() if len(secret) > 3)


def test_a_soap_login_that_is_answered_by_nonsense_is_tried_again_later(sandbox: SalesforceSandbox) -> None:
    """A host in maintenance answers with a page of its own."""
    sandbox.faults.add(lambda _: Response("be right back", media_type="text/plain"), at="/Soap/")
    with connect(sandbox, "soap") as source, pytest.raises(TransientError, match="no XML"):
        source.discover("Lead")


@pytest.mark.parametrize(
    ("error", "said", "fix"),
    [
        ("invalid_grant", "user hasn't approved this consumer", "pre-authorize"),
        ("invalid_grant", "no client credentials user enabled", "run-as user"),
        ("invalid_client_id", "client identifier invalid", "Consumer Key"),
    ],
)
def test_a_refused_login_says_what_to_ask_the_admin_for(
    sandbox: SalesforceSandbox, error: str, said: str, fix: str
) -> None:
    """Each is a switch in the org that only its admin can turn."""
    refused = {"error": error, "error_description": said}
    sandbox.faults.add(lambda _: JSONResponse(refused, status_code=400), at="/token")
    with connect(sandbox, "client") as source, pytest.raises(CredentialsError) as caught:
        source.discover("Lead")
    assert fix in caught.value.fix


@pytest.mark.parametrize("http", [400, 401, 403])
def test_bulk_tells_the_end_of_a_session_in_three_ways_and_all_are_renewed(
    sandbox: SalesforceSandbox, http: int
) -> None:
    """The same code comes as 400, 401 or 403."""
    sandbox.bulk_expired_status = http
    with connect(sandbox, "password", **BULK) as source:
        read = []
        for page in source.pull("Lead", None):
            read.append(page)
            sandbox.expire_sessions()
    assert len(ids(read)) == 27


def test_a_bare_token_that_ended_asks_for_a_new_one(sandbox: SalesforceSandbox) -> None:
    """The hub cannot renew what it did not get itself."""
    sandbox.expire_sessions()
    with pytest.raises(CredentialsError, match="INVALID_SESSION_ID") as caught:
        pages(sandbox)
    assert "token" in caught.value.fix


@pytest.mark.parametrize(
    ("flow", "change"),
    [
        ("password", {"password": "wrong-password"}),
        ("client", {"client_secret": "wrong-secret"}),
        ("jwt", {"audience": "https://elsewhere.example"}),
    ],
)
def test_refused_credentials_say_so_and_show_no_secret(
    sandbox: SalesforceSandbox, flow: str, change: dict[str, str]
) -> None:
    """Errors go to logs and alerts."""
    settings = sandbox.settings(flow) | change
    with pytest.raises(CredentialsError) as caught, connect(sandbox, flow, **change) as source:
        list(source.pull("Lead", None))
    secrets = ("password", "security_token", "client_secret", "private_key")
    for name in secrets:
        assert settings.get(name, "?") not in f"{caught.value!r} {caught.value} {caught.value.fix}"


def test_settings_and_errors_never_show_a_secret(sandbox: SalesforceSandbox) -> None:
    """Not even when the vendor repeats it in its message."""
    token = sandbox.settings()["access_token"]
    body = [{"message": f"bad token {token}", "errorCode": "MALFORMED_QUERY"}]
    sandbox.faults.add(lambda _: JSONResponse(body, status_code=400), at="/query")
    with connect(sandbox) as source:
        with pytest.raises(SetupError, match="MALFORMED_QUERY") as caught:
            list(source.pull("Lead", None))
        shown = f"{source.config!r} {source.config} {vars(source)} {caught.value}"
    assert token not in shown
    assert "ready-made" not in json.dumps(source.config.model_dump(mode="json"))


def test_an_unreadable_private_key_is_named_not_shown(sandbox: SalesforceSandbox) -> None:
    """A key pasted with its line ends lost is the usual mistake."""
    with connect(sandbox, "jwt", private_key="-----BEGIN broken") as source:
        with pytest.raises(SetupError, match="private_key") as caught:
            list(source.pull("Lead", None))
        assert "broken" not in str(caught.value)


def test_settings_without_a_whole_way_in_are_refused() -> None:
    """Half a flow fails at the vendor with a riddle; here it says what is missing."""
    with pytest.raises(ValidationError, match="set access_token"):
        SalesforceConfig.model_validate({"base_url": "https://a.example", "username": "x"})
    with pytest.raises(ValidationError, match="My Domain"):
        SalesforceConfig.model_validate({"access_token": "x"})


def test_a_used_up_allowance_stops_at_once(sandbox: SalesforceSandbox) -> None:
    """It is refilled over 24 hours: trying again soon only costs more."""
    sandbox.daily_max = 1
    with sandbox.counting() as calls, pytest.raises(QuotaError, match="REQUEST_LIMIT_EXCEEDED"):
        pages(sandbox)
    assert len(calls) == 2


def test_our_share_of_the_allowance_is_kept(sandbox: SalesforceSandbox) -> None:
    """Others use the org too; stopping early is not success."""
    sandbox.used = 500
    sandbox.daily_max = 1000
    with sandbox.counting() as calls, pytest.raises(QuotaError, match="quota_share"):
        pages(sandbox, quota_share=0.5)
    assert len(calls) == 1
    assert len(ids(pages(sandbox, quota_share=0.9))) == 27


@pytest.mark.parametrize(
    "fault",
    [html(), cut_body, status(503), refusing("UNABLE_TO_LOCK_ROW", 400), refusing("UNKNOWN_EXCEPTION", 500)],
    ids=["html with 200", "cut body", "503", "lock", "unknown"],
)
@pytest.mark.parametrize("at", ["/query", "/results"])
def test_passing_faults_are_ridden_out(sandbox: SalesforceSandbox, fault: Fault, at: str) -> None:
    """Proxies, restarts and locks come and go; the read must not notice."""
    sandbox.faults.add(fault, at=at)
    read = pages(sandbox, **(BULK if at == "/results" else QUICK))
    assert len(ids(read)) == 27


def test_an_answer_that_is_not_json_is_told_as_such(sandbox: SalesforceSandbox) -> None:
    """A body is not always JSON, whatever its type says."""
    sandbox.faults.add(lambda _: Response("oops", media_type="application/json"), at="/describe")
    with pytest.raises(TransientError, match="not JSON"):
        pages(sandbox)


def test_a_redirect_is_not_followed_with_the_token_in_hand(sandbox: SalesforceSandbox) -> None:
    """It could lead to plain http."""
    away = Response(status_code=302, headers={"Location": "http://elsewhere.example/"})
    sandbox.faults.add(lambda _: away, at="/describe")
    with pytest.raises(ConnectorError, match="redirect"):
        pages(sandbox)


def test_a_short_answer_is_never_green_and_the_next_run_reads_it_again(sandbox: SalesforceSandbox) -> None:
    """What is missing lies somewhere before the place that was reached."""
    with connect(sandbox) as source:
        cursor = list(source.pull("Lead", None))[-1].cursor
    new = set(sandbox.org.add_leads(12))
    sandbox.page_size = 5

    def short(request: Request) -> Response:
        return JSONResponse(sandbox.page_of(request, leaving_out=2))

    sandbox.faults.add(short, at="/query/")
    cursor = cursor_of_failed(sandbox, cursor, "11 of 13 rows")
    assert new <= ids(pages(sandbox, cursor))


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("first", [True, False])
def test_a_short_page_is_never_passed_by_the_cursor_so_that_a_crash_behind_it_loses_nothing(
    sandbox: SalesforceSandbox, page: int, first: bool
) -> None:
    """The count at the end is never reached by a read that is killed."""
    with connect(sandbox) as source:
        cursor = None if first else list(source.pull("Lead", None))[-1].cursor
    added = set(sandbox.org.add_leads(18))
    wanted = set(sandbox.org.tables["Lead"]) if first else added
    sandbox.page_size = 5
    seen = itertools.count(1)

    def short(request: Request) -> Response | None:
        return JSONResponse(sandbox.page_of(request, leaving_out=2)) if next(seen) == page else None

    sandbox.faults.add(short, at="/query/01g", times=9)
    got: set[str] = set()
    with connect(sandbox) as source:
        pull = source.pull("Lead", cursor)
        for _ in range(page + 1):  # and there the process dies
            following = next(pull)
            if not following.records:
                break  # it has found out; the error comes next
            got |= {record.id for record in following.records}
            cursor = following.cursor
    sandbox.faults = Faults()
    assert wanted <= got | ids(pages(sandbox, cursor))


def test_rows_that_are_purged_while_they_are_read_are_no_short_page(sandbox: SalesforceSandbox) -> None:
    """They drop out of their page; the count of what is there says so."""
    sandbox.page_size = 5
    rows = sorted(sandbox.org.tables["Account"].values(), key=lambda row: (row["SystemModstamp"], row["Id"]))
    purged = rows[7]["Id"]
    with connect(sandbox) as source:
        pull = source.pull("Account", None)
        read = [next(pull)]
        sandbox.org.purge(purged)
        read += pull
    assert ids(read) == set(sandbox.org.tables["Account"])
    assert purged not in ids(read)


def test_short_results_of_a_job_are_never_green_and_the_next_run_makes_a_new_job(
    sandbox: SalesforceSandbox,
) -> None:
    """The job would stay as short as it is."""
    sandbox.jobs.short_by = 7
    settings = BULK | {"bulk_page": 100}
    cursor = cursor_of_failed(sandbox, None, "20 of 27 rows", **settings)
    sandbox.jobs.short_by = 0
    assert len(ids(pages(sandbox, cursor, **settings))) == 27


def test_a_result_page_with_fewer_rows_than_its_header_says_is_not_taken(sandbox: SalesforceSandbox) -> None:
    """The page is asked for again at the next run."""
    headers = {"Sforce-Locator": "null", "Sforce-NumberOfRecords": "3"}
    sandbox.faults.add(lambda _: Response('"Id"\n"1"\n', headers=headers, media_type="text/csv"), at="/results")
    cursor = cursor_of_failed(sandbox, None, "1 rows and should have 3", **BULK)
    assert len(ids(pages(sandbox, cursor, **BULK))) == 27


def test_a_job_that_somebody_else_removed_after_the_read_is_no_fault(sandbox: SalesforceSandbox) -> None:
    """Everything was read by then."""

    def removed(request: Request) -> Response | None:
        return Response("[]", status_code=404) if request.method == "DELETE" else None

    sandbox.faults.add(removed, at="/jobs/query/", times=9)
    assert len(ids(pages(sandbox, **BULK))) == 27
    assert len(sandbox.jobs.all) == 1


def test_a_login_page_where_a_token_is_due_is_not_a_matter_of_credentials(sandbox: SalesforceSandbox) -> None:
    """A host in maintenance answers with a page of its own."""
    sandbox.faults.add(lambda _: Response("be right back", media_type="text/plain"), at="/token")
    with connect(sandbox, "password") as source, pytest.raises(TransientError, match="without a token"):
        list(source.pull("Lead", None))


def test_a_failed_job_says_why_and_the_next_run_makes_a_new_one(sandbox: SalesforceSandbox) -> None:
    """A cursor that held on to the failed job would fail for a week."""
    sandbox.jobs.fail_with = "InternalServerError : try later"
    cursor = cursor_of_failed(sandbox, None, "try later", **BULK)
    sandbox.jobs.fail_with = ""
    assert len(ids(pages(sandbox, cursor, **BULK))) == 27


def test_a_job_that_failed_for_our_query_is_a_matter_for_a_person(sandbox: SalesforceSandbox) -> None:
    """Trying the same again would fail the same way."""
    sandbox.jobs.fail_with = "InvalidBatch : Field name not found : Foo__c"
    with pytest.raises(SetupError, match="Foo__c"):
        pages(sandbox, **BULK)


def test_a_job_that_takes_too_long_is_waited_for_at_the_next_run(sandbox: SalesforceSandbox) -> None:
    """Its work is not thrown away."""
    sandbox.jobs.polls = 10**6
    settings = BULK | {"poll_give_up_minutes": 0.00005}
    cursor = cursor_of_failed(sandbox, None, "still InProgress", **settings)
    (job,) = sandbox.jobs.all.values()
    job.polls_left = 0
    with sandbox.counting() as calls:
        assert len(ids(pages(sandbox, cursor, **BULK))) == 27
    assert not any(call.method == "POST" for call in calls)


def test_a_query_that_takes_too_long_is_asked_in_halves(sandbox: SalesforceSandbox) -> None:
    """A narrower window is what the vendor tells to do."""
    with connect(sandbox) as source:
        cursor = list(source.pull("Lead", None))[-1].cursor
        new = set(sandbox.org.add_leads(3))
        sandbox.faults.add(refusing("QUERY_TIMEOUT", 400), at="/queryAll", times=2)
        with sandbox.counting() as calls:
            read = list(source.pull("Lead", cursor))
    assert new <= ids(read)
    assert sum("SystemModstamp+%3C+" in call.query for call in calls) >= 1
    assert new <= ids(pages(sandbox, read[-1].cursor))


def test_a_query_that_never_ends_is_given_up(sandbox: SalesforceSandbox) -> None:
    """At a width of a minute there is nothing left to halve."""
    with connect(sandbox) as source:
        cursor = list(source.pull("Lead", None))[-1].cursor
        sandbox.faults.add(refusing("QUERY_TIMEOUT", 400), at="/queryAll", times=100)
        with pytest.raises(TransientError, match="QUERY_TIMEOUT"):
            list(source.pull("Lead", cursor))


def test_a_first_read_that_takes_too_long_goes_by_bulk(sandbox: SalesforceSandbox) -> None:
    """It has no window to halve."""
    sandbox.faults.add(lambda _: None, at="/query")
    sandbox.faults.add(refusing("QUERY_TIMEOUT", 400), at="/query")
    with sandbox.counting() as calls:
        assert len(ids(pages(sandbox))) == 27
    assert any("/jobs/" in call.path for call in calls)


def test_a_lost_query_locator_is_replaced_by_a_new_query(sandbox: SalesforceSandbox) -> None:
    """Locators live two days, and a slow reader may be later."""
    sandbox.page_size = 10
    sandbox.faults.add(refusing("INVALID_QUERY_LOCATOR", 400), at="/query/01g")
    assert len(ids(pages(sandbox))) == 27


def test_check_names_each_right_and_what_is_left(sandbox: SalesforceSandbox) -> None:
    """A newcomer sees at once what is missing."""
    sandbox.org.tables["UserPermissionAccess"].clear()
    del sandbox.org.fields["Opportunity"]
    with connect(sandbox) as source:
        found = {check.name: check for check in source.check()}
    assert found["reachable"].ok
    assert found["rights: Lead"].ok
    assert not found["rights: Opportunity"].ok
    assert found["rights: Opportunity"].fix
    assert "sharing rules" in found["sees all records"].text
    assert "of 15000" in found["calls left"].text


def test_check_names_hidden_and_refused_fields_and_what_to_ask_for(sandbox: SalesforceSandbox) -> None:
    """Field-level security hides a field from describe, or refuses it in a query; the admin has to give both."""
    sandbox.org.hidden = {("Lead", "HasOptedOutOfEmail"), ("Contact", "LastName")}
    sandbox.org.refused = {("Lead", "Rating"), ("Lead", "DoNotCall"), ("Opportunity", "StageName")}
    with connect(sandbox) as source:
        found = {check.name: check for check in source.check()}
    lead = found["rights: Lead"]
    assert lead.ok
    assert "HasOptedOutOfEmail, DoNotCall, so that nobody knows who may not be written to" in lead.text
    assert "Read on Lead.Rating in a permission set" in lead.text
    for stream, field in (("Contact", "LastName"), ("Opportunity", "StageName")):
        assert not found[f"rights: {stream}"].ok
        assert f"Read on {stream}.{field}" in found[f"rights: {stream}"].fix


@pytest.mark.parametrize(
    ("stream", "fix"),
    [("Task", "Access Activities"), ("CampaignMember", "Read on Campaign"), ("Account", "View All on Account")],
)
def test_check_tells_an_object_that_describe_shows_and_a_query_refuses(
    sandbox: SalesforceSandbox, stream: str, fix: str
) -> None:
    """Describe alone promises too much."""

    def refused(request: Request) -> Response | None:
        body = [{"message": f"sObject type '{stream}' is not supported.", "errorCode": "INVALID_TYPE"}]
        asked = f"FROM {stream}" in request.query_params.get("q", "")
        return JSONResponse(body, status_code=400) if asked else None

    sandbox.faults.add(refused, at="/query", times=99)
    with connect(sandbox) as source:
        found = {check.name: check for check in source.check()}
    assert [name for name, check in found.items() if not check.ok] == [f"rights: {stream}"]
    assert fix in found[f"rights: {stream}"].fix


def test_check_says_where_our_share_ends(sandbox: SalesforceSandbox) -> None:
    """Others use the org's calls too."""
    with connect(sandbox, quota_share=0.5) as source:
        found = {check.name: check for check in source.check()}
    assert "we stop at 7500 used" in found["calls left"].text


def test_check_stops_at_the_first_fault_with_its_way_out(sandbox: SalesforceSandbox) -> None:
    """What comes after it would only repeat it."""
    with connect(sandbox, api_version="61.0") as source:
        (reachable,) = source.check()
    assert not reachable.ok
    assert "62.0" in reachable.fix
    sandbox.expire_sessions()
    with connect(sandbox) as source:
        assert [(check.name, check.ok) for check in source.check()] == [
            ("reachable", True),
            ("credentials", False),
        ]


def test_check_bears_with_a_host_that_lists_neither_versions_nor_limits(sandbox: SalesforceSandbox) -> None:
    """Some users may not see them, yet read all else."""
    for path in ("/services/data/", "/limits"):
        sandbox.faults.add(status(404), at=path, times=2)
    with connect(sandbox) as source:
        found = {check.name: check for check in source.check()}
    assert found["credentials"].ok
    assert found["rights: Lead"].ok
