"""Records given by hand, one or a whole list: a turn each, held against syncs, whole at every moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub import absence, assigning, pool_changes, pool_settings, pooling
from hub.by_hand import by_hand
from hub.pool_settings import PoolSettings
from hub.reasons import why
from sell_model.errors import SetupError
from storage.hot import Writer
from tests.pools.conftest import ANN, BO, CY, DI, Desk

MEI = "mei@example.com"


def turns(desk: Desk) -> list[int]:
    """What the pool counts for each member."""
    return [member.turns for member in pooling.show(desk.hub, "Inbound", None).members]


def test_sells_example_to_its_end(desk: Desk) -> None:
    """A, B, C, A; then the owner of an existing lead is set to the pool: B."""
    assert desk.bring(4) == [ANN, BO, CY, ANN]

    report = assigning.assign_records(desk.hub, "lead", [1], pool="inbound", by=MEI)

    assert (desk.owner("lead", 1), report.owners, report.pool) == (BO, {BO: 1}, "Inbound")
    assert turns(desk) == [2, 2, 1]
    reason = why(desk.hub, "lead", 1)
    assert (reason.owner.how, reason.owner.facts["turn"], reason.owner.facts["by"]) == ("turn", 5, MEI)
    assert "asked for by mei@example.com" in reason.owner.text
    assert [(c.turn.user, c.came_from) for c in reason.history] == [("Bo Park", "Ann Lee"), ("Ann Lee", None)]


def test_what_a_pool_gave_by_hand_holds_against_the_source_until_it_is_released(desk: Desk) -> None:
    """The file names Ann; the reassignment stands at the next import, and is gone once released."""
    row = {"id": "1", "Last Name": "Li", "Email": "li@x.example", "Owner": ANN}
    desk.sheet("lead", [row])
    assigning.assign_records(desk.hub, "lead", [1], pool="Inbound", by=MEI)
    assigning.assign_records(desk.hub, "lead", [1], pool="Inbound", by=MEI)
    assert desk.owner("lead", 1) == BO

    desk.sheet("lead", [{**row, "Title": "CEO"}])
    assert desk.owner("lead", 1) == BO
    with by_hand(desk.hub, "lead edit", by=MEI) as hand:
        hand.release("lead", 1, ["owner_id"])

    assert desk.owner("lead", 1) == ANN
    assert why(desk.hub, "lead", 1).owner.how == "mapped"


def test_an_owner_named_by_hand_takes_no_turn_and_is_told_as_such(desk: Desk) -> None:
    """With who did it, when, and how to let sources speak again."""
    desk.bring(2)

    report = assigning.assign_records(desk.hub, "lead", [2, 1, 2], owner=DI, by=MEI)
    same = assigning.assign_records(desk.hub, "lead", [1], owner=DI, by=MEI)

    assert [(g.id, g.owner, g.how, g.came_from) for g in report.records] == [(2, DI, "hand", BO), (1, DI, "hand", ANN)]
    assert same.count == 1
    assert turns(desk) == [1, 1, 0]
    owner = why(desk.hub, "lead", 1).owner
    assert (owner.how, owner.facts["by"]) == ("hand", MEI)
    assert owner.text == "set by mei@example.com by hand; it holds against sources until it is released"
    assert owner.facts["release"] == "sellhub lead edit L-1 --release owner"
    assert [(t.how, t.pool, t.from_user_id) for t in desk.ledger("lead", 1)] == [
        ("hand", None, 1),
        ("turn", "Inbound", None),
    ]


def test_an_owner_taken_away_by_hand_is_told_as_such(desk: Desk) -> None:
    """It is not the pool's fault that nobody has it."""
    desk.bring(1)
    with by_hand(desk.hub, "lead edit", by=MEI) as hand:
        hand.edit("lead", 1, {"owner_id": None})

    owner = why(desk.hub, "lead", 1).owner
    assert (owner.owner, owner.how) == (None, "hand")
    assert owner.text.startswith("the owner was taken away by mei@example.com by hand")


def test_who_added_a_lead_with_its_owner_is_named(desk: Desk) -> None:
    """A pool's name as the owner asks the pool."""
    from sell_model.draft import Draft, Ref

    with by_hand(desk.hub, "lead add", by=MEI) as hand:
        ids = [
            hand.add(Draft("lead", {"last_name": "Li"}, {"owner": Ref("owner", CY)})),
            hand.add(Draft("lead", {"last_name": "Mo"}, {"owner": Ref("owner", "Inbound")})),
        ]

    named, dealt = (why(desk.hub, "lead", id_).owner for id_ in ids)
    assert (named.owner_email, named.how, named.text) == (CY, "hand", f"named by {MEI} when it was added by hand")
    assert (dealt.owner_email, dealt.how, dealt.facts["by"]) == (ANN, "turn", MEI)


