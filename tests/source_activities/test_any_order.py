"""In whatever order people, deals and activities come, change and go: the same activities, places and figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import SourceRecord
from hub.database import examine
from hub.opening import Hub
from tests.source_activities.account import fed, gone, note, place, record, rows, sync

_ROUNDS = count()

PEOPLE, FIRMS, SALES = ("1", "2"), ("1",), ("1",)
"""The same ids in each stream: they must not be taken for one another."""
Event = tuple[str, str, tuple[str, ...]]
"""Stream, id, and what it says; nothing: it is gone."""

_said = st.one_of(
    st.tuples(st.just("people"), st.sampled_from(PEOPLE), st.sampled_from([("lead",), ("customer",), ()])),
    st.tuples(st.just("firms"), st.sampled_from(FIRMS), st.sampled_from([("there",), ()])),
    st.tuples(st.just("sales"), st.sampled_from(SALES), st.sampled_from([("there",), ()])),
    st.tuples(
        st.sampled_from(["notes", "calls"]),
        st.sampled_from("ab"),
        st.lists(st.sampled_from(["person=1", "person=2", "firm=1", "sale=1"]), unique=True, max_size=3).map(
            lambda refs: ("text", *sorted(refs))
        ),
    ),
    st.tuples(st.sampled_from(["notes", "calls"]), st.sampled_from("ab"), st.just(())),
    st.tuples(st.just("mails"), st.sampled_from("ab"), st.sampled_from([("to", "1"), ("to", "2"), ()])),
)
batches = st.lists(st.lists(_said, min_size=1, max_size=5), min_size=1, max_size=5)


@dataclass
class World:
    """One source of the hub, and what it has said so far."""

    hub: Hub
    source: str
    said: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    stood: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """What activities said when they last could stand."""
    clock: int = 0

    def address(self, key: str) -> str:
        """A person's address, of this source alone."""
        return f"p{key}@{self.source}.example"

    def bring(self, events: list[Event]) -> None:
        """Sync a batch: of each record the last word."""
        last = {(stream, key): words for stream, key, words in events}
        script: dict[str, list[SourceRecord]] = {}
        for (stream, key), words in last.items():
            script.setdefault(stream, []).append(self.record(stream, key, words))
            self.said[stream, key] = words
        for stream in ("notes", "calls", "mails"):
            script.setdefault(stream, [])
        sync(self.hub, self.source, **script)
        for (stream, key), words in self.said.items():
            if stream in {"notes", "calls", "mails"}:
                self.judge(stream, key, words)

    def record(self, stream: str, key: str, words: tuple[str, ...]) -> SourceRecord:
        """A record as its source gives it."""
        self.clock += 1
        if not words:
            return gone(key)
        if stream == "people":
            return record(key, kind=words[0], first=f"First{key}", last=self.source, email=self.address(key))
        if stream == "firms":
            return record(key, name=f"Firm {self.source}")
        if stream == "sales":
            return record(key, name=f"Sale {self.source}", firm="1")
        at = f"2026-01-02T10:00:{self.clock % 60:02}Z"
        if stream == "mails":
            return note(key, at=at, address=self.address(words[1]))
        return note(key, at=at, **dict(word.split("=") for word in words[1:]))

    def judge(self, stream: str, key: str, words: tuple[str, ...]) -> None:
        """Compare one activity with what it must be."""
        kind = {"notes": "note", "calls": "call", "mails": "email"}[stream]
        at = place(self.hub, stream, key, kind, self.source)
        wanted = self.place_of(stream, words)
        if wanted is None and words and stream != "mails" and (stream, key) in self.stood:
            assert at != ("gone", None), "what is held leaves standing what stood"
            return
        if words and wanted is not None:
            self.stood[stream, key] = words
        else:
            self.stood.pop((stream, key), None)
        assert self.seen(at) == (wanted or ("gone", None)), (stream, key, words)

    def place_of(self, stream: str, words: tuple[str, ...]) -> tuple[str | None, int | None] | None:
        """Where an activity must be seen; None: nowhere."""
        if not words:
            return None
        named = {"person": words[1]} if stream == "mails" else dict(word.split("=") for word in words[1:])
        person = named.get("person")
        contact = fed(self.hub, "people", person, "contact", self.source) if person else None
        lead = fed(self.hub, "people", person, "lead", self.source) if person else None
        firm = fed(self.hub, "firms", "1", "contact", self.source) if "firm" in named else None
        deal = fed(self.hub, "sales", "1", "deal", self.source) if "sale" in named else None
        if deal and stream == "notes":
            return ("deal", deal)
        if contact or lead:
            return ("contact", contact) if contact else ("lead", lead)
        if firm:
            return ("contact", firm)
        if stream == "calls" and (deal or not named):
            return (None, None)
        return None

    def seen(self, at: tuple[str | None, int | None]) -> tuple[str | None, int | None]:
        """Where an activity is seen today: what stood at a lead, at the contact that it became."""
        if at[0] == "lead":
            became = rows(
                self.hub, "SELECT individual_id FROM conversion WHERE undone_at IS NULL AND lead_id = ?", at[1]
            )
            return ("contact", became[0][0]) if became else at
        return at


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches)
def test_any_order_of_arrival_comes_to_the_same(hub: Hub, told: list[list[Event]]) -> None:
    """What a batch brings, what waits for it, what it moves: as if all had been known at once."""
    world = World(hub, f"s{next(_ROUNDS)}")
    for events in told:
        world.bring(events)
    for kind in ("note", "call", "email"):
        before = rows(hub, f'SELECT id, version FROM "{kind}" ORDER BY id')
        sync(hub, world.source, notes=[], calls=[], mails=[])
        assert rows(hub, f'SELECT id, version FROM "{kind}" ORDER BY id') == before
    assert [finding.text for finding in examine(hub) if finding.level == "FAIL"] == []
