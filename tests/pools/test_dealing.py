"""Who gets what comes: absences of every kind, the known account's owner before, the fallback after."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub import absence, pool_changes, pool_settings, pooling
from hub.pool_settings import PoolSettings
from hub.reasons import why
from hub.undo import undo_run
from sell_model.errors import SetupError
from storage.checks import unfair_pools
from tests.pools.conftest import ANN, BO, CY, DI, NOON, TOML, Desk, days


def test_a_removed_member_is_skipped_and_a_new_one_comes_last(desk: Desk) -> None:
    """Sell's rules through the whole hub: the pointer goes on to the following member."""
    assert desk.bring(1) == [ANN]
    pool_changes.remove(desk.hub, "Inbound", None, [BO])
    pool_changes.add(desk.hub, "Inbound", None, [DI])

    assert desk.bring(4) == [CY, DI, ANN, CY]


def test_a_disabled_user_gets_nothing_and_no_run_when_active_again(desk: Desk) -> None:
    """Whoever was away for a month would otherwise get all that comes for a week."""
    desk.inactive(BO)
    assert desk.bring(6) == [ANN, CY, ANN, CY, ANN, CY]
    desk.inactive(BO, "active")

    assert desk.bring(6) == [ANN, BO, CY, ANN, BO, CY]
    assert [(s.user_id, s.why) for s in desk.ledger("lead", 1)[0].skipped] == [(2, "inactive")]


def test_the_order_is_set(desk: Desk) -> None:
    """Beyond Sell, where it cannot be changed; the others follow as they stood."""
    change = pool_changes.order(desk.hub, "Inbound", None, [CY, ANN])

    assert change.order == [CY, ANN, BO]
    assert desk.bring(4) == [CY, ANN, BO, CY]


def test_who_pauses_in_one_pool_has_turns_in_another(desk: Desk) -> None:
    """And goes on at the others' count when they resume."""
    pool_changes.add(desk.hub, "Fairs", "lead", [ANN])
    change = pool_changes.pause(desk.hub, "Inbound", None, [ANN])
    again = pool_changes.pause(desk.hub, "Inbound", None, [ANN])

    assert (change.paused, again.paused, again.already) == ([ANN], [], [ANN])
    assert desk.bring(3) == [BO, CY, BO]
    assert desk.bring(1, pool="Fairs") == [ANN]
    assert pool_changes.resume(desk.hub, "Inbound", None, [ANN]).resumed == [ANN]
    assert desk.bring(3) == [ANN, CY, ANN]
    assert [(s.user_id, s.why) for s in desk.ledger("lead", 1)[0].skipped] == [(1, "paused")]


def test_who_is_away_is_away_from_midnight_to_midnight_of_the_hubs_zone(desk: Desk) -> None:
    """Both days included; Berlin's midnight is 23:00 UTC in December."""
    change = absence.send_away(desk.hub, BO, "2026-12-02", "2026-12-03", "fair in Turin")

    assert [(a.first, a.last, a.reason, a.now) for a in change.noted] == [
        ("2026-12-02", "2026-12-03", "fair in Turin", False)
    ]
    assert desk.bring(2) == [ANN, BO]
    assert desk.at(NOON + days(0.46)).bring(2, Title="just before midnight") == [CY, ANN]
    gone = desk.at(NOON + days(0.9))
    gone.brought = 100
    assert gone.bring(2) == [CY, ANN]
    assert pooling.show(gone.hub, "Inbound", None).members[1].absent == "away"
    assert pooling.show(gone.hub, "Inbound", None).members[1].away_reason == "fair in Turin"
    back = desk.at(NOON + days(2.47))
    back.brought = 200
    assert back.bring(2) == [BO, CY]


def test_an_absence_without_an_end_lasts_until_it_is_cleared(desk: Desk) -> None:
    """One that has begun ends now; one to come is forgotten."""
    absence.send_away(desk.hub, ANN, None, None, "ill")
    absence.send_away(desk.hub, ANN, "2026-12-24", "2026-12-26")
    assert [(a.last, a.now) for a in absence.list_absences(desk.hub)] == [(None, True), ("2026-12-26", False)]
    assert desk.bring(2) == [BO, CY]

    later = desk.at(NOON + days(1))
    assert len(absence.call_back(later.hub, ANN).cleared) == 2

    assert absence.list_absences(later.hub, ANN) == []
    later.brought = 100
    assert later.bring(1) == [ANN]
    assert desk.select("SELECT COUNT(*) FROM away") == [(1,)]


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2026-12-05", "2026-12-04", "before it begins, 2026-12-05"),
        (None, "2026-11-30", "before today"),
        ("5.12.2026", None, "--from '5.12.2026' is no day"),
        ("2026-12-05", "soon", "--to 'soon' is no day"),
    ],
)
def test_an_absence_that_cannot_be_is_refused(desk: Desk, first: str | None, last: str | None, told: str) -> None:
    """With what would be right."""
    with pytest.raises(SetupError, match=told):
        absence.send_away(desk.hub, ANN, first, last)
    with pytest.raises(SetupError, match=r"nearest: ann@example\.com"):
        absence.send_away(desk.hub, "anne@example.com", None, None)