def test_sells_way_spends_the_turn_on_the_present_owner_too(desk: Desk) -> None:
    """The setting passes the present owner over instead, and nobody gets a run for it."""
    desk.bring(1)
    pool_changes.remove(desk.hub, "Inbound", None, [CY])
    assigning.assign_records(desk.hub, "lead", [1], pool="Inbound", by=MEI)
    assigning.assign_records(desk.hub, "lead", [1], pool="Inbound", by=MEI)
    assert (desk.owner("lead", 1), turns(desk)) == (ANN, [2, 1])

    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(skip_present_owner=True))
    owners = []
    for _ in range(4):
        assigning.assign_records(desk.hub, "lead", [1], pool="Inbound", by=MEI)
        owners.append(desk.owner("lead", 1))
    assert owners == [BO, ANN, BO, ANN]
    assert max(turns(desk)) - min(turns(desk)) <= 1

    pool_changes.pause(desk.hub, "Inbound", None, [BO])
    before = turns(desk)
    report = assigning.assign_records(desk.hub, "lead", [1], pool="Inbound", by=MEI)
    assert (report.count, report.kept, turns(desk)) == (0, [1], before)


def test_nobody_available_leaves_records_as_they_were_and_says_so(desk: Desk) -> None:
    """Those without an owner, and those with one."""
    desk.bring(1)
    desk.sheet("lead", [{"Last Name": "Zed"}])
    pool_changes.pause(desk.hub, "Inbound", None, [ANN, BO, CY])

    zed = desk.last_id("lead")

    report = assigning.assign_records(desk.hub, "lead", [1, zed], pool="Inbound", by=MEI)

    assert (report.count, report.nobody, report.kept) == (0, [zed], [1])
    assert (desk.owner("lead", 1), desk.owner("lead", zed)) == (ANN, None)


def test_nothing_is_given_when_one_of_the_records_cannot_be(desk: Desk) -> None:
    """They are named, each with its reason; of many, ten."""
    desk.bring(3)
    with by_hand(desk.hub, "lead delete", by=MEI) as hand:
        hand.edit("lead", 2, {"deleted_at": hand.now})

    with pytest.raises(SetupError, match="L-2 was deleted; L-9 is not there"):
        assigning.assign_records(desk.hub, "lead", [1, 2, 9], owner=DI, by=MEI)
    with pytest.raises(SetupError, match="L-19 is not there; and 241 others"):
        assigning.assign_records(desk.hub, "lead", [*range(10, 261)], owner=DI, by=MEI)
    with pytest.raises(SetupError, match="not clear to whom") as told:
        assigning.assign_records(desk.hub, "lead", [1], by=MEI)
    assert told.value.fix == "either --pool NAME or --owner EMAIL"
    assert desk.owner("lead", 1) == ANN


def test_to_whom_nothing_can_be_given_is_refused(desk: Desk) -> None:
    """Nobody of that address, somebody who left, a pool of another type of record; who is away is only remarked on."""
    desk.bring(1)
    pool_changes.add(desk.hub, "Deals", "deal", [DI])
    desk.inactive(DI)
    for pool, owner, told in (
        (None, "an@example.com", "nearest: ann@example"),
        (None, DI, "is no active user"),
        ("Deals", None, "no pool 'Deals' of leads"),
    ):
        with pytest.raises(SetupError, match=told):
            assigning.assign_records(desk.hub, "lead", [1], pool=pool, owner=owner, by=MEI)
    absence.send_away(desk.hub, BO, None, None)
    assert assigning.assign_records(desk.hub, "lead", [1], owner=BO, by=MEI).remarks == [f"{BO} is away just now"]


def test_a_rehearsal_spends_nothing(desk: Desk) -> None:
    """Not even over several transactions; and it tells just what would be."""
    desk.bring(7)
    before = turns(desk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assigning, "PORTION", 3)
        foretold = assigning.assign_records(desk.hub, "lead", range(1, 8), pool="Inbound", by=MEI, dry_run=True)
        assert turns(desk) == before
        done = assigning.assign_records(desk.hub, "lead", range(1, 8), pool="Inbound", by=MEI)

    assert foretold.records == done.records
    assert len(done.runs) == 3


