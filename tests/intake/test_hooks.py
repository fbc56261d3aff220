"""What is posted to the hub, over real HTTP: the real ones become leads at once, all others are refused."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from console.web import bodies
from hub.importing import Import, import_file
from hub.opening import open_hub
from sandbox.webform import signed, submissions
from storage import leases
from storage.inbox import Inbox
from tests.intake.door import (
    HUB,
    OTHER_SECRET,
    SECRET,
    TOKEN,
    in_inbox,
    leads,
    make_home,
    post,
    refused,
    rows,
    serving,
    soon,
    submission,
)


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    return make_home(tmp_path)


@pytest.fixture(name="address")
def _address(home: Path) -> Iterator[str]:
    with serving(home) as address:
        yield address


def test_a_posted_form_is_an_owned_lead_within_two_seconds(home: Path, address: str) -> None:
    """Answered at once, and then stored, matched and dealt out as any other record."""
    answer = post(address, submission(1))

    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "key": "msg_s1"})
    assert soon(lambda: leads(home) == [("p1@example1.com", "ann@example.com")], within=2)


def test_the_websites_own_people_come_in_and_the_broken_one_is_held(home: Path, address: str) -> None:
    """All of the stand-in's submissions, as the demo sends them."""
    assert {post(address, sent).status_code for sent in submissions()} == {202}

    with open_hub(home) as hub:
        assert soon(lambda: len(rows(hub, "SELECT 1 FROM source_record")) == len(submissions()))
        assert rows(hub, "SELECT source_id FROM v_held") == [(submissions()[-1]["id"],)]
        assert rows(hub, "SELECT count(*) FROM v_leads WHERE owner IS NULL") == [(0,)]


def test_a_repeated_delivery_is_answered_and_not_stored_again(home: Path, address: str) -> None:
    """Senders that saw no answer send again, signed anew; they must be told yes, or they never stop."""
    first, again = post(address, submission(1)), post(address, submission(1))

    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == {"accepted": 0, "key": "msg_s1", "duplicate": True}
    assert in_inbox(home) == [("site", "msg_s1")]
    assert soon(lambda: len(leads(home)) == 1)


def test_a_forged_delivery_is_refused_counted_and_nowhere_stored(home: Path, address: str) -> None:
    """Signed with another secret, or changed on the way."""
    headers, body = signed(SECRET, submission(1), datetime.now(UTC))
    changed = requests.post(f"{address}/hooks/site", data=body + b" ", headers=headers, timeout=10)
    forged = post(address, submission(2), secret=OTHER_SECRET)
    bare = requests.post(f"{address}/hooks/site", json={"email": "a@example.com"}, timeout=10)

    assert [answer.status_code for answer in (changed, forged, bare)] == [401, 401, 401]
    assert "signature" in forged.json()["error"]
    assert refused(home) == {("site", 401): 3}
    assert in_inbox(home) == []
    assert leads(home) == []


def test_a_delivery_of_ten_minutes_ago_is_refused(home: Path, address: str) -> None:
    """Rightly signed, then recorded by somebody and played again."""
    headers, body = signed(SECRET, submission(1), datetime.now(UTC) - timedelta(minutes=10))
    answer = requests.post(f"{address}/hooks/site", data=body, headers=headers, timeout=10)

    assert answer.status_code == 401
    assert refused(home) == {("site", 401): 1}
    assert in_inbox(home) == []


def test_a_body_over_a_megabyte_is_refused_whatever_its_header_says(home: Path, address: str) -> None:
    """With its length announced, and in chunks without."""
    body = b"x" * (bodies.LARGEST + 1)
    announced = requests.post(f"{address}/hooks/site", data=body, timeout=10)
    chunked = requests.post(f"{address}/hooks/site", data=iter([body[:600_000], body[600_000:]]), timeout=10)

    assert [announced.status_code, chunked.status_code] == [413, 413]
    assert "1,000,000 bytes" in chunked.json()["error"]
    assert refused(home) == {("site", 413): 2}


def test_a_body_of_just_a_megabyte_comes_in(home: Path, address: str) -> None:
    """The limit is where we say it is."""
    headers = {"X-Webhook-Token": TOKEN}
    body = json.dumps({"id": "big", "email": "big@example.com", "last_name": "Big", "padding": ""})
    body = body[:-2] + "x" * (bodies.LARGEST - len(body)) + body[-2:]
    answer = requests.post(f"{address}/hooks/form", data=body, headers=headers, timeout=10)

    assert (len(body), answer.status_code) == (bodies.LARGEST, 202)
    assert soon(lambda: leads(home) == [("big@example.com", None)])


