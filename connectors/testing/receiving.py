"""Receiving: what the vendor sends is believed when it proves itself, and else refused without a crash."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.connector import Connector, Delivery, Request
from connectors.errors import RefusedRequest
from connectors.testing.applicable import needs
from connectors.testing.bench import Bench
from connectors.testing.truth import Known, said

BODIES = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00\x80",
    "cut JSON": b'{"id": "1", "email": "a',
    "an array": b"[1, 2]",
    "null": b"null",
    "an empty object": b"{}",
    "deep": b"[" * 100_000,
    "a form": b"a=b&c=%FF",
    "odd values": b'{"id": {"a": 1}, "event_id": [], "data": 7, "type": 3, "entry": {}, "records": [null]}',
}
"""Genuine as to its signature, by a sender that went wrong."""


class Receiving:
    """What holds of requests that are sent to the hub."""

    @needs("add", "deliver")
    def test_a_delivery_brings_the_record(self, bench: Bench) -> None:
        """Under the id that it is read by, so that read and received it is one record."""
        (id_,) = bench.truth.add(1)
        request = bench.standin.deliver(id_)
        with bench.connect() as connector:
            delivery = connector.receive(request)
            streams = [stream.name for stream in connector.streams()]

        known = Known({record.id: record for record in delivery.records if record.event == "live"})
        assert delivery.stream in streams
        assert bench.truth.faults(known) == {}

    @needs("add", "deliver")
    def test_the_same_delivery_has_the_same_key(self, bench: Bench) -> None:
        """Senders send again what they got no answer to; another delivery has another key."""
        first, second = bench.truth.add(2)
        request, other = bench.standin.deliver(first), bench.standin.deliver(second)
        with bench.connect() as connector:
            keys = [connector.receive(each).key for each in (request, request, other)]

        assert keys[0] == keys[1] != keys[2]

    @needs("add", "deliver", "forge")
    def test_a_delivery_that_proves_nothing_is_refused(self, bench: Bench) -> None:
        """With a status for the sender, and before anything of it is read."""
        (id_,) = bench.truth.add(1)
        with bench.connect() as connector:
            for number, forged in enumerate(bench.standin.forge(id_), 1):
                calls = connector.calls
                with pytest.raises(RefusedRequest) as caught:
                    connector.receive(forged)
                assert 400 <= caught.value.status < 500, f"forgery {number}"
                assert connector.calls == calls, f"forgery {number} made us call the vendor"
                assert [s for s in bench.standin.secrets() if s in f"{caught.value!r}{caught.value.fix}"] == []

    @needs("add", "stale")
    def test_an_old_delivery_is_refused(self, bench: Bench) -> None:
        """Who wrote down a genuine request cannot play it again later."""
        (id_,) = bench.truth.add(1)
        with bench.connect() as connector, pytest.raises(RefusedRequest):
            connector.receive(bench.standin.stale(id_))

    @needs("sign")
    @pytest.mark.parametrize("body", BODIES)
    def test_a_genuine_delivery_of_nonsense_is_no_crash(self, bench: Bench, body: str) -> None:
        """Refused, or passed over: but no record is made of it that would have no id."""
        request = bench.standin.sign(BODIES[body])
        with bench.connect() as connector:
            delivery, status = _received(connector, request)

        assert 400 <= status < 500
        assert delivery is None or delivery.key
        assert delivery is None or all(record.id and said(record) for record in delivery.records)

    @needs("add", "deliver")
    def test_another_content_type_is_no_crash(self, bench: Bench) -> None:
        """Read all the same, or refused."""
        (id_,) = bench.truth.add(1)
        request = bench.standin.deliver(id_)
        headers = {**request.headers, "content-type": "application/octet-stream"}
        with bench.connect() as connector:
            delivery, status = _received(connector, replace(request, headers=headers))

        assert 400 <= status < 500
        assert delivery is None or [record.id for record in delivery.records] == [id_]


def _received(connector: Connector[Any], request: Request) -> tuple[Delivery | None, int]:
    """What comes of a request, and the status that it is refused with (400 where it is not)."""
    try:
        return connector.receive(request), 400
    except RefusedRequest as refused:
        return None, refused.status
