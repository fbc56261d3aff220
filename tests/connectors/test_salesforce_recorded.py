"""What Salesforce really answered, read by the connector, and the stand-in held against it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.responses import JSONResponse

from connectors.errors import CredentialsError, SetupError
from connectors.salesforce.client import OrgClient
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.connector import Salesforce
from connectors.salesforce.object import read_describe
from connectors.salesforce.values import id18
from sandbox.salesforce.ids import id18 as sandbox_id18
from sandbox.salesforce.standin import SalesforceSandbox

SHARED = Path(__file__).resolve().parents[3] / "shared"
RECORDED = SHARED / "recorded" / "salesforce"
pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not here")


@pytest.fixture(scope="module")
def server() -> Iterator[SalesforceSandbox]:
    with SalesforceSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: SalesforceSandbox) -> SalesforceSandbox:
    server.reset()
    return server


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}-1.json").read_text())["response"]["body"]


def play(sandbox: SalesforceSandbox, name: str, at: str, status: int = 200) -> None:
    body = recorded(name)
    sandbox.faults.add(lambda _: JSONResponse(body, status_code=status), at=at)


def connect(sandbox: SalesforceSandbox, flow: str = "token") -> Salesforce:
    return Salesforce(SalesforceConfig.model_validate(sandbox.settings(flow)))


def get(sandbox: SalesforceSandbox, path: str, **params: str) -> Any:
    headers = {"Authorization": f"Bearer {sandbox.settings()['access_token']}"}
    url = f"{sandbox.base_url}/services/data/v62.0/{path}"
    return requests.get(url, headers=headers, params=params, timeout=5).json()


@pytest.mark.parametrize("stream", ["Lead", "Contact", "Account", "Opportunity"])
def test_a_real_describe_becomes_fields(sandbox: SalesforceSandbox, stream: str) -> None:
    """Real ones have compound fields, namespaces and inactive choices."""
    play(sandbox, f"describe-{stream.lower()}", at="/describe")
    with connect(sandbox) as source:
        fields = {field.path: field for field in source.discover(stream)}
    described = {f["name"]: f for f in recorded(f"describe-{stream.lower()}")["fields"]}
    compound = {name for name, field in described.items() if field["type"] in {"address", "location"}}
    assert set(fields) == set(described) - compound
    assert all(fields[name].custom == described[name]["custom"] for name in fields)
    assert all(bool(f.choices) for f in fields.values() if f.type == "enum" and described[f.path]["picklistValues"])
    sobject = read_describe(stream, recorded(f"describe-{stream.lower()}"))
    assert (sobject.stamp_field, sobject.soft_deletes) == ("SystemModstamp", True)


def test_the_conversion_fields_of_a_real_lead_are_among_ours(sandbox: SalesforceSandbox) -> None:
    """The stand-in must not know fields that Salesforce does not, but for its custom ones."""
    real = {field["name"] for field in recorded("describe-lead")["fields"]}
    ours = {field["name"] for field in get(sandbox, "sobjects/Lead/describe")["fields"] if not field["custom"]}
    assert ours - real == {"HasOptedOutOfEmail", "DoNotCall"}  # hidden by field-level security in the recorded org
    assert {"IsConverted", "ConvertedContactId", "ConvertedDate", "MasterRecordId"} <= ours


@pytest.mark.parametrize("name", ["query-accounts", "query-contacts", "query-empty"])
def test_a_real_query_answer_is_one_whole_page(sandbox: SalesforceSandbox, name: str) -> None:
    """`done` and `totalSize` prove it."""
    play(sandbox, name, at="/query")
    page = OrgClient(connect(sandbox).config, lambda: None).query("SELECT Id FROM Account")
    assert len(page.rows) == page.total
    assert page.more is None


def test_real_pages_are_followed_to_the_end(sandbox: SalesforceSandbox) -> None:
    """The next page's address may bear another API version."""
    play(sandbox, "query-page-first", at="/query")
    play(sandbox, "query-page-last", at="/services/data/v26.0/query/01gD")
    client = OrgClient(connect(sandbox).config, lambda: None)
    first = client.query("SELECT Text_Label FROM Whizbang")
    last = client.more(first.more or "")
    assert [row["Text_Label"] for row in first.rows + last.rows] == ["First Page", "Last Page"]
    assert (first.total, last.more) == (2, None)


