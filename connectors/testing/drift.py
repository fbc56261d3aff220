"""Drift: people come, change and go while somebody reads; nobody is lost, nobody is there twice."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from connectors.testing.applicable import needs
from connectors.testing.bench import Bench
from connectors.testing.standin import offered
from connectors.testing.truth import Truth


class Drift:
    """What holds whatever happens meanwhile."""

    @needs("add", "change")
    def test_a_change_is_read(self, bench: Bench) -> None:
        """At the next read."""
        ids = bench.truth.add(bench.standin.page + 1)
        attempt = bench.read()

        bench.truth.change(ids[0])
        bench.truth.change(ids[-1])

        assert bench.truth.faults(bench.read_on(attempt).known) == {}

    @needs("add", "delete")
    def test_who_was_deleted_is_gone(self, bench: Bench) -> None:
        """As an event, which unlinks the record; and before the first read it does no harm."""
        ids = bench.truth.add(bench.standin.page + 2)
        bench.truth.delete(ids[-1])
        attempt = bench.read()
        bench.truth.delete(ids[0])

        attempt = bench.read_on(attempt)

        assert bench.truth.faults(attempt.known) == {}
        if "delete" not in bench.standin.untold:
            assert attempt.known.gone[ids[0]].event in {"deleted", "archived"}

    @needs("add", "archive", "restore")
    def test_who_was_put_away_comes_back(self, bench: Bench) -> None:
        """Archived is gone until brought back: the same record, live again."""
        ids = bench.truth.add(bench.standin.page + 1)
        attempt = bench.read()
        bench.truth.archive(ids[0])
        attempt = bench.read_on(attempt)
        faults = bench.truth.faults(attempt.known)
        bench.truth.restore(ids[0])

        assert faults == {}
        assert bench.truth.faults(bench.read_on(attempt).known) == {}

    @needs("add", "merge")
    def test_who_was_merged_names_the_winner(self, bench: Bench) -> None:
        """Links follow the winner."""
        ids = bench.truth.add(bench.standin.page + 2)
        attempt = bench.read()
        bench.truth.merge(ids[0], ids[1])
        bench.truth.merge(ids[-1], ids[1])

        attempt = bench.read_on(attempt)

        assert bench.truth.faults(attempt.known) == {}
        if "merge" not in bench.standin.untold:
            assert attempt.known.gone[ids[0]].event == "merged"

    @needs("add")
    @pytest.mark.parametrize("seed", range(6))
    def test_drift_while_reading_loses_nobody(self, bench: Bench, seed: int) -> None:
        """All is right after the next read: an index may lag, so that the first may leave the newest to it."""
        dice = random.Random(f"drift {seed}")  # noqa: S311  -- to be the same at each run
        bench.truth.add(4 * bench.standin.page + 1)

        attempt = bench.read(between=lambda _: happen(bench.truth, dice, offered(type(bench.standin))))
        attempt = attempt if attempt.error is None else bench.read_on(attempt)

        assert bench.truth.faults(bench.read_on(attempt).known) == {}

    @needs("add")
    def test_drift_and_a_kill_after_every_page(self, bench: Bench) -> None:
        """Each run stores one page and dies; things go on happening in between."""
        dice = random.Random("kills")  # noqa: S311  -- to be the same at each run
        bench.truth.add(3 * bench.standin.page + 1)
        attempt = bench.read_some()
        for _ in range(6):
            happen(bench.truth, dice, offered(type(bench.standin)))
            attempt = bench.read_some(1, attempt)

        assert bench.truth.faults(bench.read_on(bench.read_on(attempt)).known) == {}


def happen(truth: Truth, dice: random.Random, can: frozenset[str]) -> None:
    """Let two things happen, of those that can."""
    for _ in range(2):
        ways = [way for name, way in _WAYS.items() if name in can and (name == "add" or len(truth.texts) > 3)]
        dice.choice(ways)(truth, dice)


def _delete(truth: Truth, dice: random.Random) -> None:
    truth.delete(_somebody(truth, dice))


def _change(truth: Truth, dice: random.Random) -> None:
    truth.change(_somebody(truth, dice))


def _archive(truth: Truth, dice: random.Random) -> None:
    truth.archive(_somebody(truth, dice))


def _restore(truth: Truth, dice: random.Random) -> None:
    if truth.archived:
        truth.restore(dice.choice(sorted(truth.archived)))


def _merge(truth: Truth, dice: random.Random) -> None:
    loser, winner = dice.sample(sorted(truth.texts), 2)
    truth.merge(loser, winner)


def _somebody(truth: Truth, dice: random.Random) -> str:
    return dice.choice(sorted(truth.texts))


_WAYS: dict[str, Callable[[Truth, random.Random], object]] = {
    "add": lambda truth, _: truth.add(),
    "change": _change,
    "delete": _delete,
    "archive": _archive,
    "restore": _restore,
    "merge": _merge,
}
