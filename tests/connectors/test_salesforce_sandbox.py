"""The stand-in by itself: strangers speak to it too, with simple-salesforce and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce as Sdk
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from sandbox.people import SALES_TEAM
from sandbox.salesforce.ids import id18
from sandbox.salesforce.records import starting_tables
from sandbox.salesforce.standin import SalesforceSandbox


@pytest.fixture(scope="module")
def server() -> Iterator[SalesforceSandbox]:
    with SalesforceSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: SalesforceSandbox) -> SalesforceSandbox:
    server.reset()
    return server


def call(sandbox: SalesforceSandbox, path: str, method: str = "GET", **kwargs: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.settings()['access_token']}"} | kwargs.pop("headers", {})
    url = f"{sandbox.base_url}/services/data/v62.0/{path}"
    return requests.request(method, url, headers=headers, timeout=5, **kwargs)


def query(sandbox: SalesforceSandbox, soql: str) -> list[dict[str, Any]]:
    answer = call(sandbox, "query", params={"q": soql})
    assert answer.ok, answer.text
    found: list[dict[str, Any]] = answer.json()["records"]
    return found


def test_it_holds_the_same_records_at_each_start() -> None:
    """A demo that runs twice must show the same; ids carry their checksum."""
    assert starting_tables() == starting_tables()
    ids = [record_id for table in starting_tables().values() for record_id in table]
    assert all(id18(record_id[:15]) == record_id for record_id in ids)
    assert len(ids) == len(set(ids))


def test_the_sales_team_owns_all_and_one_user_is_inactive(sandbox: SalesforceSandbox) -> None:
    """Owners are matched by e-mail; somebody who left is still named on old records."""
    users = query(sandbox, "SELECT Id, Email, IsActive FROM User")
    assert {u["Email"] for u in users if u["IsActive"]} == {email for _, email in SALES_TEAM}
    assert sum(not u["IsActive"] for u in users) == 1
    owners = {lead["OwnerId"] for lead in query(sandbox, "SELECT OwnerId FROM Lead")}
    assert owners == {u["Id"] for u in users if u["IsActive"]}


def test_some_leads_are_odd_so_that_there_is_something_to_hold(sandbox: SalesforceSandbox) -> None:
    """Real data are never clean."""
    emails = [lead["Email"] for lead in query(sandbox, "SELECT Email FROM Lead")]
    assert "not-an-email" in emails
    assert len(query(sandbox, "SELECT Id FROM Lead WHERE IsConverted = true")) == 1
    assert len(query(sandbox, "SELECT Id FROM Lead WHERE Status LIKE 'nurture%'")) == 1


def test_every_opportunity_has_one_primary_contact(sandbox: SalesforceSandbox) -> None:
    """A deal's contacts come by their roles."""
    primary = query(sandbox, "SELECT OpportunityId FROM OpportunityContactRole WHERE IsPrimary = true")
    deals = query(sandbox, "SELECT Id FROM Opportunity WHERE Amount != null OR Amount = null")
    assert {role["OpportunityId"] for role in primary} == {deal["Id"] for deal in deals}
    assert len(primary) == len(deals) == 25


def test_queries_order_limit_and_look_up_the_owner(sandbox: SalesforceSandbox) -> None:
    """Simple variations of what the connector asks."""
    soql = "SELECT Name, Owner.Name FROM Lead ORDER BY LastName DESC NULLS LAST, Id LIMIT 3 OFFSET 1"
    leads = query(sandbox, soql)
    assert len(leads) == 3
    assert leads[0]["Owner"]["Name"] in {name for name, _ in SALES_TEAM}
    lead_id = next(iter(sandbox.org.tables["Lead"]))
    assert len(query(sandbox, f"SELECT Id FROM Lead WHERE Id = '{lead_id[:15]}'")) == 1


def test_a_page_holds_as_many_rows_as_wished_and_allowed(sandbox: SalesforceSandbox) -> None:
    """`batchSize` is a wish."""
    headers = {"Sforce-Query-Options": "batchSize=20"}
    first = call(sandbox, "query", params={"q": "SELECT Id FROM Lead"}, headers=headers).json()
    assert (len(first["records"]), first["totalSize"], first["done"]) == (20, 27, False)
    following = call(sandbox, first["nextRecordsUrl"].removeprefix("/services/data/v62.0/")).json()
    assert (len(following["records"]), following["done"]) == (7, True)


