"""The story of a sale, told by the commands that people type: from a row of a spreadsheet to an upsell."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hub.opening import open_hub
from storage import activities, activity_figures
from tests.records.conftest import Cli, home_of

__all__ = ["home_of"]

TOML = """
[hub]
value_basis = "contract_total"
[[users]]
name = "Ann Lee"
email = "ann@example.com"
[[users]]
name = "Bo Park"
email = "bo@example.com"
[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]
"""


def funnel(cli: Cli, *words: str) -> dict[str, Any]:
    """The funnel: deals in each stage, and what is open and won."""
    report = cli.json("report", "funnel", *words)
    stages = {stage["stage"]: stage["count"] for stage in report["stages"]}
    return {**stages, "open": report["open"]["value"], "won": report["won"]["value"], "deals": report["won"]["count"]}


def told(counts: tuple[int, int, int, int], *, open_: str, won: str, deals: int) -> dict[str, Any]:
    """What `funnel` gives where so many deals count in the four stages."""
    stages = dict(zip(("Incoming", "Qualified", "Quote", "Closure"), counts, strict=True))
    return {**stages, "open": open_, "won": won, "deals": deals}


def ticket_opened(cli: Cli, contact: int) -> None:
    """Support takes a question of the customer's: a source would bring it."""
    with open_hub(cli.home) as hub, hub.store.write() as db:
        row = {"resource_type": "contact", "resource_id": contact, "subject": "It hangs", "status": "open"}
        activities.add(db, "ticket", {**row, "source": "support", "external_id": "1"}, hub.now())  # type: ignore[arg-type]
        activity_figures.refresh(db, [("contact", contact)])


def test_the_story_of_a_sale(home_of: Callable[[str], Cli]) -> None:
    """A lead comes from a fair, is worked on, converted, sold, paid in 24 parts, and sold more to."""
    cli = home_of(TOML)
    cli.ok("field", "examples")
    assert funnel(cli) == told((0, 0, 0, 0), open_="0.00", won="0.00", deals=0)

    # A row of a spreadsheet becomes a lead, and the pool gives it to the one whose turn it is.
    row = {"First Name": "Mei", "Last Name": "Chen", "Company Name": "Acme", "Email": "mei@acme.example"}
    cli.bring({**row, "Source": "Trade fair", "Tags": "fair"}, options=("--pool", "Inbound"))
    lead = cli.json("lead", "show", "L-1")
    assert (lead["owner_email"], lead["status"], lead["source"]) == ("ann@example.com", "New", "Trade fair")

    # Ann calls, and writes down that they want 24 months.
    cli.ok("call", "add", "L-1", "--phone", "+14155552671", "--outcome", "Interested", "--by", "ann@example.com")
    cli.ok("note", "add", "L-1", "They want 24 months", "--by", "ann@example.com")

    # The lead becomes a person who works for a company, and a deal in the first stage.
    made = cli.json("lead", "convert", "L-1", "--deal", "Acme rollout", "--value", "2400", "--currency", "USD")
    person, company, deal = (made[name] for name in ("person", "company", "deal"))
    assert cli.json("contact", "show", f"C-{person}")["contact_id"] == company
    assert cli.json("lead", "list") == []
    assert funnel(cli)["Incoming"] == 1
    assert funnel(cli)["open"] == "2400.00"

    # It moves on, skips a stage, and is won. Reached counts what was skipped, touched does not.
    cli.ok("deal", "move", f"D-{deal}", "Qualified", "--by", "ann@example.com")
    cli.ok("deal", "move", f"D-{deal}", "Closure", "--by", "ann@example.com")
    cli.ok("deal", "win", f"D-{deal}", "--by", "ann@example.com")
    before = funnel(cli)
    assert before == told((1, 1, 1, 1), open_="0.00", won="2400.00", deals=1)
    assert funnel(cli, "--rule", "touched")["Quote"] == 0

    # The contract runs for 24 months and is paid by the month: as many deals, the same money.
    cli.ok("deal", "edit", f"D-{deal}", "Contract months=24", "Deal type=New")
    words = ("deal", "clone", f"D-{deal}", "--parts", "24", "--every", "month", "--first-date", "2027-01-31")
    parts = cli.json(*words)["deals"]
    assert len(parts) == 24
    assert sum(Decimal(part["value"]) for part in parts) == Decimal(2400)
    assert (parts[0]["id"], parts[1]["estimated_close_date"]) == (deal, "2027-02-28")
    assert cli.json(*words)["deals"] == parts
    assert funnel(cli)["won"] == "2400.00"
    assert funnel(cli, "--instalments", "once") == before
    (recurring,) = cli.json("report", "recurring")["recurring"]
    assert (recurring["mrr"], recurring["arr"], recurring["tcv"]) == ("100.00", "1200.00", "2400.00")

    # The sheet comes again: the person is known, and no lead is back.
    cli.bring({**row, "Source": "Trade fair", "Tags": "fair", "Title": "CTO"})
    assert cli.json("lead", "list") == []
    assert cli.json("contact", "show", f"C-{person}")["title"] == "CTO"

    # More is sold to the same customer. A question that is still open is told first.
    ticket_opened(cli, person)
    upsell = ("deal", "add", "--name", "More seats", "--value", "600", "--contact", f"C-{company}")
    added = cli.ok(*upsell, "Deal type=Upsell", "--owner", "ann@example.com")
    assert "open ticket" in added.out + added.err
    newest = cli.json("deal", "list")[0]
    assert (newest["name"], newest["custom_fields"]) == ("More seats", {"Deal type": "Upsell"})

    # The reports know who made it, and where it came from.
    after = funnel(cli, "--instalments", "once")
    assert (after["Incoming"], after["open"], after["won"]) == (2, "600.00", "2400.00")
    (source,) = [each for each in cli.json("report", "sources")["sources"] if each["source"] == "Trade fair"]
    assert (source["leads"], source["converted"], source["value"]) == (1, 1, "2400.00")
    (system,) = [each for each in cli.json("report", "sources")["systems"] if each["source"] == "csv"]
    assert (system["leads"], system["value"]) == (1, "2400.00")
    (ann,) = [each for each in cli.json("report", "owners")["owners"] if each["email"] == "ann@example.com"]
    assert (ann["worked"], ann["converted"], ann["value"], ann["open_value"]) == (1, 1, "2400.00", "600.00")
    assert "0 failed" in cli.ok("db", "check").out