def test_a_sender_who_stops_halfway_is_not_waited_for(
    home: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a few of them would hold all our connections."""
    monkeypatch.setattr(bodies, "SECONDS", 0.2)
    sent = threading.Event()

    def halfway() -> Iterator[bytes]:
        yield b"{"
        sent.wait(5)
        yield b"}"

    threading.Timer(0.6, sent.set).start()
    answer = requests.post(f"{address}/hooks/site", data=halfway(), timeout=10)

    assert answer.status_code == 408
    assert refused(home) == {("site", 408): 1}


def test_what_is_no_json_is_refused(home: Path, address: str) -> None:
    """With 400, for sending it again will not help; nothing of it is quoted."""
    headers = {"X-Webhook-Token": TOKEN}
    answer = requests.post(f"{address}/hooks/form", data=b"<b>Ann</b>", headers=headers, timeout=10)

    assert answer.status_code == 400
    assert "Ann" not in answer.text
    assert refused(home) == {("form", 400): 1}


@pytest.mark.parametrize("source", ["nobody", "list", "site%20", "..%2Fsite", "💥"])
def test_a_name_that_receives_nothing_is_not_found(home: Path, address: str, source: str) -> None:
    """Also a source that is pulled; what strangers try is not kept, and no source is told to them."""
    answer = post(address, submission(1), source=source)

    assert answer.status_code == 404
    assert "site" not in answer.text
    assert refused(home) == {}


def test_sources_do_not_know_each_others_secrets_or_keys(home: Path, address: str) -> None:
    """The same delivery id at two sources is two deliveries, and one person."""
    wrong = post(address, submission(1), source="partner")
    right = [post(address, submission(1)), post(address, submission(1), source="partner", secret=OTHER_SECRET)]

    assert wrong.status_code == 401
    assert [answer.status_code for answer in right] == [202, 202]
    assert in_inbox(home) == [("site", "msg_s1"), ("partner", "msg_s1")]
    with open_hub(home) as hub:
        assert soon(lambda: len(rows(hub, "SELECT 1 FROM v_source_links")) == 2)
        assert rows(hub, "SELECT count(*) FROM v_leads") == [(1,)]


def test_a_form_comes_in_by_its_token(home: Path, address: str) -> None:
    """As a form plug-in that cannot sign posts it."""
    form = {"Your-Name": "Ann Li", "your-email": "ann@example.com"}
    answer = requests.post(f"{address}/hooks/form", data=form, headers={"X-Webhook-Token": TOKEN}, timeout=10)

    assert answer.status_code == 202
    assert soon(lambda: leads(home) == [("ann@example.com", None)])


def test_two_hundred_posts_at_once_during_an_import_are_all_stored_once(home: Path, address: str) -> None:
    """The import holds the hub's database; the inbox is a file of its own."""
    lines = [f"Imported{n},Person{n},i{n}@import{n}.com" for n in range(3_000)]
    (home / "leads.csv").write_text("First Name,Last Name,Email\n" + "\n".join(lines), encoding="utf-8")

    def imported() -> None:
        with open_hub(home) as hub:
            import_file(hub, Import(home / "leads.csv"))

    with ThreadPoolExecutor(25) as pool:
        running = pool.submit(imported)
        answers = list(pool.map(lambda number: post(address, submission(number % 200)), range(220)))
        running.result()

    assert sorted(answer.status_code for answer in answers) == [200] * 20 + [202] * 200
    assert len(in_inbox(home)) == 200
    with open_hub(home) as hub:
        assert soon(lambda: rows(hub, "SELECT count(*) FROM v_leads") == [(3_200,)], within=10)
        dealt = rows(hub, "SELECT user_email, count(*) FROM v_assignments GROUP BY user_email ORDER BY user_email")
        assert dealt == [("ann@example.com", 100), ("bo@example.com", 100)]


def test_what_comes_while_another_process_syncs_the_source_is_taken_in_after_it(home: Path, address: str) -> None:
    """The answer is yes at once: it is in the inbox."""
    with open_hub(home) as hub:
        lease = leases.acquire(hub.store, "site")
        answer = post(address, submission(1))
        assert not soon(lambda: bool(leads(home)), within=0.8)
        leases.release(hub.store, lease)

    assert answer.status_code == 202
    assert soon(lambda: len(leads(home)) == 1)


def test_what_was_not_taken_in_before_the_server_ended_is_at_its_next_start(home: Path) -> None:
    """Without anybody posting anything."""
    with open_hub(home) as hub, serving(home) as address:
        lease = leases.acquire(hub.store, "site")
        post(address, submission(1))
    with open_hub(home) as hub:
        leases.release(hub.store, lease)
    assert leads(home) == []

    with serving(home):
        assert soon(lambda: len(leads(home)) == 1)


def test_a_mapping_that_is_broken_stops_nothing_but_its_source(
    home: Path, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said in the log, tried again, and everything comes in once the mapping is right."""
    own = home / "mappings" / "webhook"
    own.mkdir(parents=True)
    (own / "submissions.lead.yaml").write_text("from: webhook.submissions\nto: leed\n", encoding="utf-8")

    assert post(address, submission(1)).status_code == 202
    assert soon(lambda: "not taken in yet" in caplog.text)
    assert requests.get(f"{address}/healthz", timeout=10).json() == {"status": "ok", "waiting": 1}
    (own / "submissions.lead.yaml").unlink()

    assert soon(lambda: len(leads(home)) == 1)
    assert soon(lambda: requests.get(f"{address}/healthz", timeout=10).json()["waiting"] == 0)


def test_a_source_without_its_secret_asks_senders_to_come_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is our fault, not theirs: 503, and the log says what to do. Strangers learn nothing of it."""
    home = make_home(tmp_path, HUB + '\n[sources.bare]\nconnector = "webhook"\nsecret = "env:SURELY_NOT_SET"\n')
    with serving(home) as address:
        answer = post(address, submission(1), source="bare")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "SURELY_NOT_SET" not in answer.text
    assert "SURELY_NOT_SET" in caplog.text


def test_no_secret_and_nobodys_data_is_in_an_answer_or_in_the_log(
    home: Path, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs are read by more people than the database, and kept for longer than we may keep a person."""
    caplog.set_level(logging.DEBUG)
    person = submission(1, first_name="Xenia", email="xenia@private.example", phone="+4930901820")
    answers = [
        post(address, person),
        post(address, person),
        post(address, person, secret=OTHER_SECRET),
        post(address, submission(2, email="xenia(at)private.example")),
        post(address, person, source="xenia@private.example"),
        requests.post(f"{address}/hooks/form?email=xenia", headers={"X-Webhook-Token": "wrong"}, timeout=10),
        requests.get(f"{address}/healthz", timeout=10),
    ]
    assert soon(lambda: len(leads(home)) == 1)
    assert soon(lambda: any(record.getMessage().startswith("site: run") for record in caplog.records))

    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    said = "".join([*ours, *(f"{answer.headers}{answer.text}" for answer in answers)])
    for private in (SECRET, SECRET[6:], OTHER_SECRET, TOKEN, "Xenia", "xenia", "private.example", "901820"):
        assert private not in said
    assert any(line.startswith("site: run") for line in ours)


def test_every_answer_has_the_headers_that_keep_browsers_safe(address: str) -> None:
    """Refusals too; and it does not say what it is made with."""
    answers = [
        requests.get(f"{address}/healthz", timeout=10),
        requests.get(f"{address}/nothing", timeout=10),
        requests.get(f"{address}/hooks/site", timeout=10),
        post(address, submission(1), secret=OTHER_SECRET),
    ]

    assert [answer.status_code for answer in answers] == [200, 404, 405, 401]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Server" not in answer.headers
    assert answers[1].json() == {"error": "not found"}
    assert answers[2].json() == {"error": "method not allowed"}


def test_nobody_is_told_how_the_application_is_made(address: str) -> None:
    """FastAPI's own pages are off."""
    for path in ("docs", "redoc", "openapi.json"):
        assert requests.get(f"{address}/{path}", timeout=10).status_code == 404


def test_a_fault_of_ours_is_logged_by_its_place_and_not_by_its_words(
    home: Path, address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An error's text may quote a person; the sender is asked to come again, and may."""
    with monkeypatch.context() as broken:
        broken.setattr(Inbox, "keep", lambda *_: {"known": True}["xenia@private.example"])
        answer = post(address, submission(1))

    assert (answer.status_code, answer.json()) == (500, {"error": "the hub failed; send it again later"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "500 KeyError at" in caplog.text
    assert "xenia" not in caplog.text
    assert post(address, submission(1)).status_code == 202
