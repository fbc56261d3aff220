"""Buying: within the budget, nobody twice, nothing paid that is not stored, whoever dies where."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import CredentialsError, TransientError
from connectors.prospects.provider import NoCreditsError
from hub.adding import Adding, add
from hub.opening import Hub, open_hub
from hub.prospect_buying import Bought, buy, purchase_key
from hub.prospect_import import import_list
from hub.prospect_lists import all_lists, remove, show
from hub.prospect_suppression import suppress
from hub.prospecting import Search, search
from sandbox.prospects import ProspectsSandbox
from sandbox.vendor import cut_body, hang_up, html, status
from sell_model.errors import SetupError
from storage.leases import BusyError
from tests.hub.test_review_together import together
from tests.prospects.test_searching import file, found, reasons, states


def pay(hub: Hub, budget: int | None = None, name: str = "Engineers", **options: Any) -> Bought:
    """Buy, as ann."""
    return buy(hub, name, budget, by="ann@hub.example", **options)


def test_what_is_paid_for_is_there(hub: Hub, provider: ProspectsSandbox) -> None:
    """Address and number, who paid, when, how much; the account agrees."""
    found(hub)
    told = pay(hub)

    assert (told.bought, told.spent, told.credits_left, provider.credits) == (5, 5, 495, 495)
    assert provider.charged == [f"p{number}" for number in range(5)]
    for row, _ in show(hub, "Engineers")[1]:
        assert (row.state, row.credits, row.bought_by) == ("ready", 1, "ann@hub.example")
        assert row.data["email"] == f"{row.outside_id.partition(':')[2]}@offered.example"


def test_again_nothing_is_paid(hub: Hub, provider: ProspectsSandbox) -> None:
    """Twice is once."""
    found(hub)
    pay(hub)
    told = pay(hub)

    assert (told.bought, told.spent, len(provider.charged)) == (0, 0, 5)


def test_the_budget_is_kept_to_the_credit(hub: Hub, provider: ProspectsSandbox) -> None:
    """Also where one costs more than what is left of it."""
    provider.price = 3
    found(hub)
    told = pay(hub, 8)

    assert (told.bought, told.spent, told.stopped) == (2, 6, "the budget is used up")
    assert provider.credits == 494
    assert pay(hub, 0).bought == 0
    with pytest.raises(SetupError, match="no budget"):
        pay(hub, -1)


def test_a_dry_run_tells_the_cost_and_pays_nothing(hub: Hub, provider: ProspectsSandbox) -> None:
    """Within the budget, within the account, less who is known by now."""
    provider.price, provider.credits = 2, 7
    found(hub)
    add(hub, Adding("lead", {"last_name": "p1", "email": "p1@offered.example"}))

    told = pay(hub, dry_run=True)
    assert (told.wanted, told.suppressed, told.bought, told.spent) == (5, 1, 3, 6)
    assert told.stopped == "the credits do not suffice"
    assert pay(hub, 3, dry_run=True).spent == 2
    assert provider.charged == []
    assert set(states(hub).values()) == {"found"}


def test_who_became_known_since_the_search_is_not_paid_for(hub: Hub, provider: ProspectsSandbox) -> None:
    """It is asked once more right before each purchase."""
    found(hub)
    add(hub, Adding("lead", {"last_name": "p1", "email": "p1@offered.example"}))
    suppress(hub, ["p2@offered.example", "@other.example"])
    told = pay(hub)

    assert told.suppressed == 1  # of p2 the address is not known before it is paid for
    assert "p1" not in provider.charged
    assert list(reasons(hub)) == ["p1"]


def test_of_whom_there_is_nothing_nothing_is_paid(hub: Hub, provider: ProspectsSandbox) -> None:
    """And it is not asked again."""
    provider.no_data = {"p3"}
    found(hub)
    told = pay(hub)
    assert (told.gone, told.bought, provider.credits) == (1, 4, 496)
    calls = len(provider.calls)
    pay(hub)
    assert [call.path for call in provider.calls[calls:]] == ["/v1/account"]


def test_used_up_credits_end_it_and_keep_what_was_paid(hub: Hub, provider: ProspectsSandbox) -> None:
    """With more of them it goes on."""
    provider.credits = 2
    found(hub)
    with pytest.raises(NoCreditsError) as error:
        pay(hub)
    assert "buy credits there" in error.value.fix
    assert sorted(states(hub).values()) == ["found", "found", "found", "ready", "ready"]
    provider.credits = 10
    assert pay(hub).bought == 3
    assert provider.charged == [f"p{number}" for number in range(5)]


@pytest.mark.parametrize("fault", [status(429, retry_after=3), status(500), html(), cut_body, hang_up])
def test_a_purchase_that_is_asked_twice_is_paid_once(hub: Hub, provider: ProspectsSandbox, fault: Any) -> None:
    """The key names it; an answer that is lost on the way comes again."""
    found(hub)
    provider.faults.add(fault, at="reveal", times=2)

    assert pay(hub).bought == 5
    assert sorted(provider.charged) == sorted(set(provider.charged))


def test_a_provider_that_goes_down_in_the_middle(hub: Hub, provider: ProspectsSandbox) -> None:
    """What was paid for stays; the next purchase goes on with the one that was under way."""
    found(hub)

    def after_the_third() -> None:
        if len(provider.charged) == 3:
            provider.faults.add(status(503), at="reveal", times=100)

    provider.after_charge = after_the_third
    with pytest.raises(TransientError):
        pay(hub)
    provider.after_charge = lambda: None
    provider.faults = type(provider.faults)()

    assert (pay(hub, 0).bought, sorted(states(hub).values()).count("buying")) == (0, 1)
    pay(hub)
    assert provider.charged == [f"p{number}" for number in range(5)]
    assert set(states(hub).values()) == {"ready"}


KILLED = """
import os, sys
from hub.opening import open_hub
from hub.prospect_buying import _Buying, buy
from storage import prospects
where, count = sys.argv[1], int(sys.argv[2])
seen = [0]
def die(of):
    def dying(*args, **kwargs):
        if where == "after":
            result = of(*args, **kwargs)
        seen[0] += 1
        if seen[0] > count:
            os._exit(9)
        return result if where == "after" else of(*args, **kwargs)
    return dying
