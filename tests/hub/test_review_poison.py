"""One odd record is held or counted; it never stops its stream, and never ends in a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.connector import SourceRecord
from console import main
from hub.opening import Hub, open_hub
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import Script, contact, customer, deal, rows, run


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in a pool."""
    return opened(TOML)


BOB = contact("2", "Bob", "Cole", "bob@x.example")
ODD: dict[str, SourceRecord] = {
    "half a surrogate pair": contact("1", "Ada", "By\ud800ron", "ada@x.example"),
    "half a surrogate pair in a field that nothing reads": contact("1", "Ada", "Byron", "ada@x.example", odd="\ud800"),
    "a number of thirty digits": contact("1", "Ada", "Byron", "ada@x.example", jobtitle=10**30),
    "a NUL in a key": contact("1", "Ada", "Byron", "ada@x.example", **{"k\x00": "v"}),
    "a NUL in the id": contact("1\x00", "Ada", "Byron", "ada@x.example"),
    "half a surrogate pair in the id": contact("1\udfff", "Ada", "Byron", "ada@x.example"),
    "a name of five million letters": contact("1", "Ada", "B" * 5_000_000, "ada@x.example"),
    "nothing at all": SourceRecord("1", {}),
    "a list where an object is due": SourceRecord("1", {"id": "1", "properties": []}),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_record_does_not_stop_the_others(hub: Hub, odd: str) -> None:
    """It is taken in, held or failed; Bob comes in all the same, and a second run says nothing new."""
    counts = run(hub, {"contacts": [ODD[odd], BOB]})["contacts"].counts
    assert (counts.read, counts.created + counts.held + counts.failed + counts.skipped) == (2, 2)
    assert rows(hub, "SELECT COUNT(*) FROM v_leads WHERE last_name = 'Cole'") == [(1,)]
    again = run(hub, {"contacts": [ODD[odd], BOB]})["contacts"].counts
    assert again.unchanged + again.failed == 2


@pytest.mark.parametrize("odd", ["half a surrogate pair in a field that nothing reads", "a number of thirty digits"])
def test_an_odd_record_can_be_mapped_again(hub: Hub, odd: str) -> None:
    """A changed mapping is applied to what is landed, whatever its payload holds, to the same values."""
    run(hub, {"contacts": [ODD[odd], BOB]})
    before = rows(hub, "SELECT title FROM v_leads ORDER BY id")
    own = hub.home / "mappings" / "hubspot" / "contacts.lead.yaml"
    own.parent.mkdir(parents=True)
    shipped = hub.library.path("hubspot/contacts.lead").read_text("utf-8")
    own.write_text(shipped.replace("  fax: properties.fax\n", ""), "utf-8")
    report = run(hub, {"contacts": []})["contacts"]
    assert (report.state, report.remapped) == ("done", 2)
    assert rows(hub, "SELECT title FROM v_leads ORDER BY id") == before


@pytest.mark.parametrize("amount", ["1e30", "99999999999999999999", "92233720368547758.08", "NaN", "Infinity"])
def test_an_amount_that_no_column_holds_is_held(hub: Hub, amount: str) -> None:
    """Held with a reason, and the deal behind it comes in."""
    people = [customer("1", "Ada", "Byron", "ada@x.example")]
    script: Script = {"contacts": people, "deals": [deal("8", "Vast", ["1"], amount=amount), deal("9", "Pilot", ["1"])]}
    counts = run(hub, script)["deals"].counts
    assert (counts.held, counts.created) == (1, 1)


def test_two_roles_of_one_contact_at_one_deal_are_both_taken(hub: Hub) -> None:
    """Salesforce allows it, and two of its contacts may be one person here: the stream goes on."""

    def role(key: str, who: str) -> SourceRecord:
        return SourceRecord(key, {"Id": key, "OpportunityId": "6", "ContactId": who, "Role": f"Role {key}"})

    people = [SourceRecord(k, {"Id": k, "LastName": "Byron", "Email": "ada@x.example"}) for k in ("3a", "3b")]
    pilot = SourceRecord("6", {"Id": "6", "Name": "Pilot", "ContactId": "3a", "StageName": "Incoming"})
    roles = [role("1", "3a"), role("2", "3b"), role("3", "3a")]
    script: Script = {"Contact": people, "Opportunity": [pilot], "OpportunityContactRole": roles}
    report = run(hub, script, source="sf", connector="salesforce")["OpportunityContactRole"]
    assert report.state == "done", report.error
    assert report.counts.read == 3
    assert rows(hub, "SELECT COUNT(*) FROM association") == [(1,)]


@pytest.mark.parametrize("name", ["Входящие", "Équipe", "ÖFFENTLICH", "销售"])
def test_a_pool_of_any_name_can_be_opened_twice(tmp_path: Path, opened: OpenHub, name: str) -> None:
    """What SQLite calls lower case is ASCII only: the pool must be found again all the same."""
    opened(TOML.replace("Inbound", name))
    with open_hub(tmp_path) as again:
        assert rows(again, "SELECT COUNT(*) FROM pool") == [(1,)]
        run(again, {"contacts": [BOB]}, pool=name)
        assert rows(again, "SELECT COUNT(*) FROM assignment") == [(1,)]


def test_a_user_of_any_address_is_planted_once(tmp_path: Path, opened: OpenHub) -> None:
    """The same address in other letters' capitals is the same user at every opening."""
    opened(TOML.replace("bo@example.com", "Øyvind@example.com"))
    with open_hub(tmp_path) as again:
        assert rows(again, 'SELECT COUNT(*) FROM "user"') == [(2,)]


def test_what_is_held_for_half_a_character_can_be_looked_at(
    tmp_path: Path, hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its payload is shown as JSON, escaped; a word that holds such a thing is refused."""
    run(hub, {"contacts": [ODD["half a surrogate pair"]]})
    capsys.readouterr()
    assert main.run(["--home", str(tmp_path), "held", "show", "crm.contacts:1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["raw"] == ODD["half a surrogate pair"].data
    assert main.run(["--home", str(tmp_path), "held", "show", "crm.contacts:\udcff"]) == main.USAGE
    assert "not text" in capsys.readouterr().err