def test_when_the_last_one_goes_it_is_said(desk: Desk) -> None:
    """What comes then stays without an owner, and the lead says why and what to do."""
    pool_changes.pause(desk.hub, "Inbound", None, [ANN, BO])
    change = absence.send_away(desk.hub, CY, None, None)

    assert change.remarks == ["nobody in pool Inbound is available now: what it should deal out stays without an owner"]
    assert desk.bring(1) == [None]
    assert "had nobody available" in why(desk.hub, "lead", 1).owner.text
    assert desk.ledger("lead", 1) == []


def test_the_fallback_gets_what_nobody_is_there_for(desk: Desk) -> None:
    """No turn is spent; members are not behind for what the fallback got."""
    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(fallback=DI))
    pool_changes.pause(desk.hub, "Inbound", None, [ANN, BO, CY])

    assert desk.bring(2) == [DI, DI]
    reason = why(desk.hub, "lead", 1).owner
    assert (reason.how, reason.facts["skipped"]) == ("fallback", ["Ann Lee", "Bo Park", "Cy Dunn"])
    assert "the fallback of pool 'Inbound', where nobody was available" in reason.text
    pool_changes.resume(desk.hub, "Inbound", None, [ANN, BO, CY])
    assert [(m.got, m.turns) for m in pooling.show(desk.hub, "Inbound", None).members] == [(0, 0)] * 3
    assert desk.bring(1) == [ANN]


def test_a_pool_falls_back_to_another_whose_turns_are_spent(desk: Desk) -> None:
    """And that one to a user; who is not available is asked in vain."""
    pool_changes.add(desk.hub, "Backup", "lead", [DI, ANN])
    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(fallback_pool="Backup"))
    pool_changes.pause(desk.hub, "Inbound", None, [ANN, BO, CY])
    assert desk.bring(3) == [DI, ANN, DI]

    reason = why(desk.hub, "lead", 2).owner
    assert (reason.how, reason.facts["pool"], reason.facts["turn"]) == ("fallback", "Backup", 2)
    assert reason.facts["asked_pool"] == "Inbound"
    assert [(m.email, m.got) for m in pooling.show(desk.hub, "Backup", None).members] == [(DI, 2), (ANN, 1)]

    pool_settings.set_up(desk.hub, "Backup", None, PoolSettings(fallback=BO))
    desk.inactive(DI)
    absence.send_away(desk.hub, ANN, None, None)
    assert desk.bring(1) == [BO]
    desk.inactive(BO)
    assert desk.bring(1) == [None]


def test_pools_never_fall_back_in_a_circle(desk: Desk) -> None:
    """Also over a third one; and only to a pool of the same type of record, which is not removed meanwhile."""
    for name in ("Second", "Third"):
        pool_changes.add(desk.hub, name, "lead", [DI])
    pool_changes.add(desk.hub, "Deals", "deal", [DI])
    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(fallback_pool="Second"))
    pool_settings.set_up(desk.hub, "Second", None, PoolSettings(fallback_pool="Third"))

    with pytest.raises(SetupError, match="in a circle: Third → Inbound → Second → Third"):
        pool_settings.set_up(desk.hub, "Third", None, PoolSettings(fallback_pool="Inbound"))
    with pytest.raises(SetupError, match="in a circle: Third → Third"):
        pool_settings.set_up(desk.hub, "Third", None, PoolSettings(fallback_pool="Third"))
    with pytest.raises(SetupError, match="no pool 'Deals' of leads"):
        pool_settings.set_up(desk.hub, "Third", None, PoolSettings(fallback_pool="Deals"))
    with pytest.raises(SetupError, match="falls back to pool 'Second'"):
        pool_changes.remove(desk.hub, "Second", None, [])
    with pytest.raises(SetupError, match="several fallbacks"):
        pool_settings.set_up(desk.hub, "Third", None, PoolSettings(fallback=DI, no_fallback=True))
    with pytest.raises(SetupError, match="nothing is said"):
        pool_settings.set_up(desk.hub, "Third", None, PoolSettings())
    pool_settings.set_up(desk.hub, "Second", None, PoolSettings(no_fallback=True))
    assert pooling.show(desk.hub, "Second", None).fallback is None


