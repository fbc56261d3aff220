"""Two processes at once on one database: same new people, same old ones, one lease, one pool."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from hub.batch import Item
from hub.opening import Hub, open_hub
from hub.taking import Taking
from storage import leases
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import contact, fed_by, gone, rows, run


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in a pool."""
    return opened(TOML)


@contextmanager
def beside(hub: Hub) -> Iterator[Hub]:
    """The same hub as another process has it open: a database connection of its own."""
    with open_hub(hub.home) as other:
        yield other


def together(*works: Callable[[], Any]) -> list[Any]:
    """Do several things at once; gives their results, or what they raised."""
    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(work) for work in works]
        return [future.exception() or future.result() for future in futures]


def test_two_sources_that_bring_the_same_new_people_make_each_once_and_deal_fairly(hub: Hub) -> None:
    """Forty people in both, in opposite order, ten batches each; the pool is fair to one."""
    people = [contact(str(n), "Ada", f"Byron{n}", f"a{n}@x.example") for n in range(40)]

    def sync(own: Hub, source: str, order: list[Any]) -> None:
        for start in range(0, 40, 4):
            run(own, {"contacts": order[start : start + 4]}, source=source)

    with beside(hub) as other:
        done = together(lambda: sync(hub, "one", people), lambda: sync(other, "two", people[::-1]))
    assert done == [None, None]
    assert rows(hub, "SELECT COUNT(*) FROM lead") == rows(hub, "SELECT COUNT(*) FROM person") == [(40,)]
    assert rows(hub, "SELECT COUNT(*) FROM assignment") == [(40,)]
    assert rows(hub, "SELECT MAX(turns) - MIN(turns) FROM pool_member") == [(0,)]


def test_two_sources_that_change_one_lead_at_once_are_both_heard(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is what all good drafts come to, also when the second was read while the first was being written."""
    both = ("one", "two")
    for source in both:
        run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example")]}, source=source)
    computed, gone_on = threading.Event(), threading.Event()
    merged = Taking._merge

    def merge(taking: Taking) -> Any:
        result = merged(taking)
        if taking.intent.source == "one":
            computed.set()
            gone_on.wait(3)
        return result

    monkeypatch.setattr(Taking, "_merge", merge)

    def first() -> None:
        run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example", jobtitle="CEO")]}, source="one")

    def second(other: Hub) -> None:
        computed.wait(5)
        threading.Timer(1, gone_on.set).start()
        run(other, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example", fax="123")]}, source="two")
        gone_on.set()

    with beside(hub) as other:
        assert together(first, lambda: second(other)) == [None, None]
    assert rows(hub, "SELECT title, fax FROM lead") == [("CEO", "123")]


def test_a_link_that_another_source_moved_meanwhile_is_followed(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between landing and storing the lead is merged away by its other source: the update goes to the winner."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "a@x.example"), contact("2", "Bo", "Cole", "b@x.example")]})
    run(hub, {"contacts": [contact("7", "Ada", "Byron", "a@x.example")]}, source="other")
    from hub import batching

    mapped = batching._map

    def map_late(desk: Any, items: list[Item], chosen: Any) -> None:
        monkeypatch.setattr(batching, "_map", mapped)
        run(hub, {"contacts": [gone("1", "merged", "2")]})
        mapped(desk, items, chosen)

    monkeypatch.setattr(batching, "_map", map_late)
    run(hub, {"contacts": [contact("7", "Ada", "Byron", "a@x.example", jobtitle="CEO")]}, source="other")
    assert fed_by(hub, "7", "other") == fed_by(hub, "2")
    assert rows(hub, "SELECT title FROM v_leads") == [("CEO",)]


def test_of_two_that_take_a_free_lease_at_once_one_gets_it(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fencing token is given once: two holders of the same token would both write."""
    leases.release(hub.store, leases.acquire(hub.store, "crm"))
    barrier = threading.Barrier(2, timeout=1)
    is_held = leases._is_held

    def asked(*row: Any) -> bool:
        with suppress(threading.BrokenBarrierError):  # broken: the other one waits for us to commit, as it should
            barrier.wait()
        return is_held(*row)

    monkeypatch.setattr(leases, "_is_held", asked)
    with beside(hub) as other:
        got = together(lambda: leases.acquire(hub.store, "crm"), lambda: leases.acquire(other.store, "crm"))
    assert sorted(type(each).__name__ for each in got) == ["BusyError", "Lease"]


def test_two_first_openings_at_once_plant_the_seeds_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Server and worker start together on a fresh database: no error, each user and pool once."""
    from hub import seeds
    from storage import roster

    barrier = threading.Barrier(2, timeout=1)
    find_pool = roster.find_pool

    def found(*arguments: Any) -> Any:
        result = find_pool(*arguments)
        with suppress(threading.BrokenBarrierError):
            barrier.wait()
        return result

    with beside(hub) as other:
        with hub.store.write() as db:
            for table in ("pool_member", "pool", '"user"'):
                db.execute(f"DELETE FROM {table}")
        monkeypatch.setattr(roster, "find_pool", found)
        assert together(lambda: seeds.plant(hub), lambda: seeds.plant(other)) == [None, None]
    assert rows(hub, 'SELECT COUNT(*) FROM "user"') == [(2,)]


def test_two_sources_that_bring_the_same_new_value_at_once_both_go_through(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lead source that neither run knew is made once; nobody's run fails for it."""
    from storage import roster

    barrier = threading.Barrier(2, timeout=1)
    add_named = roster.add_named

    def added(*arguments: Any) -> int:
        with suppress(threading.BrokenBarrierError):
            barrier.wait()
        return add_named(*arguments)

    monkeypatch.setattr(roster, "add_named", added)
    lead = [contact("1", "Ada", "Byron", "ada@x.example", hs_analytics_source="ORGANIC")]
    other_lead = [contact("2", "Bob", "Cole", "bob@x.example", hs_analytics_source="ORGANIC")]
    with beside(hub) as other:
        one, two = together(
            lambda: run(hub, {"contacts": lead}, source="one")["contacts"].state,
            lambda: run(other, {"contacts": other_lead}, source="two")["contacts"].state,
        )
    assert (one, two) == ("done", "done")
    assert rows(hub, "SELECT COUNT(*) FROM source") == [(1,)]


def test_two_sources_that_change_the_same_leads_in_opposite_order_both_go_through(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No deadlock: whoever is second waits for the first; nobody's run fails."""
    from storage import canonical

    def both(title: str) -> list[Any]:
        people = (("1", "Ada", "Byron"), ("2", "Bob", "Cole"))
        return [contact(key, first, last, f"{first}@x.example", jobtitle=title) for key, first, last in people]

    for source in ("one", "two"):
        run(hub, {"contacts": both("")}, source=source)
    barrier = threading.Barrier(2, timeout=1)
    update = canonical.update

    def one_by_one(db: Any, kind: str, changed: list[Any], now: str, *more: Any) -> None:
        for each in changed:
            update(db, kind, [each], now, *more)
            with suppress(threading.BrokenBarrierError):
                barrier.wait()

    monkeypatch.setattr(canonical, "update", one_by_one)
    with beside(hub) as other:
        states = together(
            lambda: run(hub, {"contacts": both("CEO")}, source="one")["contacts"].state,
            lambda: run(other, {"contacts": both("CTO")[::-1]}, source="two")["contacts"].state,
        )
    assert states == ["done", "done"]
