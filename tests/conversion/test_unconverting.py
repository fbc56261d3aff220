"""A conversion is taken back while nothing was built on it: then all is as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub import activities
from hub.by_hand import by_hand
from hub.conversion_report import Converted
from hub.conversion_wishes import Wishes
from hub.opening import Hub
from sell_model.draft import Draft, Ref
from sell_model.errors import SetupError
from storage import canonical
from tests.conversion.world import WITH_DEAL, breaches, bring, convert, differing, lead_row, record, state, unconvert
from tests.hub.test_review_helpers import contact, customer, gone, rows, run

ADA = lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme Inc", title="CTO", tags="fair", source="Trade fair")
BOB = lead_row(2, "Bob", "Cole", "bob@acme.example", "ACME")
BETA = lead_row(3, "", "", "info@beta.example", "Beta GmbH")
EVERYTHING = Wishes(deal="", value="2400", owner="Accounts", deal_owner="bo@example.com")


def edited(hub: Hub) -> None:
    """Let somebody correct the first lead."""
    with by_hand(hub, "lead edit", by="bo@example.com") as hand:
        hand.edit("lead", 1, {"title": "CEO", "tags": {"add": ["vip"], "remove": []}, "custom_fields.Size": "L"})


def known_elsewhere(hub: Hub) -> None:
    """Let a CRM know the first lead's person as a contact, and the company by name."""
    with by_hand(hub, "contact add") as hand:
        hand.add(Draft("contact", {"is_organization": True, "name": "ACME", "website": "https://acme.example"}))
    run(hub, {"contacts": [customer("9", "Ada", "Byron", "ada@acme.example", jobtitle="Chair")]}, pool=None)


def gone_elsewhere(hub: Hub) -> None:
    """Let the CRM know that contact no more."""
    known_elsewhere(hub)
    run(hub, {"contacts": [gone("9")]}, pool=None)


@pytest.mark.parametrize("lead", [1, 3])
@pytest.mark.parametrize(
    "wishes", [Wishes(), EVERYTHING, Wishes(deal="x", company="Somewhere else")], ids=["plain", "all", "company"]
)
@pytest.mark.parametrize(
    "first", [lambda _: None, edited, known_elsewhere, gone_elsewhere], ids=["new", "edited", "known", "gone"]
)
def test_there_and_back_is_nowhere(
    hub: Hub, tmp_path: Path, first: Callable[[Hub], None], wishes: Wishes, lead: int
) -> None:
    """Leads, contacts, links, keys, edits, turns: every row is as it was, but for versions and times of change."""
    bring(hub, tmp_path, ADA, BOB, BETA)
    first(hub)
    before = state(hub)
    versions = rows(hub, "SELECT version FROM lead WHERE id = ?", lead)[0][0]
    done = convert(hub, lead, wishes)
    back = unconvert(hub, lead)

    assert differing(before, state(hub)) == {}
    assert set(back.removed) == set(done.new)
    assert rows(hub, "SELECT version FROM lead WHERE id = ?", lead)[0][0] == versions + 2
    assert breaches(hub) == []


def test_what_a_sync_said_meanwhile_goes_back_to_the_lead(hub: Hub, tmp_path: Path) -> None:
    """A sync that merely updated the contact is no obstacle."""
    bring(hub, tmp_path, ADA)
    convert(hub, 1, WITH_DEAL)
    bring(hub, tmp_path, ADA.replace("CTO", "CEO"))
    unconvert(hub, 1)
    bring(hub, tmp_path, ADA.replace("CTO", "COO"))

    assert rows(hub, "SELECT id, title FROM v_leads") == [(1, "COO")]
    assert rows(hub, "SELECT COUNT(*) FROM contact") == [(0,)]


def test_a_prospect_is_none_any_more_when_the_deal_is_gone(hub: Hub, tmp_path: Path) -> None:
    """The company was there before, and the deal made a prospect of it."""
    bring(hub, tmp_path, ADA)
    with by_hand(hub, "contact add") as hand:
        company = hand.add(Draft("contact", {"is_organization": True, "name": "ACME"}))
    convert(hub, 1, WITH_DEAL)
    assert record(hub, "contact", company)["prospect_status"] == "current"
    unconvert(hub, 1)
    assert record(hub, "contact", company)["prospect_status"] is None


def test_it_can_be_converted_again_and_again(hub: Hub, tmp_path: Path) -> None:
    """Each conversion has its row; one stands."""
    bring(hub, tmp_path, ADA)
    for _ in range(3):
        convert(hub, 1, WITH_DEAL)
        unconvert(hub, 1)
    last = convert(hub, 1)

    found = rows(hub, "SELECT individual_id, undone_at IS NULL FROM conversion ORDER BY id")
    assert [(id_, bool(stands)) for id_, stands in found] == [(None, False)] * 3 + [(last.person, True)]


def test_a_lead_whose_source_deleted_it_meanwhile_comes_back_as_deleted(hub: Hub) -> None:
    """As if it had never been away."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example")]})
    convert(hub, 1)
    run(hub, {"contacts": [gone("1")]})
    unconvert(hub, 1)

    assert rows(hub, "SELECT last_name, gone_at_source FROM v_leads") == [("Byron", "deleted")]


def test_of_two_who_were_one_company_each_goes_back_to_itself(hub: Hub) -> None:
    """Both leads were known by the company alone; the second found the first's."""
    with by_hand(hub, "lead add") as hand:
        one, other = (hand.add(Draft("lead", {"organization_name": name})) for name in ("Beta", "Beta Ltd"))
    convert(hub, one)
    before = state(hub)
    convert(hub, other)
    unconvert(hub, other)

    assert differing(before, state(hub)) == {}


