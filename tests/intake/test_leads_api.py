"""Leads in Sell's own shape: what fed Sell feeds the hub by changing the host, and is told what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from connectors.errors import ConnectorError
from connectors.leads_api.lead import FIELDS
from connectors.pace import Pace
from connectors.sell.writing import SellWriter
from console.web import leads as web
from hub.conversion_wishes import Wishes
from hub.converting import convert_lead
from hub.custom_fields import add as add_field
from hub.editing import Editing, edit
from hub.opening import open_hub
from hub.tokens import READ, WRITE, add_token, revoke_token
from storage import leases, roster
from tests.intake.door import leads, make_home, refused, rows, serving, soon

HUB = """
[sources.api]
connector = "leads_api"
pool = "Inbound"

[sources.old]
connector = "leads_api"
ids_of = "sell"
[sources.old.lead_sources]
77 = "Trade fair"

[sources.slow]
connector = "leads_api"
calls_per_second = 0.2

[sources.site]
connector = "webhook"
token = "a-token-of-the-site"

[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]

[storage]
url = "{url}"
"""
ANN = {"first_name": "Ann", "last_name": "Li", "email": "Ann@acme.example", "tags": ["fair", "2026"]}
Call = Callable[..., requests.Response]

one_database = pytest.mark.parametrize("database_url", ["sqlite:///hub.db"])
"""Of tests of what never reaches a database."""


@pytest.fixture(name="home")
def _home(tmp_path: Path, database_url: str) -> Path:
    return make_home(tmp_path, HUB.replace("{url}", database_url))


@pytest.fixture(name="address")
def _address(home: Path) -> Iterator[str]:
    with serving(home) as address:
        yield address


def token_for(home: Path, source: str = "api", *scopes: str, name: str = "zapier") -> str:
    """A new token."""
    with open_hub(home) as hub:
        return add_token(hub, name, source, scopes).text


@pytest.fixture(name="call")
def _call(home: Path, address: str) -> Call:
    return caller(address, token_for(home))


def caller(address: str, token: str) -> Call:
    """A client of Sell that was told another host."""

    def call(method: str, path: str, data: dict[str, Any] | None = None, **headers: str) -> requests.Response:
        bearing = {"Authorization": f"Bearer {token}", "User-Agent": "a client of Sell", **headers}
        content = None if data is None else {"data": data, "meta": {"type": "lead"}}
        return requests.request(method, f"{address}/v2{path}", headers=bearing, json=content, timeout=30)

    return call


def faults(answer: requests.Response) -> list[tuple[str, str | None]]:
    """The codes and fields in Sell's envelope of errors, which is checked on the way."""
    body = answer.json()
    assert body["meta"]["http_status"].startswith(f"{answer.status_code} ")
    assert body["meta"]["logref"] == answer.headers["X-Request-Id"]
    assert all(each["meta"] == {"type": "error"} for each in body["errors"])
    return [(each["error"]["code"], each["error"].get("field")) for each in body["errors"]]


def test_a_lead_is_answered_as_it_stands_in_the_hub(home: Path, call: Call) -> None:
    """Stored, matched, dealt out, and its owner told, before the answer; in Sell's own fields."""
    answer = call("POST", "/leads", {**ANN, "address": {"city": "Bonn"}, "phone": "(415) 555-2671"})
    lead = answer.json()["data"]

    assert (answer.status_code, answer.json()["meta"]) == (200, {"type": "lead"})
    assert set(lead) == {*FIELDS, "id", "creator_id", "created_at", "updated_at"}
    assert (lead["last_name"], lead["email"], lead["phone"]) == ("Li", "ann@acme.example", "+14155552671")
    assert lead["address"] == {"line1": None, "city": "Bonn", "postal_code": None, "state": None, "country": None}
    assert (lead["status"], lead["tags"], lead["owner_id"]) == ("New", ["fair", "2026"], 1)
    assert lead["created_at"].endswith("Z")
    assert leads(home) == [("ann@acme.example", "ann@example.com")]
    with open_hub(home) as hub:
        assert rows(hub, "SELECT record_type, user_id FROM notification") == [("lead", 1)]