@pytest.mark.parametrize(
    ("name", "at", "status", "error", "said"),
    [
        ("session-expired-401", "/describe", 401, CredentialsError, "INVALID_SESSION_ID"),
        ("describe-error-404", "/describe", 404, SetupError, "NOT_FOUND"),
        ("query-error", "/query", 400, SetupError, "INVALID_FIELD"),
    ],
)
def test_real_refusals_are_understood(
    sandbox: SalesforceSandbox, name: str, at: str, status: int, error: type[Exception], said: str
) -> None:
    """Each with the name that Salesforce gives it."""
    play(sandbox, name.removesuffix("-1"), at=at, status=status)
    with connect(sandbox) as source, pytest.raises(error, match=said):
        list(source.pull("Lead", None))


def test_a_real_token_answer_signs_in_and_a_real_refusal_does_not(sandbox: SalesforceSandbox) -> None:
    """The instance it names is used only where base_url is not set."""
    sandbox.logins.tokens.add(recorded("oauth-token-success")["access_token"])
    play(sandbox, "oauth-token-success", at="/token")
    with connect(sandbox, "password") as source:
        assert len(source.discover("Lead")) > 30
    play(sandbox, "oauth-token-error", at="/token", status=400)
    with connect(sandbox, "password") as source, pytest.raises(CredentialsError, match="Invalid Password"):
        source.discover("Lead")


def test_the_answer_of_a_composite_request_is_read_inside(sandbox: SalesforceSandbox) -> None:
    """It is 200 outside, whatever happened inside."""
    sandbox.org.add_fields("Lead", 400)
    play(sandbox, "composite-error", at="/composite")
    with connect(sandbox) as source, pytest.raises(SetupError, match="NOT_FOUND"):
        list(source.pull("Lead", None))


def test_the_stand_in_answers_in_the_shape_of_the_recorded_answers(sandbox: SalesforceSandbox) -> None:
    """Where it and the recorded answers differ, it is wrong."""
    window = {"start": "2026-08-01T00:00:00+00:00", "end": "2026-12-01T00:00:00+00:00"}
    sandbox.org.delete(next(iter(sandbox.org.tables["Lead"])))
    pairs = [
        (get(sandbox, "sobjects/Lead/deleted/", **window), recorded("get-deleted")),
        (
            get(sandbox, "sobjects/Lead/deleted/", **window)["deletedRecords"][0],
            recorded("get-deleted")["deletedRecords"][0],
        ),
        (get(sandbox, "sobjects/Lead/updated", **window), recorded("get-updated")),
        (get(sandbox, "limits/recordCount", sObjects="Account"), recorded("record-count")),
        (get(sandbox, "query", q="SELECT Id FROM Account WHERE Id = null"), recorded("query-empty")),
        (get(sandbox, "query", q="SELECT Nope FROM Account")[0], recorded("query-error")[0]),
        (get(sandbox, "sobjects/Nope/describe")[0], recorded("describe-error-404")[0]),
    ]
    assert [set(ours) for ours, _ in pairs] == [set(real) for _, real in pairs]
    row = get(sandbox, "query", q="SELECT Id, Name FROM Account")["records"][0]
    assert row["attributes"].keys() == recorded("query-accounts")["records"][0]["attributes"].keys()


def test_bulk_jobs_of_the_stand_in_have_the_shapes_of_the_contract(sandbox: SalesforceSandbox) -> None:
    """The contract was written from the SDK and the guide."""
    contract = json.loads((SHARED / "contracts" / "salesforce" / "bulk2.json").read_text())
    created = sandbox.jobs.create(contract["createQuery"]["request"])
    assert created.keys() == contract["createQuery"]["response"].keys()
    job = sandbox.jobs.all[created["id"]]
    states = [sandbox.jobs.poll(job)["state"] for _ in range(2)]
    assert [created["state"], *states] == ["UploadComplete", "InProgress", "JobComplete"]
    assert set(states) <= set(contract["states"]["query"])
    assert contract["queryInfo"].keys() <= sandbox.jobs.info(job).keys()


def test_both_sides_compute_the_checksum_of_real_ids() -> None:
    """Two implementations, one truth: the ids of recorded answers."""
    vectors = json.loads((SHARED / "contracts" / "other" / "signature_and_id_vectors.json").read_text())
    ids = [v for v in vectors["vectors"] if v["vendor"] == "salesforce"]
    assert len(ids) >= 4
    for vector in ids:
        assert id18(vector["id15"]) == sandbox_id18(vector["id15"]) == vector["expected"]