class Killed(BaseException):
    """As if the process had ended here."""


def ownerless(db: Writer, after: int, limit: int) -> list[int]:
    """A list that asks for an empty owner."""
    rows = db.select("SELECT id FROM lead WHERE owner_id IS NULL AND id > ? ORDER BY id LIMIT ?", (after, limit))
    return [row[0] for row in rows]


def test_killed_and_run_again_a_list_of_the_ownerless_ends_as_if_never_killed(desk: Desk) -> None:
    """Each portion is one transaction: owners, turns and ledger are of one mind at any moment."""
    desk.sheet("lead", [{"Last Name": f"Li{n}", "Email": f"p{n}@x.example"} for n in range(1_250)])
    asked: Iterator[int] = iter(range(99))

    def killed_at_the_third(db: Writer, after: int, limit: int) -> list[int]:
        # Each portion asks twice: before its transaction, and within, when its records are locked.
        if next(asked) == 3:
            raise Killed
        return ownerless(db, after, limit)

    with pytest.raises(Killed):
        assigning.assign_records(desk.hub, "lead", killed_at_the_third, pool="Inbound", by=MEI)
    assert desk.select("SELECT COUNT(owner_id) FROM lead") == [(500,)]
    assert sum(turns(desk)) == 500

    report = assigning.assign_records(desk.hub, "lead", ownerless, pool="Inbound", by=MEI)

    assert report.count == 750
    assert [row[0] for row in desk.select("SELECT owner_id FROM lead ORDER BY id")] == ([1, 2, 3] * 417)[:1250]
    assert desk.select("SELECT COUNT(*), COUNT(DISTINCT record_id) FROM assignment") == [(1250, 1250)]


def test_what_was_taken_meanwhile_is_not_given_twice(desk: Desk) -> None:
    """A record that somebody else gave away between the look and the lock is asked for once more, and left."""
    desk.sheet("lead", [{"Last Name": f"Li{n}", "Email": f"p{n}@x.example"} for n in range(3)])
    looked: list[int] = []

    def chosen(db: Writer, after: int, limit: int) -> list[int]:
        ids = ownerless(db, after, limit)
        if not looked:
            assigning.assign_records(desk.hub, "lead", [2], owner=DI, by=ANN)
        looked.extend(ids)
        return ids

    report = assigning.assign_records(desk.hub, "lead", chosen, pool="Inbound", by=MEI)

    assert [g.id for g in report.records] == [1, 3]
    assert [desk.owner("lead", id_) for id_ in (1, 2, 3)] == [ANN, DI, BO]


def test_what_joins_the_list_meanwhile_pushes_nobody_out_of_it(desk: Desk) -> None:
    """A record of a lower id that loses its owner between the look and the lock waits for the next time."""
    desk.bring(1)
    desk.sheet("lead", [{"Last Name": f"Mo{n}", "Email": f"m{n}@x.example"} for n in range(2)])
    mine = [row[0] for row in desk.select("SELECT id FROM lead WHERE owner_id IS NULL ORDER BY id")]
    looked: list[int] = []

    def chosen(db: Writer, after: int, limit: int) -> list[int]:
        ids = ownerless(db, after, limit)
        if not looked:
            with by_hand(desk.hub, "lead edit", by=MEI) as hand:
                hand.edit("lead", 1, {"owner_id": None})
        looked.extend(ids)
        return ids

    report = assigning.assign_records(desk.hub, "lead", chosen, pool="Inbound", by=MEI)

    assert [g.id for g in report.records] == mine
    assert assigning.assign_records(desk.hub, "lead", ownerless, pool="Inbound", by=MEI).count == 1


def test_contacts_and_deals_are_given_too(desk: Desk) -> None:
    """Each by pools of its own type."""
    pool_changes.add(desk.hub, "Deals", "deal", [DI, CY])
    desk.sheet("deal", [{"Deal Name": "Pilot", "Value": "10", "Primary Contact": "Ann Li"}])

    assigning.assign_records(desk.hub, "deal", [1], pool="Deals", by=MEI)
    assigning.assign_records(desk.hub, "contact", [1], owner=BO, by=MEI)

    assert (desk.owner("deal", 1), desk.owner("contact", 1)) == (DI, BO)
    assert why(desk.hub, "deal", 1).owner.how == "turn"