def test_the_same_lead_again_is_one_lead(home: Path, call: Call) -> None:
    """Sell makes a copy for every retry; here a named request is the same one, and an unnamed one the same person."""
    named = {"Idempotency-Key": "order-7"}
    first, again = (call("POST", "/leads", ANN, **named).json()["data"]["id"] for _ in range(2))
    third = call("POST", "/leads", ANN).json()["data"]["id"]
    other = call("POST", "/leads", {**ANN, "email": "other@acme.example", "first_name": "Bo"}, **{"X-Request-Id": "8"})

    assert first == again == third
    assert other.json()["data"]["id"] != first
    with open_hub(home) as hub:
        assert rows(hub, "SELECT count(*) FROM v_leads") == [(2,)]
        assert rows(hub, "SELECT count(*) FROM assignment") == [(2,)]


def test_custom_fields_of_the_hub_come_in_and_go_out_by_name(home: Path, call: Call) -> None:
    """Without a line of mapping; what is none of them is nobody's, and a value that cannot be is said."""
    with open_hub(home) as hub:
        add_field(hub, "lead", "Seats", "number")
        add_field(hub, "lead", "Tier", "list", ("A", "B"))
        add_field(hub, "lead", "VIP", "bool")
    sent = {**ANN, "custom_fields": {"Seats": "12.5", "Tier": "B", "VIP": True, "Unknown": "x"}}
    wrong = call("POST", "/leads", {**ANN, "custom_fields": {"Tier": "C", "Seats": "many"}})

    assert call("POST", "/leads", sent).json()["data"]["custom_fields"] == {"Seats": "12.5", "Tier": "B", "VIP": True}
    assert (wrong.status_code, sorted(faults(wrong))) == (
        422,
        [("incorrect_value", "/custom_fields/Seats"), ("incorrect_value", "/custom_fields/Tier")],
    )


def test_an_upsert_changes_the_one_it_finds_and_else_makes_one(home: Path, call: Call) -> None:
    """By filters in the query; what was looked for is kept, so that it is found the next time."""
    made = call("POST", "/leads/upsert?email=ann@acme.example", {"last_name": "Li", "title": "Buyer"}).json()["data"]
    changed = call("POST", "/leads/upsert?email=ANN@acme.example", {"title": "CEO"}).json()["data"]

    assert (made["email"], made["title"]) == ("ann@acme.example", "Buyer")
    assert (changed["id"], changed["last_name"], changed["title"]) == (made["id"], "Li", "CEO")
    with open_hub(home) as hub:
        assert rows(hub, "SELECT count(*) FROM v_leads") == [(1,)]


def test_an_upsert_that_finds_several_picks_none(call: Call) -> None:
    """Their ids are said; somebody must decide."""
    ids = [
        call("POST", "/leads", {**ANN, "email": f"{n}@acme.example", "first_name": n}).json()["data"]["id"]
        for n in "ab"
    ]
    answer = call("POST", "/leads/upsert?last_name=Li", {"title": "CEO"})

    assert (answer.status_code, faults(answer)) == (409, [("conflict", None)])
    assert all(str(id_) in answer.json()["errors"][0]["error"]["message"] for id_ in ids)


def test_twenty_upserts_of_one_new_address_at_once_are_one_lead(home: Path, call: Call) -> None:
    """Two that look at the same time both find nothing; they take turns instead."""
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(
                lambda n: call("POST", "/leads/upsert?email=ann@acme.example", {"last_name": "Li", "title": f"T{n}"}),
                range(20),
            )
        )

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert len(leads(home)) == 1


