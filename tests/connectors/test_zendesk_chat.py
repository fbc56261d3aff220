"""Zendesk Chat, read from the stand-in over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from starlette.responses import JSONResponse

from connectors import clock
from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.zendesk_chat.api import api_root
from connectors.zendesk_chat.connector import ZendeskChat, ZendeskChatConfig
from connectors.zendesk_chat.export import Mark
from connectors.zendesk_chat.transcript import CUT, with_transcript
from hub.opening import open_hub
from hub.sync import sync_source
from sandbox.vendor import Fault, cut_body, html, status
from sandbox.zendesk_chat import SEEDED_FROM, ZendeskChatSandbox

LATER = SEEDED_FROM + 10_000_000
TOKEN = "very-secret-chat-token"


@pytest.fixture(scope="module")
def running() -> Iterator[ZendeskChatSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with ZendeskChatSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: ZendeskChatSandbox) -> ZendeskChatSandbox:
    """A running stand-in with its seeded chats."""
    running.reset()
    return running


@pytest.fixture(params=["seconds", "microseconds"])
def either(vendor: ZendeskChatSandbox, request: pytest.FixtureRequest) -> ZendeskChatSandbox:
    """The stand-in, by either of the vendor's two tables of units."""
    vendor.in_microseconds = request.param == "microseconds"
    return vendor


def connect(vendor: ZendeskChatSandbox, **settings: Any) -> ZendeskChat:
    return ZendeskChat(ZendeskChatConfig(**{**vendor.settings(), **settings}))