def test_by_default_a_known_account_takes_its_turn_as_sell_does(desk: Desk) -> None:
    """Sell knows no other way; the better one is a setting."""
    company(desk, "Acme Inc", CY)

    assert desk.bring(1, **{"Company Name": "Acme, Inc."}) == [ANN]


def company(desk: Desk, name: str, owner: str, email: str = "") -> int:
    """Add a company by hand; gives its id."""
    from hub.by_hand import by_hand
    from sell_model.draft import Draft, Ref

    fields = {"name": name, "is_organization": True, **({"email": email} if email else {})}
    with by_hand(desk.hub, "contact add", by="mei@example.com") as hand:
        return hand.add(Draft("contact", fields, {"owner": Ref("owner", owner)}))


def test_the_owner_of_the_leads_company_comes_before_the_turn(desk: Desk) -> None:
    """No turn is spent, and the lead says whose account it followed."""
    acme = company(desk, "Acme Inc", CY)
    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(known_owner_first=True))

    assert desk.bring(2, **{"Company Name": "ACME"}) == [CY, CY]
    reason = why(desk.hub, "lead", 1).owner
    assert (reason.how, reason.facts["followed"]) == ("known_account", f"C-{acme}")
    assert [m.turns for m in pooling.show(desk.hub, "Inbound", None).members] == [0, 0, 0]
    assert desk.bring(2) == [ANN, BO]


def test_a_known_owner_who_is_absent_is_passed_over_and_named(desk: Desk) -> None:
    """Away, inactive, or paused in this very pool: the turn goes on, and it is said."""
    acme = company(desk, "Acme Inc", ANN)
    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(known_owner_first=True))
    pool_changes.pause(desk.hub, "Inbound", None, [ANN])

    assert desk.bring(1, **{"Company Name": "Acme"}) == [BO]
    skipped = [s.why for s in desk.ledger("lead", 1)[0].skipped]
    assert skipped == [f"owns C-{acme}, but paused", "paused"]


def test_of_two_companies_of_one_name_the_domain_tells(desk: Desk) -> None:
    """Where nothing tells, it is nobody's known account."""
    company(desk, "Acme Inc", CY, "info@acme.example")
    company(desk, "Acme Inc", BO, "info@acme.test")
    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(known_owner_first=True))

    rows = [
        {"Last Name": "Li", "Email": "li@acme.test", "Company Name": "Acme"},
        {"Last Name": "Mo", "Email": "mo@elsewhere.example", "Company Name": "Acme"},
    ]
    desk.sheet("lead", rows, "Inbound")

    assert [desk.owner("lead", 1), desk.owner("lead", 2)] == [BO, ANN]


def test_a_company_without_an_owner_is_known_by_its_latest_deal(desk: Desk) -> None:
    """Then by the deals of the same company."""
    from hub.by_hand import by_hand
    from sell_model.draft import Draft, Ref

    with by_hand(desk.hub, "deal add", by="mei@example.com") as hand:
        acme = hand.add(Draft("contact", {"name": "Acme Inc", "is_organization": True}))
        at = {"contact": Ref("contact", str(acme)), "company": Ref("company", str(acme))}
        hand.add(Draft("deal", {"name": "Pilot"}, {**at, "owner": Ref("owner", ANN)}))
        latest = hand.add(Draft("deal", {"name": "Rollout"}, {**at, "owner": Ref("owner", BO)}))
    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(known_owner_first=True))

    assert desk.bring(1, **{"Company Name": "Acme"}) == [BO]
    assert why(desk.hub, "lead", 1).owner.facts["followed"] == f"D-{latest}"


def test_colleagues_of_one_batch_follow_the_company_that_it_brings(desk: Desk) -> None:
    """A contact's employer is its known account, dealt out a moment before or named by the file."""
    pool_changes.add(desk.hub, "Accounts", "contact", [BO, ANN])
    pool_settings.set_up(desk.hub, "Accounts", None, PoolSettings(known_owner_first=True))
    rows = [{"First Name": "Ann", "Last Name": f"Li{n}", "Company Name": "Acme"} for n in range(3)]

    desk.sheet("contact", rows, "Accounts")

    owners = desk.select("SELECT is_organization, owner_id FROM contact ORDER BY id")
    assert len({owner for _, owner in owners}) == 1
    assert desk.select("SELECT COUNT(*) FROM assignment WHERE how = 'known_account'") == [(len(owners) - 1,)]