@one_database
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "/filters"),
        ("nobody=x", "/nobody"),
        ("email=", "/email"),
        ("owner_id=x", "/owner_id"),
        ("custom_fields[Seats]=5", "/custom_fields"),
        ("address[planet]=x", "/address"),
        ("email=a@b.example&email=c@d.example", "/filters"),
    ],
)
def test_a_filter_that_there_is_not_is_refused(call: Call, query: str, field: str) -> None:
    """Passed over, it would find whoever comes first."""
    answer = call("POST", f"/leads/upsert?{query}", ANN)

    assert (answer.status_code, faults(answer)) == (400, [("invalid_param", field)])


def test_filters_are_exact_and_all_of_them_hold(home: Path, call: Call) -> None:
    """Fields, parts of the address, custom fields, owner and source by id; page by page."""
    with open_hub(home) as hub:
        add_field(hub, "lead", "Seats", "number")
        add_field(hub, "lead", 'My "own" field', "string")
    own = {"Seats": "5", 'My "own" field': 'a "quoted" or (odd) value'}
    ann = call("POST", "/leads", {**ANN, "address": {"city": "Bonn"}, "custom_fields": own}).json()["data"]
    for number in range(4):
        call("POST", "/leads", {"last_name": "Berg", "email": f"b{number}@x.example", "first_name": f"B{number}"})

    def found(**query: str) -> list[int]:
        text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
        return [item["data"]["id"] for item in call("GET", f"/leads?{text}").json()["items"]]

    assert found(email="ann@acme.example", last_name="Li") == [ann["id"]]
    assert found(email="ann@acme.example", last_name="Berg") == []
    assert found(**{"address[city]": "Bonn"}) == [ann["id"]]
    assert found(**{"custom_fields[Seats]": "5.0"}) == [ann["id"]]
    assert found(**{'custom_fields[My "own" field]': 'a "quoted" or (odd) value'}) == [ann["id"]]
    assert found(owner_id=str(ann["owner_id"]), status="New", last_name="Li") == [ann["id"]]
    assert found(source_id=str(ann["source_id"]), last_name="Li") == [ann["id"]]
    assert found(owner_id="999") == found(source_id="999") == found(status="Nowhere") == []
    page = call("GET", "/leads?last_name=Berg&per_page=3").json()
    assert page["meta"]["count"] == 3
    rest = requests.get(
        page["meta"]["links"]["next_page"], headers=call("GET", "/leads").request.headers, timeout=10
    ).json()
    assert (rest["meta"]["count"], "next_page" in rest["meta"]["links"]) == (1, False)


def test_a_lead_of_this_api_is_changed_in_its_own_record(home: Path, call: Call) -> None:
    """Fields that are named, tags as a whole, custom fields one by one: as Sell does; no hand edit is left behind."""
    with open_hub(home) as hub:
        for name in ("One", "Two"):
            add_field(hub, "lead", name, "string")
    made = call("POST", "/leads", {**ANN, "custom_fields": {"One": "1", "Two": "2"}}).json()["data"]
    sent = {"title": "CEO", "tags": ["vip"], "custom_fields": {"Two": "22"}}
    changed = call("PUT", f"/leads/{made['id']}", sent).json()["data"]

    assert (changed["id"], changed["title"], changed["last_name"]) == (made["id"], "CEO", "Li")
    assert (changed["tags"], changed["custom_fields"]) == (["vip"], {"One": "1", "Two": "22"})
    with open_hub(home) as hub:
        assert rows(hub, "SELECT count(*) FROM hand_edit") == [(0,)]
        assert rows(hub, "SELECT count(*) FROM source_record") == [(1,)]