def pages(vendor: ZendeskChatSandbox, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
    """Read to the end."""
    with clock.skipping(), connect(vendor, **settings) as source:
        return list(source.pull("chats", cursor))


def read(
    vendor: ZendeskChatSandbox, cursor: Cursor | None = None, **settings: Any
) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor, as the hub stores it."""
    got = pages(vendor, cursor, **settings)
    return [record for page in got for record in page.records], json.loads(json.dumps(got[-1].cursor))


@pytest.mark.parametrize("always_next", [True, False])
@pytest.mark.parametrize("most_rows", [4, 1_000])
def test_a_first_read_takes_every_chat_once(either: ZendeskChatSandbox, most_rows: int, always_next: bool) -> None:
    """Whether pages are short, and whether the last one names a next one."""
    either.most_rows, either.always_next = most_rows, always_next

    records, _ = read(either)

    assert sorted(record.id for record in records) == sorted(either.chats)


def test_a_read_costs_one_call_for_each_page(vendor: ZendeskChatSandbox) -> None:
    """Also when nothing has changed."""
    with vendor.counting() as calls:
        _, cursor = read(vendor)
        read(vendor, cursor)

    assert len(calls) == 2


def test_a_record_is_the_chat_with_its_visitor(vendor: ZendeskChatSandbox) -> None:
    """All fields are asked for: without, only ids come. Unknown ones stay."""
    chat = vendor.add_chats(1, at=LATER)[0]
    vendor.change(chat, at=LATER, brand_new={"x": 2**70})

    record = read(vendor)[0][-1]

    assert record.data == {**chat, "transcript": "Visitor: Hello\nSupport: Good day"}
    assert record.changed_at == chat["update_timestamp"]


def test_only_what_changed_comes_the_second_time(either: ZendeskChatSandbox) -> None:
    """An edited old chat too; the newest one's neighbourhood is read again."""
    _, cursor = read(either)
    old = next(iter(either.chats.values()))
    either.change(old, at=LATER, tags=["hot"])

    records, cursor = read(either, cursor)
    again, _ = read(either, cursor)

    assert old["id"] in {record.id for record in records}
    assert len(records) <= 2
    assert {record.id for record in again} == {old["id"]}


def test_a_chat_shown_late_is_met_by_the_next_read(either: ZendeskChatSandbox) -> None:
    """A read reaches back before the end of the last one."""
    either.add_chats(1, at=LATER)
    _, cursor = read(either)
    late = either.add_chats(1, at=LATER - 50)

    records, _ = read(either, cursor)

    assert late[0]["id"] in {record.id for record in records}


def test_a_deleted_chat_is_told(vendor: ZendeskChatSandbox) -> None:
    """By the vendor's own mark."""
    _, cursor = read(vendor)
    chat = next(iter(vendor.chats.values()))
    vendor.delete(chat)

    records, _ = read(vendor, cursor)

    assert [(record.id, record.event) for record in records if record.event != "live"] == [(chat["id"], "deleted")]


def test_a_killed_read_goes_on_behind_any_page(either: ZendeskChatSandbox) -> None:
    """Whoever stored a page and its cursor together loses nothing, and reads the rest only."""
    got = pages(either, page_size=4)

    for number, page in enumerate(got):
        done = {record.id for each in got[: number + 1] for record in each.records}
        rest = {record.id for record in read(either, page.cursor, page_size=4, overlap=0)[0]}
        assert done | rest == set(either.chats)
        assert len(done & rest) <= 1


def test_chats_edited_and_begun_while_we_page_hide_nobody(either: ZendeskChatSandbox) -> None:
    """What is edited moves to the end, and comes again there."""
    met: list[SourceRecord] = []
    with connect(either, page_size=5) as source:
        for number, page in enumerate(source.pull("chats", None)):
            met += page.records
            if number < 3:
                either.change(list(either.chats.values())[number * 4], at=LATER + number, tags=["edited"])
                either.add_chats(1, at=LATER + number)

    assert {record.id for record in met} == set(either.chats)
    assert len({(record.id, record.changed_at) for record in met}) == len(met)


def test_more_chats_of_one_second_than_a_page_holds_all_come_once(either: ZendeskChatSandbox) -> None:
    """By `start_id`."""
    made = either.add_chats(37, at=LATER)

    records, _ = read(either, page_size=5)

    assert sorted(record.id for record in records) == sorted(either.chats)
    assert len(made) == 37


def test_an_export_that_does_not_go_on_is_never_green(vendor: ZendeskChatSandbox) -> None:
    """Where the vendor does not mind `start_id`: the rest of that second would be left out."""
    vendor.minds_id = False
    assert {record.id for record in read(vendor, page_size=5)[0]} == set(vendor.chats)

    vendor.add_chats(9, at=LATER)

    with pytest.raises(TransientError, match="does not go on"):
        read(vendor, page_size=5)


def test_a_page_without_chats_is_no_end_where_a_next_one_is_named(vendor: ZendeskChatSandbox) -> None:
    """As where all chats of a page were removed for good."""
    hole = {"chats": [], "count": 0, "end_time": 1, "end_id": None, "next_page": "https://example.zendesk.com/…"}
    vendor.faults.add(lambda _: JSONResponse(hole))

    assert {record.id for record in read(vendor)[0]} == set(vendor.chats)


@pytest.mark.parametrize("answer", [[], {"chats": [], "next_page": "https://example.zendesk.com/…"}], ids=str)
def test_nothing_for_ever_is_never_green(vendor: ZendeskChatSandbox, answer: Any) -> None:
    """A host that says no more than an empty list, or that always names a next page."""
    times = iter(range(1, 1_000))
    vendor.faults.add(lambda _: JSONResponse({**answer, "end_time": next(times)} if answer else answer), times=1_000)

    with pytest.raises(TransientError) as caught, vendor.counting() as calls:
        read(vendor)

    assert caught.value.fix
    assert len(calls) <= 60


def test_an_empty_account_is_read_and_can_be_read_again(vendor: ZendeskChatSandbox) -> None:
    """Nothing is a result, not a fault."""
    vendor.chats = {}
    records, cursor = read(vendor)

    assert records == []
    assert read(vendor, cursor)[0] == []


def test_a_read_since_a_time_takes_what_changed_since(either: ZendeskChatSandbox) -> None:
    """In the unit that the account has."""
    unit = "us" if either.in_microseconds else "s"
    since = datetime.fromtimestamp(SEEDED_FROM + 40_000, UTC)
    with connect(either, time_unit=unit) as source:
        cursor = source.cursor_since("chats", since)
        with pytest.raises(SetupError, match="time zone"):
            source.cursor_since("chats", datetime(2026, 9, 10))  # noqa: DTZ001 -- the case

    records, _ = read(either, cursor, overlap=0)

    assert 0 < len(records) < len(either.chats)
    assert all(datetime.fromisoformat(record.changed_at or "") >= since for record in records)


@pytest.mark.parametrize(
    "fault",
    [status(429), status(429, retry_after=0.1), status(503, retry_after=0.1), status(502), html(200), cut_body],
    ids=["429", "429 Retry-After", "503", "502", "HTML", "cut body"],
)
def test_what_passes_is_tried_again(vendor: ZendeskChatSandbox, fault: Fault) -> None:
    """One more call, nothing lost."""
    vendor.faults.add(fault)

    with vendor.counting() as calls:
        records, _ = read(vendor)

    assert len(records) == len(vendor.chats)
    assert len(calls) == 2


def test_a_long_rest_asked_for_ends_the_run(vendor: ZendeskChatSandbox) -> None:
    """The scheduler is told for how long."""
    vendor.faults.add(status(429, retry_after=3600))

    with pytest.raises(TransientError) as caught:
        read(vendor)

    assert caught.value.retry_after == 3600


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"chats": None},
        {"chats": ["x"]},
        {"chats": [{}]},
        {"chats": [{"id": "1"}], "count": 2, "end_time": 5},
        {"chats": [{"id": "1"}], "count": 1},
        {"chats": [], "count": 3, "end_time": 5},
    ],
    ids=str,
)
def test_an_answer_that_is_not_what_it_says_is_no_export(vendor: ZendeskChatSandbox, body: Any) -> None:
    """Short is never green."""
    vendor.faults.add(lambda _: JSONResponse(body))

    with pytest.raises(TransientError):
        read(vendor)


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [(401, CredentialsError, "token"), (403, SetupError, "scope"), (404, SetupError, "legacy Chat")],
)
def test_a_refusal_says_what_to_do(vendor: ZendeskChatSandbox, code: int, error: type[SetupError], words: str) -> None:
    """Once, and without the vendor's words."""
    vendor.faults.add(status(code, body="about ann@example.com"))

    with vendor.counting() as calls, pytest.raises(SetupError) as caught:
        read(vendor)

    assert type(caught.value) is error
    assert words in caught.value.fix
    assert "ann@example.com" not in str(caught.value)
    assert len(calls) == 1