if where == "between":
    prospects.set_bought = die(prospects.set_bought)
else:
    from connectors.prospects.provider import Provider
    Provider.reveal = die(Provider.reveal)
with open_hub(sys.argv[3]) as hub:
    buy(hub, "Engineers", None, by="ann@hub.example")
"""


@pytest.mark.parametrize("where", ["before", "after", "between"])
def test_killed_between_paying_and_storing_nobody_is_paid_for_twice(
    hub: Hub, provider: ProspectsSandbox, tmp_path: Path, where: str
) -> None:
    """Before the call, after it, and in the transaction that stores it: the next run asks with the same key."""
    found(hub)
    for count in range(3):
        root = str(Path(__file__).resolve().parents[2])
        command = [sys.executable, "-c", KILLED, where, str(count), str(hub.home)]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": root}, check=False, capture_output=True)
        assert done.returncode == 9, done.stderr.decode()
    pay(hub)

    assert sorted(provider.charged) == [f"p{number}" for number in range(5)]
    assert provider.credits == 495
    assert set(states(hub).values()) == {"ready"}
    assert all_lists(hub)[0].credits == 5


def test_two_at_once_pay_once(hub: Hub, provider: ProspectsSandbox) -> None:
    """One of them is told that somebody buys, or finds nothing left."""
    found(hub)

    def try_to(own: Hub) -> str:
        try:
            return str(pay(own).bought)
        except BusyError:
            return "busy"

    with open_hub(hub.home) as other:
        told = together(lambda: try_to(hub), lambda: try_to(other))
    assert "5" in told
    assert set(told) <= {"5", "0", "busy"}
    assert sorted(provider.charged) == [f"p{number}" for number in range(5)]


def test_two_lists_share_what_was_paid(hub: Hub, provider: ProspectsSandbox) -> None:
    """Found on another list before or after it was paid for; also when the first list is gone."""
    found(hub, name="One")
    found(hub, name="Two")
    pay(hub, name="One")
    told = pay(hub, name="Two")
    assert (told.had, told.bought, told.spent) == (5, 0, 0)
    assert set(states(hub, "Two").values()) == {"ready"}

    import_list(hub, "One")
    remove(hub, "One")
    provider.add("new")
    told2 = found(hub, name="Three", keep_companies=True)
    assert told2.new == {"suppressed": 5, "found": 1}
    assert len(provider.charged) == 5


def test_what_is_paid_for_is_remembered_when_its_list_is_gone(hub: Hub, provider: ProspectsSandbox) -> None:
    """Leads may go, too: the same person is not paid for again."""
    found(hub, name="One")
    pay(hub, name="One")
    with pytest.raises(SetupError, match="paid for"):
        remove(hub, "One")
    import_list(hub, "One")
    remove(hub, "One")
    with hub.store.write() as db:  # as if their leads had been forgotten by another way
        db.execute("DELETE FROM match_key")
        db.execute("DELETE FROM lead")
    found(hub, name="Two")
    assert set(states(hub, "Two").values()) == {"ready"}


def test_keys_tell_people_apart_and_stay() -> None:
    """The same person is the same purchase for ever."""
    assert purchase_key("reach:p1") == purchase_key("reach:p1") != purchase_key("reach:p2") != purchase_key("x:p1")


def test_a_list_of_a_file_needs_no_buying(hub: Hub) -> None:
    """It says what to do instead."""
    search(hub, Search("Fair", file=file(hub, "Ann,Li,,Acme,,,,ann@acme.example,,")))
    with pytest.raises(SetupError, match="its contact data is here"):
        pay(hub, name="Fair")


def test_a_token_that_was_revoked(hub: Hub, provider: ProspectsSandbox) -> None:
    """Before anything is begun."""
    found(hub)
    provider.token = "another"
    with pytest.raises(CredentialsError):
        pay(hub)
    assert set(states(hub).values()) == {"found"}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["buy", "fail", "poor", "search", "dry"]), st.integers(0, 4)), max_size=7))
def test_whatever_happens_the_account_and_the_hub_agree(
    hub: Hub, provider: ProspectsSandbox, steps: list[tuple[str, int]]
) -> None:
    """Everybody is charged at most once, and all that was charged is stored or asked for again."""
    found(hub)
    for doing, number in steps:
        provider.faults = type(provider.faults)()
        if doing == "fail":
            provider.faults.add(status(503), at=f"p{number}/reveal", times=100)
        provider.credits = number if doing == "poor" else 100
        try:
            if doing == "search":
                found(hub)
            else:
                pay(hub, number, dry_run=doing == "dry")
        except (TransientError, NoCreditsError) as error:
            assert error.fix  # noqa: PT017  -- it may be raised or not
    charged = list(provider.charged)
    assert len(charged) == len(set(charged))
    ready = {its for its, state in states(hub).items() if state == "ready"}
    under_way = {its for its, state in states(hub).items() if state == "buying"}
    assert ready <= set(charged) <= ready | under_way
