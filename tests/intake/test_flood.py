"""A flood of deliveries while an import runs: all good ones once, all forged ones refused; times are a benchmark's."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.flood import flooded
from benchmarks.flooding.deliveries import make_flood


def test_a_flood_during_an_import_is_stored_exactly_once(tmp_path: Path, database_url: str) -> None:
    """By processes of their own, on each database: a server, an import, and senders that repeat and lie."""
    came = flooded(tmp_path / "flood", rate=40, seconds=5, rows=3_000, url=database_url)

    new, repeated, forged = (came["sent"][kind] for kind in ("new", "repeated", "forged"))
    assert min(new, repeated, forged) > 0
    assert came["stored_once"]
    assert came["leads"] == came["deliveries"] == new
    assert came["answers"]["forged"] == {"401": forged}
    assert came["refused_counted"] == forged
    yes = [came["answers"][kind].get(status, 0) for kind in ("new", "repeated") for status in ("200", "202")]
    assert sum(yes) == new + repeated
    assert came["answers"]["new"].get("202", 0) + came["answers"]["repeated"].get("202", 0) == new
    assert sum(came["turns"]) == new
    assert max(came["turns"]) - min(came["turns"]) <= 1
    assert came["runs"] <= new


@pytest.mark.parametrize(("rate", "seconds"), [(40, 5), (200, 2)])
def test_a_flood_is_the_same_every_time(rate: float, seconds: float) -> None:
    """So that two measurements are of the same thing."""
    first, second = make_flood(rate, seconds), make_flood(rate, seconds)

    assert first.kinds == second.kinds
    assert len(first.sendings) == rate * seconds
    assert first.ids == second.ids
