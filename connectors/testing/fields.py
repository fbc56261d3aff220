"""Fields: all are told with their types, new ones too, and none that is odd keeps a record from being read."""

from __future__ import annotations

import typing

import pytest

from connectors.connector import SourceField
from connectors.errors import SetupError
from connectors.testing.applicable import needs
from connectors.testing.bench import Bench
from connectors.testing.truth import said

FIELD_TYPES = frozenset(typing.get_args(typing.get_type_hints(SourceField)["type"]))


class Fields:
    """What holds of the fields that records have."""

    @needs("add")
    def test_fields_are_told_with_their_types(self, bench: Bench) -> None:
        """A mapping is written from them; each path is named once."""
        bench.truth.add(2)
        with bench.connect() as connector:
            fields = connector.discover(bench.standin.stream)

        paths = [field.path for field in fields]
        assert len(set(paths)) == len(paths)
        assert all(paths)
        assert {field.type for field in fields} <= FIELD_TYPES
        assert fields or bench.proxy is None, "a vendor's records have fields"

    @needs("add")
    def test_fields_of_a_stream_that_is_not_there(self, bench: Bench) -> None:
        """It is said, as when reading."""
        with bench.connect() as connector, pytest.raises(SetupError) as caught:
            connector.discover("kit_no_such_stream")

        assert caught.value.fix

    @needs("add", "add_field")
    def test_a_field_of_the_accounts_own_is_told(self, bench: Bench) -> None:
        """Custom fields are most of what people map."""
        bench.truth.add(1)
        bench.standin.add_field("kitcustom")
        with bench.connect() as connector:
            fields = connector.discover(bench.standin.stream)

        assert [f for f in fields if "kitcustom" in f.path.lower() or "kitcustom" in f.label.lower()]

    @needs("add", "extend")
    def test_a_field_that_nobody_knows_does_no_harm(self, bench: Bench) -> None:
        """Vendors add fields without a word; what is readable is kept."""
        first, second = bench.truth.add(2)
        bench.standin.extend(first, "kitunheard")

        attempt = bench.read()

        assert attempt.error is None
        assert bench.truth.faults(attempt.known) == {}
        if "extend" not in bench.standin.untold:
            assert "kitunheard" in said(attempt.known.live[first])
            assert "kitunheard" not in said(attempt.known.live[second])

    @needs("add", "retype")
    def test_a_field_that_changes_its_type_does_no_harm(self, bench: Bench) -> None:
        """The mapping holds what it cannot read; the connector reads on."""
        ids = bench.truth.add(bench.standin.page + 1)
        bench.standin.retype(ids[0])

        attempt = bench.read()

        assert attempt.error is None
        assert bench.truth.faults(attempt.known) == {}

    @needs("start")
    def test_every_stream_can_be_read(self, bench: Bench) -> None:
        """To its end, again from there, and its fields told."""
        with bench.connect() as connector:
            names = [stream.name for stream in connector.streams()]
        for name in names:
            with bench.connect() as connector:
                pages = list(connector.pull(name, None))
                last = next((page.cursor for page in reversed(pages) if page.cursor is not None), None)
                list(connector.pull(name, last))
                connector.discover(name)

            assert all(said(record) for page in pages for record in page.records)
