"""`report funnel` over real deals, on both databases."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.by_hand import by_hand
from hub.opening import Hub, open_hub
from hub.reporting.funnel import Question, report_funnel
from hub.reporting.period import Period
from sell_model.errors import SetupError
from sell_model.funnel import Rule
from storage import roster
from tests.conftest import OpenHub
from tests.reports import CLOSURE, INCOMING, LOST, QUALIFIED, QUOTE, UNQUALIFIED, WON, Sale, at, sell

USERS = '[[users]]\nname = "Ann Li"\nemail = "ann@example.com"\n'


def asked(hub: Hub, **question: Any) -> dict[str, Any]:
    """The funnel as `--json` prints it."""
    return report_funnel(hub, Question(**question)).to_json()


def counts(report: dict[str, Any]) -> list[int]:
    """How many deals each stage counts."""
    return [stage["count"] for stage in report["stages"]]


def test_a_funnel_counts_values_and_shares_by_stage(opened: OpenHub) -> None:
    """By the rule reached: skipping does not break it, the won count everywhere."""
    hub = at(opened(USERS))
    sell(
        hub,
        Sale([INCOMING, QUOTE, WON], "1000"),
        Sale([INCOMING, QUALIFIED], "200.50"),
        Sale([INCOMING, QUOTE, INCOMING, LOST], "300"),
        Sale([INCOMING, UNQUALIFIED], "50"),
    )
    report = asked(hub)

    assert (report["pipeline"], report["rule"], report["currency"]) == ("Sales Pipeline", "reached", "USD")
    assert counts(report) == [4, 3, 2, 1]
    assert [stage["value"] for stage in report["stages"]] == ["1550.50", "1500.50", "1300.00", "1000.00"]
    # Won is certain, lost is nothing, the open one stands at 20 %.
    assert [stage["weighted_value"] for stage in report["stages"]] == ["1040.10", "1040.10", "1000.00", "1000.00"]
    assert [stage["step_conversion"] for stage in report["stages"]] == [0.75, 0.6667, 0.5, 1.0]
    assert (report["won"]["count"], report["won"]["value"]) == (1, "1000.00")
    assert (report["lost"]["count"], report["unqualified"]["count"], report["open"]["count"]) == (1, 1, 1)
    assert report["overall_conversion"] == 0.25
    assert report["population"] == {"by": "added", "deals": 4, "means": "deals of Sales Pipeline added at any time"}


def test_touched_and_strict_count_where_deals_really_stood(opened: OpenHub) -> None:
    """The same deals by the other two rules."""
    hub = at(opened())
    sell(hub, Sale([INCOMING, QUOTE, WON]), Sale([INCOMING, QUALIFIED, QUOTE]), Sale([QUOTE]))

    assert counts(asked(hub, rule="touched")) == [2, 1, 3, 0]
    assert counts(asked(hub, rule="strict")) == [2, 1, 1, 0]
    assert counts(asked(hub, rule="reached")) == [3, 3, 3, 1]


def test_amounts_of_several_currencies_are_never_added(opened: OpenHub) -> None:
    """`value` is of the hub's currency, `values` has each; with one currency alone that is the one."""
    hub = at(opened())
    sell(hub, Sale(value="0.10"), Sale(value="0.20"), Sale(value="1000", currency="JPY"), Sale(value=None))
    report = asked(hub)

    assert (report["currency"], report["open"]["value"]) == ("USD", "0.30")
    assert report["open"]["values"] == {"JPY": "1000", "USD": "0.30"}
    assert report["open"]["count"] == 4
    assert any("JPY, USD" in note for note in report["notes"])


def test_where_all_deals_have_one_currency_it_is_the_one_told(opened: OpenHub) -> None:
    """A hub of dollars with yen alone would show zeroes otherwise."""
    hub = at(opened())
    sell(hub, Sale(value="1000", currency="JPY", likelihood=33))

    assert asked(hub)["currency"] == "JPY"
    assert (asked(hub)["open"]["value"], asked(hub)["open"]["weighted_value"]) == ("1000", "330")


def test_a_deals_own_likelihood_weighs_it_while_it_is_open(opened: OpenHub) -> None:
    """Once it is lost, what was hoped for weighs nothing."""
    hub = at(opened())
    sell(hub, Sale([QUOTE], "100", likelihood=75), Sale([QUOTE, LOST], "100", likelihood=75))

    assert (asked(hub)["open"]["weighted_value"], asked(hub)["lost"]["weighted_value"]) == ("75.00", "0.00")


def test_the_largest_amounts_are_added_exactly(opened: OpenHub) -> None:
    """A hundred deals of 10^15 do not fit into 64 bits of cents."""
    hub = at(opened())
    sell(hub, *[Sale([WON], "999999999999999.99")] * 100)

    assert asked(hub)["won"]["value"] == "99999999999999999.00"
    assert asked(hub)["won"]["weighted_value"] == "99999999999999999.00"