def test_a_lead_of_others_is_edited_and_that_holds(home: Path, address: str, call: Call) -> None:
    """What another source brought has no record of this API: the change is one by hand, under the token's name."""
    bearing = {"X-Webhook-Token": "a-token-of-the-site"}
    site = {"id": "s1", "last_name": "Berg", "email": "bo@acme.example", "tags": "web"}
    requests.post(f"{address}/hooks/site", json=site, headers=bearing, timeout=10)
    assert soon(lambda: len(leads(home)) == 1)
    sent = {"title": "CEO", "owner_id": 2, "address": {"city": "Bonn"}, "tags": ["vip"], "description": None}
    changed = call("PUT", "/leads/1", sent).json()["data"]

    requests.post(f"{address}/hooks/site", json={**site, "job_title": "Buyer"}, headers=bearing, timeout=10)
    with open_hub(home) as hub:
        assert soon(lambda: rows(hub, "SELECT count(*) FROM run WHERE source = 'site'") == [(2,)])
        assert {by for (by,) in rows(hub, "SELECT edited_by FROM hand_edit")} == {"token zapier"}
    after = call("GET", "/leads/1").json()["data"]
    for lead in (changed, after):
        assert (lead["title"], lead["owner_id"], lead["address"]["city"], lead["tags"]) == ("CEO", 2, "Bonn", ["vip"])


def test_what_people_set_by_hand_stands_over_what_is_sent(home: Path, call: Call) -> None:
    """The answer says what stands, so the sender sees that it was not taken."""
    made = call("POST", "/leads", {**ANN, "title": "Buyer"}).json()["data"]
    with open_hub(home) as hub:
        edit(hub, Editing("lead", made["id"], {"title": "Director"}), by="ann@example.com")

    assert call("PUT", f"/leads/{made['id']}", {"title": "CEO"}).json()["data"]["title"] == "Director"


def test_ids_are_those_that_senders_know(home: Path, address: str) -> None:
    """Users by the ids of the Sell that they fed before, sources by the settings; both come back as they were sent."""
    with open_hub(home) as hub, hub.store.write() as db:
        roster.learn_outside_ids(db, "sell", "user", {"612345": 2})
    call = caller(address, token_for(home, "old"))
    lead = call("POST", "/leads", {**ANN, "owner_id": 612345, "source_id": 77}).json()["data"]
    unknown = call("POST", "/leads", {"last_name": "Berg", "owner_id": 5, "source_id": 5}).json()["data"]

    assert (lead["owner_id"], lead["source_id"]) == (612345, 77)
    assert (unknown["owner_id"], unknown["source_id"]) == (None, None)
    with open_hub(home) as hub:
        assert rows(hub, "SELECT owner_email, source FROM v_leads ORDER BY id")[0] == ("bo@example.com", "Trade fair")


def test_somebody_who_is_a_contact_is_no_lead_again_and_has_no_leads_id(home: Path, call: Call) -> None:
    """An id of another kind would send the next change to a stranger."""
    made = call("POST", "/leads", ANN).json()["data"]
    with open_hub(home) as hub:
        convert_lead(hub, made["id"], Wishes())
    answer = call("POST", "/leads", ANN).json()

    assert (answer["meta"], answer["data"]["id"], answer["data"]["contact_id"]) == ({"type": "contact"}, None, 1)
    assert call("GET", f"/leads/{made['id']}").status_code == 404