def moved(hub: Hub, done: Converted) -> None:
    with by_hand(hub, "deal move") as hand:
        hand.edit("deal", done.deal or 0, {"stage_id": 3})


def deal_edited(hub: Hub, done: Converted) -> None:
    with by_hand(hub, "deal edit") as hand:
        hand.edit("deal", done.deal or 0, {"name": "Another"})


def noted(hub: Hub, done: Converted) -> None:
    activities.add(hub, "note", {"content": "Called"}, ("contact", done.person or 0))


def another_deal(hub: Hub, done: Converted) -> None:
    with by_hand(hub, "deal add") as hand:
        hand.add(Draft("deal", {"name": "Second"}, {"contact": Ref("contact", str(done.person))}))


def person_edited(hub: Hub, done: Converted) -> None:
    with by_hand(hub, "contact edit", by="zoe") as hand:
        hand.edit("contact", done.person or 0, {"title": "CFO"})


def a_colleague(hub: Hub, done: Converted) -> None:
    with by_hand(hub, "contact add") as hand:
        hand.add(Draft("contact", {"last_name": "Cole"}, {"company": Ref("company", str(done.company))}))


def another_source(hub: Hub, done: Converted) -> None:
    run(hub, {"contacts": [customer("9", "Ada", "Byron", "ada@acme.example")]})


def deleted(hub: Hub, done: Converted) -> None:
    with by_hand(hub, "contact delete") as hand:
        hand.edit("contact", done.person or 0, {"deleted_at": hub.now()})


BUILT = {
    "D-1: it was moved": moved,
    "D-1: name was edited": deal_edited,
    "note N-1 stands at it": noted,
    " stands with it": another_deal,
    "title was edited by zoe": person_edited,
    "works for it": a_colleague,
    "crm.contacts:9 feeds it by hubspot/contacts.contact": another_source,
    "it was deleted by hand": deleted,
}


@pytest.mark.parametrize("said", BUILT)
def test_it_is_refused_when_something_was_built_on_it(hub: Hub, tmp_path: Path, said: str) -> None:
    """With what it is, and nothing is changed."""
    bring(hub, tmp_path, ADA)
    BUILT[said](hub, convert(hub, 1, WITH_DEAL))
    before = state(hub)
    with pytest.raises(SetupError, match="cannot be taken back") as caught:
        unconvert(hub, 1)

    assert said in str(caught.value)
    assert state(hub) == before


def test_everything_that_was_built_on_it_is_listed(hub: Hub, tmp_path: Path) -> None:
    """Not one thing after the other."""
    bring(hub, tmp_path, ADA)
    done = convert(hub, 1, WITH_DEAL)
    for build in (moved, noted, another_deal):
        build(hub, done)
    with pytest.raises(SetupError) as caught:
        unconvert(hub, 1)

    assert [part in str(caught.value) for part in ("was moved", "note N-1", " stands with it")] == [True] * 3


def test_what_was_not_converted_by_hand_is_not_taken_back_by_hand(hub: Hub, tmp_path: Path) -> None:
    """Each with the way out."""
    bring(hub, tmp_path, ADA)
    run(hub, {"contacts": [contact("1", "Eve", "Dole", "eve@x.example")]})
    run(hub, {"contacts": [customer("1", "Eve", "Dole", "eve@x.example")]})

    with pytest.raises(SetupError, match="L-1 is not converted"):
        unconvert(hub, 1)
    with pytest.raises(SetupError, match="its source made it a contact") as caught:
        unconvert(hub, rows(hub, "SELECT lead_id FROM conversion")[0][0])
    assert "sellhub run undo 3" in caught.value.fix
    with pytest.raises(SetupError, match="there is no lead L-77"):
        unconvert(hub, 77)


def test_a_second_open_lead_of_the_person_keeps_it_back(opened: Callable[[str], Hub], tmp_path: Path) -> None:
    """Nobody has two open leads."""
    from tests.conversion.world import TOML

    hub = opened(f'[hub]\nreopen = "lead"\n{TOML}')
    bring(hub, tmp_path, ADA)
    convert(hub, 1)
    bring(hub, tmp_path, lead_row(7, "Ada", "Byron", "ada@acme.example"), source="fair")

    with pytest.raises(SetupError, match="is an open lead of the same person now"):
        unconvert(hub, 1)


def test_a_rehearsal_takes_nothing_back(hub: Hub, tmp_path: Path) -> None:
    """`--dry-run` tells what would go."""
    bring(hub, tmp_path, ADA)
    done = convert(hub, 1, WITH_DEAL)
    before = state(hub)

    assert unconvert(hub, 1, dry_run=True).removed == {
        "person": done.person,
        "company": done.company,
        "deal": done.deal,
    }
    assert state(hub) == before


def test_destinations_let_go_of_what_is_gone(opened: Callable[[str], Hub], tmp_path: Path) -> None:
    """What was pushed is pushed away, and the lead is pushed again."""
    from hub.pushing import push_out
    from tests.conversion.world import TOML

    hub = opened(f'{TOML}[destinations.files]\nconnector = "csv"\nfolder = "{tmp_path / "out"}"\n')
    bring(hub, tmp_path, ADA)
    convert(hub, 1, WITH_DEAL)
    push_out(hub, "files")
    unconvert(hub, 1)
    report = push_out(hub, "files")

    assert (report.upserted, report.deleted) == (1, 3)
    with hub.store.read() as db:
        assert canonical.load(db, "deal", [1]) == {}
    assert record(hub, "lead", 1)["gone_at_source"] is None