def test_pools_of_leads_contacts_and_deals_never_mix(desk: Desk) -> None:
    """Three pools of one name: each deals out its own and counts for itself."""
    pool_changes.add(desk.hub, "Inbound", "contact", [DI])
    pool_changes.add(desk.hub, "Inbound", "deal", [BO])
    desk.sheet("deal", [{"Deal Name": "Pilot", "Value": "10", "Primary Contact": "Ann Li"}], "Inbound")

    assert desk.owner("deal", 1) == BO
    assert desk.owner("contact", 1) == DI
    assert desk.bring(1) == [ANN]
    with pytest.raises(SetupError, match="several pools"):
        pooling.show(desk.hub, "Inbound", None)


def test_pools_are_not_in_sells_plan_team(desk_of: Callable[[str], Desk]) -> None:
    """The limit is refused with its name and the way out; pools that were there before stay."""
    desk_of(TOML)
    desk = desk_of(TOML.replace("[hub]", '[hub]\nplan = "team"'))

    with pytest.raises(SetupError, match="pools"):
        pool_changes.add(desk.hub, "More", None, [ANN])
    pool_changes.add(desk.hub, "Inbound", None, [DI])


def test_a_simulation_tells_who_and_why_and_spends_nothing(desk: Desk) -> None:
    """Pauses, absences and the fallback are taken into account."""
    pool_changes.pause(desk.hub, "Inbound", None, [BO])
    told = pooling.simulate(desk.hub, "Inbound", None, 3)

    assert [(turn.n, turn.owner) for turn in told] == [(1, ANN), (2, CY), (3, ANN)]
    assert told[0].why == "next in line: position 1 of 3, 0 before (bo@example.com paused)"
    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(fallback=DI))
    absence.send_away(desk.hub, ANN, None, None)
    desk.inactive(CY)
    last = pooling.simulate(desk.hub, "Inbound", None, 1)[0]
    absent = "ann@example.com away, bo@example.com paused, cy@example.com inactive"
    assert (last.owner, last.why) == (DI, f"nobody in pool 'Inbound' is available ({absent}); the fallback")
    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(no_fallback=True))
    assert pooling.simulate(desk.hub, "Inbound", None, 1)[0].owner is None
    assert desk.select("SELECT COUNT(*) FROM assignment") == [(0,)]
    assert [m.turns for m in pooling.show(desk.hub, "Inbound", None).members] == [0, 0, 0]


def test_the_ledger_of_an_older_hub_is_read(desk: Desk) -> None:
    """Its rows list plain ids of those who were skipped, and no reasons."""
    desk.bring(1)
    with desk.hub.store.write() as db:
        db.execute("UPDATE assignment SET skipped = '[2]', how = NULL")

    reason = why(desk.hub, "lead", 1).owner
    assert (reason.how, reason.facts["skip_reasons"]) == ("turn", [{"user": "Bo Park", "why": "not available"}])
    assert pooling.show(desk.hub, "Inbound", None).members[1].passed_over == 1


def test_an_undone_import_leaves_nobody_waiting(desk: Desk) -> None:
    """Who joined after it starts with the others; the pool is fair again, and `db check` finds nothing."""
    desk.bring(30)
    pool_changes.add(desk.hub, "Inbound", None, [DI])
    run_id = desk.select("SELECT MAX(id) FROM run")[0][0]

    assert undo_run(desk.hub, run_id).turns_given_back == 30

    assert [m.turns for m in pooling.show(desk.hub, "Inbound", None).members] == [0, 0, 0, 0]
    assert desk.bring(5) == [ANN, BO, CY, DI, ANN]
    with desk.hub.store.read() as db:
        assert unfair_pools(db) == []


def test_an_owner_who_was_named_or_known_gives_no_turn_back(desk: Desk) -> None:
    """Only what was spent is given back, by an undo as by a merge at the source."""
    company(desk, "Acme Inc", CY)
    pool_settings.set_up(desk.hub, "Inbound", None, PoolSettings(known_owner_first=True))
    desk.bring(3, **{"Company Name": "Acme"})
    run_id = desk.select("SELECT MAX(id) FROM run")[0][0]

    assert undo_run(desk.hub, run_id).turns_given_back == 0
    assert [m.turns for m in pooling.show(desk.hub, "Inbound", None).members] == [0, 0, 0]