@one_database
@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, [("missing", "/last_name")]),
        ({"first_name": "Ann", "organization_name": " "}, [("missing", "/last_name")]),
        ({"last_name": 5, "tags": "x"}, [("invalid_type", "/last_name"), ("invalid_type", "/tags")]),
        ({**ANN, "owner_id": "7", "source_id": True}, [("invalid_type", "/owner_id"), ("invalid_type", "/source_id")]),
        ({**ANN, "address": {"city": 5}}, [("invalid_type", "/address/city")]),
        ({**ANN, "custom_fields": []}, [("invalid_type", "/custom_fields")]),
        ({**ANN, "email": "ann@"}, [("incorrect_value", "/email")]),
        ({**ANN, "title": "a\x00b"}, [("incorrect_value", "/title")]),
    ],
)
def test_a_lead_that_cannot_be_is_refused_with_every_reason_and_kept_nowhere(
    home: Path, call: Call, data: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    """The sender is there to correct it; a held record would wait for somebody else to."""
    answer = call("POST", "/leads", data)

    assert (answer.status_code, sorted(faults(answer))) == (422, told)
    assert refused(home) == {("api", 422): 1}
    with open_hub(home) as hub:
        assert rows(hub, "SELECT count(*) FROM source_record") == [(0,)]


@one_database
@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("text/html", b"{}", 415, "invalid_header"),
        ("application/x-www-form-urlencoded", b"a=1", 415, "invalid_header"),
        ("application/json", b"<b>", 400, "invalid_payload"),
        ("application/json", b'{"data": NaN}', 400, "invalid_payload"),
        ("application/json", b"[" * 100_000, 400, "invalid_payload"),
        ("application/json", b"[]", 422, "incorrect_payload"),
        ("application/json", b'{"data": 5}', 422, "incorrect_payload"),
        ("application/json", b'{"data": {"last_name": "' + b"x" * 1_000_000 + b'"}}', 413, "incorrect_payload"),
    ],
)
def test_what_is_no_lead_by_its_form_is_refused(
    home: Path, address: str, kind: str, body: bytes, status: int, code: str
) -> None:
    """In the envelope that clients of Sell know."""
    headers = {"Authorization": f"Bearer {token_for(home)}", "Content-Type": kind}
    answer = requests.post(f"{address}/v2/leads", data=body, headers=headers, timeout=10)

    assert (answer.status_code, faults(answer)[0][0]) == (status, code)
    assert refused(home) == {("api", status): 1}


def test_only_a_token_that_holds_opens_and_only_what_it_is_for(home: Path, address: str) -> None:
    """None, made up, revoked, another door's, another scope's."""
    writer, reader = (token_for(home, "api", scope, name=scope) for scope in (WRITE, READ))
    site, gone = token_for(home, "site", name="site"), token_for(home, name="gone")
    with open_hub(home) as hub:
        revoke_token(hub, "gone")

    def status(token: str, method: str = "POST", path: str = "/leads") -> int:
        return caller(address, token)(method, path, ANN if method == "POST" else None).status_code

    assert [status(token) for token in ("", "shub_made-up", gone)] == [401, 401, 401]
    assert (status(reader), status(writer, "GET"), status(site)) == (403, 403, 404)
    assert status(reader, "GET") == 200
    hook = requests.post(f"{address}/hooks/site", json=ANN, headers={"Authorization": f"Bearer {writer}"}, timeout=10)
    assert hook.status_code == 401
    assert leads(home) == []


def test_who_may_not_read_learns_nothing_of_a_person_that_others_know(home: Path, call: Call, address: str) -> None:
    """A form's token, stolen, must not be a way to ask who somebody is."""
    call("POST", "/leads", {**ANN, "phone": "+14155552671", "title": "CEO"})
    blind = caller(address, token_for(home, "api", WRITE, name="blind"))
    told = blind("POST", "/leads", {"last_name": "Li", "email": "ann@acme.example"}).json()["data"]

    assert told["id"] == 1
    assert {"phone", "title", "tags", "first_name"}.isdisjoint(told)
    assert (told["last_name"], told["status"]) == ("Li", "New")


