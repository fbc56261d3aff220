"""Reading: everybody once, from any place on, the same however it is read, and not all at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, get_args

import pytest

from connectors.connector import Cursor, StreamKind
from connectors.errors import ConnectorError, SetupError
from connectors.testing.applicable import needs
from connectors.testing.bench import Bench, stored
from connectors.testing.truth import said

PAGES = 4
"""So many pages are read, and one more that is not full."""


class Reading:
    """What holds when nothing happens meanwhile."""

    pages: ClassVar[int] = PAGES

    @staticmethod
    def several_pages(bench: Bench) -> int:
        """How many people fill several pages, the last one in part."""
        return bench.standin.page * PAGES + 1

    def test_making_one_calls_nobody(self, bench: Bench) -> None:
        """The hub makes connectors to ask for their streams."""
        with bench.connect() as connector:
            names = [stream.name for stream in connector.streams()]
            kinds = {stream.kind for stream in connector.streams()}

        assert len(set(names)) == len(names) > 0
        assert bench.standin.stream in names
        assert kinds <= set(get_args(StreamKind))
        assert bench.proxy is None or bench.proxy.calls == []

    @needs("add")
    def test_a_stream_that_is_not_there_is_said(self, bench: Bench) -> None:
        """Streams are named by people, in hub.toml."""
        with bench.connect() as connector, pytest.raises(SetupError) as caught:
            list(connector.pull("kit_no_such_stream", None))

        assert caught.value.fix

    @needs("add")
    def test_everybody_is_read(self, bench: Bench) -> None:
        """And what is read is as the vendor has it: JSON, with an id, at a time."""
        bench.truth.add(self.several_pages(bench))

        attempt = bench.read()

        assert attempt.error is None
        assert bench.truth.faults(attempt.known) == {}
        for record in attempt.known.live.values():
            assert isinstance(record.id, str)
            assert record.id
            assert record.changed_at is None or datetime.fromisoformat(record.changed_at).utcoffset() == UTC.utcoffset(
                None
            )

    def test_nobody_is_there_is_an_answer(self, bench: Bench) -> None:
        """An empty account is read without a fault, and again from where the read ended."""
        attempt = bench.read()
        again = bench.read(attempt.cursor)

        assert (attempt.error, again.error) == (None, None)
        assert attempt.known.read == again.known.read == 0

    @needs("add")
    def test_who_comes_after_an_empty_read_is_read(self, bench: Bench) -> None:
        """The cursor of an empty account is a place to go on from."""
        attempt = bench.read()
        bench.truth.add(2)

        assert bench.truth.faults(bench.read_on(attempt).known) == {}

    @needs("add")
    def test_reading_goes_on_from_every_cursor(self, bench: Bench) -> None:
        """A killed run is taken up where its last batch was stored, wherever that was."""
        bench.truth.add(self.several_pages(bench))
        places = sum(page.cursor is not None for page in bench.pages())
        assert places, "no place to go on from was given"

        for place in range(1, places + 1):
            killed = bench.read_some(place)
            rest = bench.read(killed.cursor, killed.known)
            assert killed.pages == place
            assert rest.error is None, f"from place {place}: {rest.error}"
            assert bench.truth.faults(rest.known) == {}, f"from place {place}"

    @needs("add")
    def test_a_record_is_the_same_however_it_is_read(self, bench: Bench) -> None:
        """First read, later read, one by one: else it would look changed because it was read another way."""
        bench.truth.add(self.several_pages(bench))
        first = bench.read()
        seen = {id_: said(record) for id_, record in first.known.live.items()}

        again = bench.read(first.cursor)

        differing = {id_ for id_, record in again.known.live.items() if seen.get(id_) != said(record)}
        assert differing == set()
        assert again.known.gone == {}
        with bench.connect() as connector:
            try:
                one_by_one = connector.fetch(bench.standin.stream, list(seen)[:2])
            except SetupError:
                return  # it cannot be done, and says so
        assert {record.id: said(record) for record in one_by_one} == {id_: seen[id_] for id_ in list(seen)[:2]}

    @needs("add")
    def test_a_read_ends_where_nothing_is_new(self, bench: Bench) -> None:
        """From the last cursor the read reaches back by an overlap at most; the whole is not read for ever."""
        bench.truth.add(self.several_pages(bench))
        first = bench.read()
        second = bench.read(first.cursor)
        third = bench.read(second.cursor)

        assert third.known.read <= first.known.read
        assert third.pages <= second.pages <= first.pages

    @needs("start", "add")
    def test_pages_come_as_they_are_read(self, bench: Bench) -> None:
        """An account larger than the memory can be read."""
        bench.truth.add(2 * self.several_pages(bench))
        heard: list[int] = []

        attempt = bench.read(between=lambda _: heard.append(len(bench.vendor.calls)))

        assert attempt.error is None
        assert heard[0] < len(bench.vendor.calls) - PAGES, "the first page came when most calls were made"

    @needs("start", "add")
    def test_every_call_is_counted(self, bench: Bench) -> None:
        """The count is what an account's allowance is planned by."""
        bench.truth.add(self.several_pages(bench))
        with bench.connect() as connector:
            connector.check()
            list(connector.pull(bench.standin.stream, None))

            assert connector.calls == len(bench.vendor.calls)

    @needs("add")
    def test_a_read_from_a_time_on(self, bench: Bench) -> None:
        """`sync --since`: all that changed since, or an error that says it cannot be done."""
        bench.truth.add(self.several_pages(bench))
        with bench.connect() as connector:
            try:
                cursor: Cursor | None = connector.cursor_since(bench.standin.stream, datetime(2020, 1, 1, tzinfo=UTC))
            except SetupError as error:
                cursor, fix = None, error.fix
        if cursor is None:
            assert fix
            return

        attempt = bench.read(stored(cursor))

        assert attempt.error is None
        assert bench.truth.faults(attempt.known) == {}

    @needs("add")
    def test_a_cursor_of_another_version_is_no_crash(self, bench: Bench) -> None:
        """It is read from the beginning, or refused with the way out."""
        bench.truth.add(2)
        bad: dict[str, Any] = {"kit": {"what": ["is", "this"]}}

        attempt = bench.read(bad)

        if attempt.error is None:
            assert bench.truth.faults(attempt.known) == {}
        else:
            assert isinstance(attempt.error, ConnectorError)
            assert attempt.error.fix