def test_check_tries_the_token_and_the_export(vendor: ZendeskChatSandbox) -> None:
    """A missing scope is named; a refused token is an error of credentials."""
    with connect(vendor) as source:
        good = source.check()
    vendor.scopes = set()
    with connect(vendor) as source:
        bad = source.check()
    with connect(vendor, oauth_token=TOKEN) as source, pytest.raises(CredentialsError):
        source.check()

    assert [check.ok for check in good] == [True, True]
    assert [check.ok for check in bad] == [True, False]
    assert "scope read" in bad[1].fix


def test_no_secret_is_in_an_error_or_a_repr(vendor: ZendeskChatSandbox) -> None:
    """Nor in a refused setting."""
    with pytest.raises(CredentialsError) as caught:
        read(vendor, oauth_token=TOKEN)
    with pytest.raises(ValidationError) as refused:
        ZendeskChatConfig.model_validate({"oauth_token": {"x": TOKEN}, "subdomian": TOKEN})

    config = ZendeskChatConfig(oauth_token=SecretStr(TOKEN), base_url="http://127.0.0.1:9")
    assert TOKEN not in f"{caught.value!r}{caught.value.fix}{config!r}{refused.value}"


@pytest.mark.parametrize(
    ("subdomain", "base_url", "root"),
    [
        ("example", None, "https://example.zendesk.com/api/v2/chat"),
        (None, "http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/v2/chat"),
        (None, "http://127.0.0.1:8080/api/v2/chat", "http://127.0.0.1:8080/api/v2/chat"),
        (None, "https://www.zopim.com/api/v2", "https://www.zopim.com/api/v2"),
    ],
)
def test_the_api_is_at_base_url_else_at_the_subdomain(subdomain: str | None, base_url: str | None, root: str) -> None:
    """With or without its path; the older host has another."""
    assert api_root(subdomain, base_url) == root