def test_a_token_that_calls_too_often_is_told_when_to_come_back(home: Path, address: str) -> None:
    """By 429 and Retry-After; what it sent then is not kept."""
    call = caller(address, token_for(home, "slow"))
    answers = [call("POST", "/leads", {"last_name": f"L{number}"}) for number in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert faults(answers[1]) == [("rate_limit_exceeded", None)]
    assert 0 < int(answers[1].headers["Retry-After"]) <= 5
    assert refused(home) == {("slow", 429): 1}
    assert len(leads(home)) == 1


def test_a_lead_that_cannot_be_taken_in_just_now_is_kept_and_said_to_be(
    home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process syncs the source: 202, and the lead comes in after it; nothing is lost or doubled."""
    monkeypatch.setattr(web, "PATIENCE", 0.3)
    with open_hub(home) as hub:
        lease = leases.acquire(hub.store, "api")
        answer = call("POST", "/leads", ANN, **{"Idempotency-Key": "a"})
        leases.release(hub.store, lease)

    assert (answer.status_code, answer.json()["data"]["id"]) == (202, None)
    assert soon(lambda: len(leads(home)) == 1)
    assert call("POST", "/leads", ANN, **{"Idempotency-Key": "a"}).json()["data"]["id"] == 1


def test_changes_that_wait_build_on_one_another(home: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is made of what the first one said, though that is still in the inbox."""
    made = call("POST", "/leads", ANN).json()["data"]
    monkeypatch.setattr(web, "PATIENCE", 0.1)
    with open_hub(home) as hub:
        lease = leases.acquire(hub.store, "api")
        for data in ({"title": "CEO"}, {"description": "Called twice"}):
            assert call("PUT", f"/leads/{made['id']}", data).status_code == 202
        leases.release(hub.store, lease)
        assert soon(lambda: rows(hub, "SELECT title, description FROM lead") == [("CEO", "Called twice")])


@one_database
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/leads/999", 404, "not_found"),
        ("PUT", "/leads/999", 404, "not_found"),
        ("GET", f"/leads/{10**30}", 404, "not_found"),
        ("GET", "/contacts", 404, "incorrect_path"),
        ("DELETE", "/leads", 405, "incorrect_path"),
        ("GET", "/leads?per_page=101", 400, "invalid_param"),
        ("GET", "/leads?page=0", 400, "invalid_param"),
        ("GET", "/leads?page=²", 400, "invalid_param"),
    ],
)
def test_what_is_not_there_is_said_as_sell_says_it(call: Call, method: str, path: str, status: int, code: str) -> None:
    """Clients branch by these codes."""
    answer = call(method, path, {} if method == "PUT" else None)

    assert (answer.status_code, faults(answer)[0][0]) == (status, code)


def test_no_token_and_nobodys_data_is_in_the_log(home: Path, address: str, caplog: pytest.LogCaptureFixture) -> None:
    """Taken, refused, or sent by a stranger."""
    token = token_for(home)
    call = caller(address, token)
    call("POST", "/leads", {**ANN, "last_name": "Xenia"})
    call("POST", "/leads", {**ANN, "last_name": "Xenia", "email": "xenia(at)private.example"})
    call("POST", "/leads/upsert?email=xenia@private.example&xenia=5", {"last_name": "Xenia"})
    caller(address, "shub_xenia")("GET", "/leads/5")

    ours = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("urllib3"))
    for private in ("Xenia", "xenia(", "private.example", token):
        assert private not in ours


def test_a_client_of_sell_that_nobody_adapted_is_understood(home: Path, address: str) -> None:
    """Our own, which was written for Sell: it finds, makes, upserts, reads and changes."""
    writer = SellWriter(f"{address}/v2", token_for(home), lambda: None, Pace(100))
    found = writer.find("/leads", {"email": "ann@acme.example"})
    made = writer.create("/leads", ANN)
    upserted = writer.upsert("/leads", {"email": "ann@acme.example"}, {"title": "Buyer"})
    changed = writer.change(f"/leads/{made['id']}", {"title": "CEO"})

    assert found == []
    assert made["id"] == upserted["id"] == changed["id"] == writer.find("/leads", {"last_name": "Li"})[0]["id"]
    assert writer.get(f"/leads/{made['id']}")["title"] == "CEO"
    with pytest.raises(ConnectorError, match="422") as refused_:
        writer.create("/leads", {"first_name": "Ann"})
    assert "last_name" in str(refused_.value)
    writer.close()
