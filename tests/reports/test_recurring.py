"""`report recurring`: MRR, ARR and TCV by what values are, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from hub.by_hand import by_hand
from hub.opening import Hub
from hub.reporting.period import Period
from hub.reporting.recurring import report_recurring
from sell_model.errors import SetupError
from tests.conftest import OpenHub
from tests.reports import INCOMING, WON, Sale, at, sell

MRR, TOTAL = '[hub]\nvalue_basis = "mrr"\n', '[hub]\nvalue_basis = "contract_total"\n'


def told(hub: Hub, **asked: Any) -> dict[str, Any]:
    """The report as `--json` prints it."""
    period = asked.pop("period", Period())
    return report_recurring(hub, period, asked.get("pipeline"), asked.get("owner"), **asked.get("field", {})).to_json()


def months(hub: Hub, deal: int, value: object, name: str = "Contract months") -> None:
    """Say for how many months a deal's contract runs."""
    with by_hand(hub, "deal edit") as hand:
        hand.edit("deal", deal, {f"custom_fields.{name}": value})


def test_of_mrr_the_year_is_twelve_times_and_the_contract_months_times(opened: OpenHub) -> None:
    """Won deals alone; one that does not say its months is in no TCV, and that is told."""
    hub = at(opened(MRR))
    first, second, _, _ = sell(hub, Sale([WON], "100"), Sale([WON], "50.50"), Sale([WON], "1"), Sale([INCOMING], "9"))
    months(hub, first, "24")
    months(hub, second, 6)
    (line,) = told(hub)["recurring"]

    assert (line["deals"], line["mrr"], line["arr"], line["tcv"]) == (3, "151.50", "1818.00", "2703.00")
    assert line["without_months"] == 1
    assert any("'Contract months'" in note for note in told(hub)["notes"])


def test_of_contract_totals_the_month_is_the_share_rounded_once(opened: OpenHub) -> None:
    """Three contracts of 100.00 over 3 months: 100.00 a month, not three times 33.33."""
    hub = at(opened(TOTAL))
    for deal in sell(hub, *[Sale([WON], "100")] * 3):
        months(hub, deal, "3")
    (line,) = told(hub)["recurring"]

    assert (line["mrr"], line["arr"], line["tcv"]) == ("100.00", "1200.00", "300.00")


def test_bases_and_currencies_stand_beside_each_other(opened: OpenHub) -> None:
    """Never added up; the account's comes first."""
    sell(at(opened(TOTAL)), Sale([WON], "1200"))
    hub = at(opened(MRR))
    sell(hub, Sale([WON], "100"), Sale([WON], "7", currency="EUR"))
    report = told(hub)

    assert [(line["value_basis"], line["currency"], line["mrr"]) for line in report["recurring"]] == [
        ("mrr", "EUR", "7.00"),
        ("mrr", "USD", "100.00"),
        ("contract_total", "USD", "0.00"),
    ]
    assert any("contract_total, the account is mrr" in note for note in report["notes"])


def test_a_hub_that_never_said_what_values_are_is_told_to(opened: OpenHub) -> None:
    """Mixed, they would mean nothing."""
    hub = at(opened())
    sell(hub, Sale([WON], "100"))

    assert any("[hub] value_basis" in note for note in told(hub)["notes"])


@pytest.mark.parametrize("text", ["two years", "0", "-3", "NaN", "Infinity", "1e9"])
def test_months_that_are_none_count_as_not_said(opened: OpenHub, text: str) -> None:
    """An import may have put anything there."""
    hub = at(opened(MRR))
    (deal,) = sell(hub, Sale([WON], "100"))
    months(hub, deal, text)

    assert told(hub)["recurring"][0]["without_months"] == 1


def test_another_field_may_hold_the_months(opened: OpenHub) -> None:
    """Its name may hold dots and dollars; a quote no name has."""
    hub = at(opened(MRR))
    (deal,) = sell(hub, Sale([WON], "100"))
    months(hub, deal, "2", "Term.$x")

    assert told(hub, field={"months_field": "Term.$x"})["recurring"][0]["tcv"] == "200.00"
    with pytest.raises(SetupError, match="quote"):
        told(hub, field={"months_field": 'a"b'})