def test_wrong_settings_say_what_is_right(vendor: ZendeskChatSandbox) -> None:
    """No credentials, no name, a host in the clear, another stream, nobody there."""
    with pytest.raises(SetupError, match="no credentials"):
        ZendeskChat(ZendeskChatConfig(subdomain="example"))
    with pytest.raises(SetupError, match="subdomain"):
        ZendeskChat(ZendeskChatConfig(subdomain="example.com/", oauth_token=SecretStr(TOKEN)))
    with pytest.raises(SetupError, match="unencrypted"):
        ZendeskChat(ZendeskChatConfig(base_url="http://api.example.com", oauth_token=SecretStr(TOKEN)))
    with connect(vendor) as source, pytest.raises(SetupError, match="tickets"):
        list(source.pull("tickets", None))
    with pytest.raises(TransientError, match="no answer"):
        read(vendor, base_url="http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (None, None),
        ([], None),
        ("?", None),
        ([{"type": "chat.memberjoin", "nick": "visitor"}, "?", {"type": "chat.msg", "msg": " "}], None),
        (
            [{"type": "chat.msg", "name": "Ann", "msg": "Hello\n"}, {"type": "chat.msg", "msg": "Yes?"}],
            "Ann: Hello\nYes?",
        ),
        ([{"type": "chat.msg", "sender_type": "Agent", "msg": "a" * 60_000}], f"Agent: {'a' * 59_993}\n{CUT}"),
    ],
)
def test_a_transcript_has_what_was_said_and_by_whom(history: object, expected: str | None) -> None:
    """Whatever else the vendor puts into a history; what is too long for a note says so."""
    assert with_transcript({"history": history})["transcript"] == expected


def test_an_admins_api_token_is_sent_as_the_vendor_wants_it() -> None:
    """`ADDRESS/token` and the token, by HTTP Basic."""
    with ZendeskChat(ZendeskChatConfig(subdomain="example", email="ann@example.com", token=SecretStr(TOKEN))) as source:
        auth = source._api._auth

    assert (auth.username, auth.password) == (b"ann@example.com/token", TOKEN.encode())  # type: ignore[attr-defined]


def test_discover_lists_the_fields_of_a_chat(vendor: ZendeskChatSandbox) -> None:
    """The vendor has no list of them to ask for."""
    with connect(vendor) as source:
        fields = {field.path: field for field in source.discover("chats")}

    assert fields["type"].choices == ("chat", "offline_msg")
    assert {"visitor.email", "zendesk_ticket_id"} <= set(fields)


def test_chats_become_leads_by_the_shipped_mapping_and_stay_as_they_are(
    vendor: ZendeskChatSandbox, tmp_path: Path
) -> None:
    """End to end, twice; who cannot be reached is skipped."""
    settings = "".join(f"{name} = {json.dumps(value)}\n" for name, value in vendor.settings().items())
    (tmp_path / "hub.toml").write_text(f'[sources.chat]\nconnector = "zendesk_chat"\n{settings}', encoding="utf-8")
    with open_hub(tmp_path) as hub:
        (first,) = sync_source(hub, "chat")
        (second,) = sync_source(hub, "chat")

    assert (first.error, second.error) == (None, None)
    assert first.counts.skipped == 3
    assert first.counts.created == len(vendor.chats) - 3
    assert second.counts.read == second.counts.unchanged


def test_what_was_said_is_a_note_at_whoever_it_was_said_to(vendor: ZendeskChatSandbox, tmp_path: Path) -> None:
    """A stranger's waits in silence; it is there when somebody bears the address."""
    settings = "".join(f"{name} = {json.dumps(value)}\n" for name, value in vendor.settings().items())
    (tmp_path / "hub.toml").write_text(f'[sources.chat]\nconnector = "zendesk_chat"\n{settings}', encoding="utf-8")
    notes = "SELECT COUNT(*) FROM note n JOIN lead l ON n.resource_type = 'lead' AND n.resource_id = l.id"
    with open_hub(tmp_path) as hub:
        sync_source(hub, "chat")
        with hub.store.read() as db:
            before = db.select(notes)[0][0]
            ((content, noted_at),) = db.select("SELECT content, noted_at FROM note ORDER BY noted_at LIMIT 1")
        stranger = next(chat for chat in vendor.chats.values() if not chat["visitor"]["email"])
        vendor.change(stranger, visitor={**stranger["visitor"], "email": "now.known@example.com"}, at=LATER)
        sync_source(hub, "chat")
        with hub.store.read() as db:
            after = db.select(notes)[0][0]

    assert (before, after) == (len(vendor.chats) - 3, len(vendor.chats) - 2)
    assert content.startswith("Chat on the website:\nVisitor: Hello")
    assert noted_at[:10] == "2026-09-14"


@pytest.mark.parametrize("overlap", [60, 60.0])
def test_times_are_handed_back_as_whole_numbers(overlap: float) -> None:
    """A host that is strict takes 1767323045, and not 1767323045.0."""
    assert repr(Mark.of({"time": 1_767_323_105, "id": None}, overlap).time) == "1767323045"