def test_deleted_records_show_in_query_all_only(sandbox: SalesforceSandbox) -> None:
    """And in `/deleted/`, until they are purged."""
    lead = next(iter(sandbox.org.tables["Lead"]))
    sandbox.org.delete(lead)
    soql = {"q": f"SELECT Id, IsDeleted FROM Lead WHERE Id = '{lead}'"}
    assert call(sandbox, "query", params=soql).json()["totalSize"] == 0
    assert call(sandbox, "queryAll", params=soql).json()["records"][0]["IsDeleted"] is True
    window = {"start": "2026-08-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
    deleted = call(sandbox, "sobjects/Lead/deleted/", params=window).json()["deletedRecords"]
    assert [entry["id"] for entry in deleted] == [lead]
    assert call(sandbox, f"sobjects/Lead/{lead}").status_code == 404
    sandbox.org.purge(lead)
    assert call(sandbox, "queryAll", params=soql).json()["totalSize"] == 0


def test_archived_tasks_show_in_query_all_only(sandbox: SalesforceSandbox) -> None:
    """They are not gone; Salesforce puts them away after a year."""
    soql = {"q": "SELECT Id, IsArchived FROM Task WHERE IsDeleted = false"}
    every = call(sandbox, "queryAll", params=soql).json()["records"]
    assert sum(row["IsArchived"] for row in every) == 1
    assert call(sandbox, "query", params=soql).json()["totalSize"] == len(every) - 1


def test_the_sdk_signs_in_by_soap_and_is_told_why_not(sandbox: SalesforceSandbox) -> None:
    """What simple-salesforce sends and reads there."""
    login: dict[str, Any] = {k: v for k, v in sandbox.settings("soap").items() if k != "base_url"}
    token, instance = SalesforceLogin(**login, sf_version="62.0", scratch_url=sandbox.base_url)
    assert f"http://{instance}" == sandbox.base_url
    assert token in sandbox.logins.tokens
    with pytest.raises(SalesforceAuthenticationFailed, match="LOGIN_MUST_USE_SECURITY_TOKEN"):
        SalesforceLogin(**login | {"security_token": ""}, sf_version="62.0", scratch_url=sandbox.base_url)


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("query", {"q": "SELECT Id FROM Nope"}, 400, "INVALID_TYPE"),
        ("query", {"q": "SELECT Nope FROM Lead"}, 400, "INVALID_FIELD"),
        ("query", {"q": "SELECT Id FROM Lead GROUP BY Id"}, 400, "MALFORMED_QUERY"),
        ("query/01g000000000000AAA-2000", {}, 400, "INVALID_QUERY_LOCATOR"),
        ("sobjects/Nope/describe", {}, 404, "NOT_FOUND"),
        ("sobjects/Lead/updated", {"start": "soon", "end": "later"}, 400, "INVALID_REPLICATION_DATE"),
        ("jobs/query/7505f0000009999AAA", {}, 404, "NOT_FOUND"),
        ("jobs/query/7505f0000009999AAA/results", {}, 404, "NOT_FOUND"),
    ],
)
def test_errors_are_arrays_with_an_error_code(
    sandbox: SalesforceSandbox, path: str, params: dict[str, str], status: int, code: str
) -> None:
    """OAuth alone answers with an object."""
    answer = call(sandbox, path, params=params)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)


def test_an_address_longer_than_salesforce_takes_is_refused(sandbox: SalesforceSandbox) -> None:
    """URL and headers share 16,384 bytes."""
    assert call(sandbox, "query", params={"q": "x" * 17_000}).status_code == 414


def test_a_composite_request_describes_and_queries(sandbox: SalesforceSandbox) -> None:
    """Each part has its own status inside."""
    base = "/services/data/v62.0"
    parts = [
        {"method": "GET", "referenceId": "a", "url": f"{base}/query?q=SELECT+COUNT()+FROM+Lead"},
        {"method": "GET", "referenceId": "b", "url": f"{base}/sobjects/Lead/describe"},
        {"method": "GET", "referenceId": "c", "url": f"{base}/nothing/here"},
    ]
    answer = call(sandbox, "composite", "POST", json={"compositeRequest": parts}).json()["compositeResponse"]
    assert [part["httpStatusCode"] for part in answer] == [200, 200, 404]
    assert answer[0]["body"]["totalSize"] == 27
    assert answer[1]["body"]["name"] == "Lead"


def test_results_of_a_job_come_when_it_is_complete_with_locators(sandbox: SalesforceSandbox) -> None:
    """The word null is the last locator; each page repeats the header."""
    body = {"operation": "query", "query": "SELECT Id, IsConverted FROM Lead", "lineEnding": "CRLF"}
    job = call(sandbox, "jobs/query", "POST", json=body).json()["id"]
    early = call(sandbox, f"jobs/query/{job}/results")
    assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert [call(sandbox, f"jobs/query/{job}").json()["state"] for _ in range(2)][-1] == "JobComplete"
    first = call(sandbox, f"jobs/query/{job}/results", params={"maxRecords": 20})
    locator = first.headers["Sforce-Locator"]
    last = call(sandbox, f"jobs/query/{job}/results", params={"maxRecords": 20, "locator": locator})
    assert (first.headers["Sforce-NumberOfRecords"], last.headers["Sforce-Locator"]) == ("20", "null")
    assert first.text.startswith('"Id","IsConverted"\r\n')
    assert last.text.startswith('"Id","IsConverted"\r\n')
    assert '"true"' in first.text + last.text
    wrong = call(sandbox, f"jobs/query/{job}/results", params={"locator": "?"})
    assert wrong.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    assert call(sandbox, f"jobs/query/{job}", "DELETE").status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {"operation": "insert", "query": "SELECT Id FROM Lead"},
        {"operation": "query", "query": "SELECT COUNT() FROM Lead"},
        {"operation": "query", "query": "SELECT Address FROM Lead"},
    ],
)
def test_bulk_refuses_what_it_cannot_do(sandbox: SalesforceSandbox, body: dict[str, str]) -> None:
    """Aggregates and compound fields are for REST."""
    assert call(sandbox, "jobs/query", "POST", json=body).status_code == 400


def test_an_unknown_grant_is_refused_as_oauth_does(sandbox: SalesforceSandbox) -> None:
    """An object, not an array."""
    url = f"{sandbox.base_url}/services/oauth2/token"
    answer = requests.post(url, data={"grant_type": "magic"}, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_the_sdk_itself_reads_it(sandbox: SalesforceSandbox) -> None:
    """What simple-salesforce sends must be understood, slashes and all."""
    http = requests.Session()
    sdk = Sdk(session_id=sandbox.settings()["access_token"], instance_url=sandbox.base_url, session=http)
    sdk.base_url = f"{sandbox.base_url}/services/data/v62.0/"
    assert sdk.query("SELECT COUNT() FROM Account")["totalSize"] == 12
    assert sdk.limits()["DailyApiRequests"]["Max"] == 15_000
    assert sdk.api_usage["api-usage"].total == 15_000
    assert "Lead" in {entry["name"] for entry in (sdk.describe() or {})["sobjects"]}
    http.close()