def test_a_period_holds_its_first_and_last_day_in_the_hubs_zone(opened: OpenHub) -> None:
    """Deals added at noon of 2 to 5 March, UTC; in Auckland those are the nights of the days after."""
    hub = at(opened('[hub]\ntimezone = "Pacific/Auckland"\n'))
    sell(hub, *[Sale(added=days) for days in range(4)])
    days = Period(date(2026, 3, 3), date(2026, 3, 4))

    assert asked(hub, period=days)["population"]["deals"] == 2
    assert asked(hub, period=Period(date(2026, 3, 7)))["population"]["deals"] == 0
    assert asked(hub, period=Period(None, date(2026, 3, 5)))["population"]["deals"] == 3


def test_a_period_may_be_of_when_deals_were_closed(opened: OpenHub) -> None:
    """Open ones are in no such period; it says so in words."""
    hub = opened()
    sell(at(hub, days=40), Sale([INCOMING, WON]), Sale([INCOMING, LOST]), Sale([INCOMING]))
    report = asked(at(hub, days=50), by="closed", period=Period(date(2026, 4, 11), date(2026, 4, 11)))

    assert (report["won"]["count"], report["lost"]["count"], report["open"]["count"]) == (1, 1, 0)
    assert report["population"]["means"] == "deals of Sales Pipeline closed from 2026-04-11 to 2026-04-11"
    assert asked(at(hub, days=50), by="closed", period=Period(date(2026, 3, 2), date(2026, 3, 2)))["won"]["count"] == 0


def test_owners_and_sources_narrow_it(opened: OpenHub) -> None:
    """By address, by name, or nobody's."""
    hub = at(opened(USERS))
    sell(hub, Sale(owner="ann@example.com", source="Trade fair"), Sale(source="Web"), Sale())

    assert asked(hub, owner="ANN@example.com")["population"]["deals"] == 1
    assert asked(hub, owner="ann li")["population"]["deals"] == 1
    assert asked(hub, owner="none")["population"]["deals"] == 2
    assert asked(hub, source="trade fair")["population"]["deals"] == 1


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ({"pipeline": "Sale Pipeline"}, "did you mean 'Sales Pipeline'"),
        ({"owner": "anne@example.com"}, "did you mean 'ann@example.com'"),
        ({"source": "Web"}, "there is none of that name"),
    ],
)
def test_what_is_not_there_is_refused_with_the_nearest(opened: OpenHub, question: dict[str, str], text: str) -> None:
    """An empty report would look like no sales."""
    with pytest.raises(SetupError, match=text):
        asked(opened(USERS), **question)


def test_median_days_count_the_running_stay_up_to_now_and_add_up_returns(opened: OpenHub) -> None:
    """Two deals: 4 days and 1 day in Incoming, of which one came back for 2 more; Quote runs on for 6."""
    hub = opened()
    first, second = sell(at(hub), Sale(), Sale())
    for day, deal, stage in (
        (1, second, QUALIFIED), (4, first, QUOTE), (7, second, INCOMING), (9, second, WON),
    ):  # fmt: skip
        with by_hand(at(hub, days=day), "deal move") as hand:
            hand.edit("deal", deal, {"stage_id": stage})
    days = {s["stage"]: s["median_days"] for s in asked(at(hub, days=10))["stages"]}

    assert days == {"Incoming": 3.5, "Qualified": 6.0, "Quote": 6.0, "Closure": None}


def test_deleted_deals_are_not_counted(opened: OpenHub) -> None:
    """They are held back, not gone: restore brings them back into the report."""
    hub = at(opened())
    deal, _ = sell(hub, Sale(), Sale())
    with by_hand(hub, "deal delete") as hand:
        hand.edit("deal", deal, {"deleted_at": hand.now})

    assert asked(hub)["population"]["deals"] == 1


def test_values_of_another_basis_are_counted_and_listed_but_not_added(opened: OpenHub) -> None:
    """Twelve times as much would look like a good year."""
    sell(at(opened('[hub]\nvalue_basis = "contract_total"\n')), Sale([WON], "1200"))
    hub = at(opened('[hub]\nvalue_basis = "mrr"\n'))
    sell(hub, Sale([WON], "100"))
    report = asked(hub)

    assert (report["value_basis"], report["won"]["count"], report["won"]["value"]) == ("mrr", 2, "100.00")
    (left,) = report["left_out"]
    assert (left["value_basis"], left["deals"], left["values"], left["ids"]) == (
        "contract_total",
        1,
        {"USD": "1200.00"},
        [1],
    )
    assert left["fix"] == "give the value as mrr: sellhub deal basis D-1 mrr --value AMOUNT"


