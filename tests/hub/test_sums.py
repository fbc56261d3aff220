"""Whatever comes in, and wherever it breaks off: every sum adds up, nothing is lost, nothing is doubled."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Check, Connector, ConnectorConfig, Cursor, Page, SourceField, SourceRecord, Stream
from connectors.errors import TransientError
from hub.opening import Hub, open_hub
from hub.settings import SourcePart
from hub.sync import sync_source
from storage.tables import COUNTS
from tests.hub.test_importing import TOML

Row = tuple[int, str, str, str]
"""Id, event, surname, e-mail."""

rows = st.tuples(
    st.integers(0, 12),
    st.sampled_from(["live", "live", "live", "live", "deleted", "archived"]),
    st.sampled_from(["Byron", "Cole", "Dean", "", "Ü\u0300x", "nul\x00"]),
    st.sampled_from(["a@x.example", "b@x.example", "info@x.example", "", "no address"]),
)
histories = st.lists(st.lists(rows, max_size=6), min_size=1, max_size=6)
breaks = st.lists(st.integers(0, 6), max_size=3)


class Scripted(Connector[ConnectorConfig]):
    """A source that yields what it is told, page by page, and breaks off before the pages it is told."""

    name, title, Config = "csv", "Scripted", ConnectorConfig

    def __init__(self, pages: Sequence[Sequence[Row]], breaks_at: int | None) -> None:
        super().__init__(ConnectorConfig())
        self.pages = pages
        self.breaks_at = breaks_at
        self.given = 0

    def streams(self) -> Sequence[Stream]:
        return [Stream("rows", "people")]

    def check(self) -> list[Check]:
        return []

    def discover(self, stream: str) -> list[SourceField]:
        return []

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        for number in range(int(cursor["page"]) if cursor else 0, len(self.pages)):
            if number == self.breaks_at:
                raise TransientError("the source broke off")
            self.given += len(self.pages[number])
            yield Page([_record(row) for row in self.pages[number]], {"page": number + 1})


def _record(row: Row) -> SourceRecord:
    key, event, surname, email = row
    data = {"First Name": "Ann", "Last Name": surname, "Email": email} if event == "live" else {}
    return SourceRecord(str(key), data, None, event)  # type: ignore[arg-type]


def _checked_counts(hub: Hub, given: int) -> None:
    """Every run's sum adds up, and the last one counted all it was given."""
    with hub.store.read() as db:
        for run_id, *counts in db.select(f"SELECT run_id, {', '.join(COUNTS[1:])} FROM run_stream"):
            assert min(counts) >= 0, run_id
        last = db.select(f"SELECT {' + '.join(COUNTS[1:])} FROM run_stream ORDER BY run_id DESC LIMIT 1")
    assert last == [(given,)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories, breaks_at=breaks)
def test_sums_add_up_and_the_end_state_is_the_source_s(history: list[list[Row]], breaks_at: list[int]) -> None:
    """Runs that break off, then one that does not: each id is where its last version says, once."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hub.toml").write_text(TOML, encoding="utf-8")
        with open_hub(folder) as opened:
            hub = opened.with_source("s", SourcePart(connector="csv", mapping="csv/rows.lead", pool="Inbound"))
            for place in [*breaks_at, None]:
                source = Scripted(history, place)
                sync_source(hub, "s", connector=source)
                _checked_counts(hub, source.given)
            _is_the_last_state(hub, history)
            again = Scripted(history, None)
            sync_source(hub, "s", connector=again)
            assert again.given == 0


def _is_the_last_state(hub: Hub, history: list[list[Row]]) -> None:
    last = {key: (event, surname, email) for page in history for key, event, surname, email in page}
    with hub.store.read() as db:
        linked = [row[0] for row in db.select("SELECT source_id FROM v_source_links")]
        held = {row[0] for row in db.select("SELECT source_id FROM v_held")}
        doubled = db.select(
            "SELECT person_id FROM lead WHERE merged_into IS NULL GROUP BY person_id HAVING COUNT(*) > 1"
        )
        ownerless = db.select("SELECT COUNT(*) FROM lead WHERE owner_id IS NULL")
    assert len(linked) == len(set(linked))
    assert doubled == []
    assert ownerless == [(0,)]
    for key, (event, surname, email) in last.items():
        good = bool(surname) and "\x00" not in surname and email != "no address"
        if event != "live":
            assert str(key) not in linked
        else:
            assert (str(key) in held) != good, (key, surname, email)
            assert not good or str(key) in linked