def test_values_from_before_the_account_chose_a_basis_are_the_accounts(opened: OpenHub) -> None:
    """The account has one meaning of value; who wrote it down later meant all of them."""
    sell(at(opened()), Sale([WON], "100"))
    hub = at(opened('[hub]\nvalue_basis = "mrr"\n'))

    assert (asked(hub)["won"]["value"], asked(hub)["left_out"]) == ("100.00", [])


def test_without_a_basis_two_kinds_of_values_are_both_left_out(opened: OpenHub) -> None:
    """Nobody said which of them the account means."""
    for basis in ("mrr", "contract_total"):
        sell(at(opened(f'[hub]\nvalue_basis = "{basis}"\n')), Sale([WON], "100"))
    report = asked(at(opened()))

    assert (report["won"]["count"], report["won"]["value"]) == (2, "0.00")
    assert [left["value_basis"] for left in report["left_out"]] == ["contract_total", "mrr"]
    assert "[hub] value_basis" in report["left_out"][0]["fix"]


def test_a_merged_stage_counts_as_the_one_it_was_merged_into(opened: OpenHub) -> None:
    """What deals did in it is not forgotten; a removed one is not shown."""
    hub = at(opened())
    sell(hub, Sale([INCOMING, QUALIFIED, INCOMING]))
    with hub.store.write() as db:
        db.execute("UPDATE stage SET removed_at = ?, merged_into = ? WHERE id = ?", (hub.now(), QUOTE, QUALIFIED))
    report = asked(hub, rule="touched")

    assert [(s["stage"], s["count"]) for s in report["stages"]] == [("Incoming", 1), ("Quote", 1), ("Closure", 0)]


def test_a_pipeline_of_eighty_stages_is_counted_whole(opened: OpenHub) -> None:
    """More rungs than one integer has bits."""
    hub = at(opened())
    with hub.store.write() as db:
        pipeline = roster.add_pipeline(db, {"name": "Long", "disabled": False}, hub.now())
        fields = {"category": "custom", "likelihood": 5, "active": True}
        ids = [roster.add_stage(db, pipeline, {**fields, "name": f"S{n}", "position": n}, hub.now()) for n in range(80)]
    sell(hub, Sale([ids[0], ids[61], ids[62], ids[79]]), Sale([ids[63]]))
    report = asked(hub, pipeline="Long", rule="touched")

    assert {s["stage"]: s["count"] for s in report["stages"] if s["count"]} == {
        "S0": 1, "S61": 1, "S62": 1, "S63": 1, "S79": 1,
    }  # fmt: skip


def test_a_pipeline_without_open_stages_has_outcomes_only(opened: OpenHub) -> None:
    """Odd, but not an error."""
    hub = at(opened())
    with hub.store.write() as db:
        pipeline = roster.add_pipeline(db, {"name": "Shop", "disabled": False}, hub.now())
        fields = {"name": "Won", "category": "won", "position": 0, "likelihood": 100, "active": False}
        won = roster.add_stage(db, pipeline, fields, hub.now())
    sell(hub, Sale([won], "5"))
    report = asked(hub, pipeline="Shop")

    assert (report["stages"], report["won"]["value"], report["overall_conversion"]) == ([], "5.00", None)


SALES = st.lists(
    st.builds(
        Sale,
        st.lists(
            st.sampled_from([INCOMING, QUALIFIED, QUOTE, CLOSURE, WON, UNQUALIFIED, LOST]), min_size=1, max_size=5
        ),
        st.decimals(0, 10**6, places=2).map(str),
        st.sampled_from(["USD", "EUR"]),
    ),
    max_size=6,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sales=SALES, rule=st.sampled_from(["reached", "touched", "strict"]))
def test_whatever_deals_did_the_funnel_counts_what_their_history_says(sales: list[Sale], rule: Rule) -> None:
    """Grouped in the database as counted one by one here."""
    with TemporaryDirectory() as home, open_hub(Path(home)) as opened:
        hub = at(opened)
        sell(hub, *sales)
        report = asked(hub, rule=rule)

    assert counts(report) == [sum(_counts(sale, stage, rule) for sale in sales) for stage in (1, 2, 3, 4)]
    outcomes = ("open", "won", "lost", "unqualified")
    assert sum(report[name]["count"] for name in outcomes) == len(sales) == report["population"]["deals"]
    for name in ("USD", "EUR"):
        told = [report[outcome]["values"].get(name, "0") for outcome in outcomes]
        assert sum(_cents(text) for text in told) == sum(_cents(s.value or "0") for s in sales if s.currency == name)


def _cents(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0")[:2])


def _counts(sale: Sale, stage: int, rule: Rule) -> bool:
    stood = {each for each in sale.stages if each <= CLOSURE}
    if rule == "touched":
        return stage in stood
    if rule == "strict":
        return set(range(1, stage + 1)) <= stood
    return sale.stages[-1] == WON or stage <= max(stood, default=0)
