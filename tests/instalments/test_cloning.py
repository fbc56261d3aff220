"""`deal clone`: one contract becomes dated deals, and no total counts both; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import deleting
from hub.by_hand import by_hand
from hub.editing import Editing, edit
from hub.importing import Import, import_file
from hub.instalments import Cloned, Split, clone
from hub.opening import Hub, open_hub
from hub.reporting.funnel import Question, report_funnel
from hub.uncloning import unclone
from sell_model.draft import Draft, Ref
from sell_model.errors import SetupError
from storage import canonical, stories
from tests.conftest import OpenHub

TOML = '[[users]]\nname = "Ann Li"\nemail = "ann@example.com"\n'
WON, QUOTE = 5, 3


def rollout(hub: Hub, value: str | None = "2400", **fields: Any) -> int:
    """A won deal with all that a deal can have."""
    with by_hand(hub, "deal add") as hand:
        company = hand.add(Draft("contact", {"is_organization": True, "name": "Acme"}))
        person = hand.add(Draft("contact", {"last_name": "Li"}, {"company": Ref("company", str(company))}))
        beside = [
            Draft("association", {"role": role, "is_primary": role == "buyer"}, {"contact": Ref("contact", str(id_))})
            for id_, role in ((person, "buyer"), (company, "involved"))
        ]
        said = {
            "name": "Rollout",
            "currency": "USD",
            "hot": True,
            "tags": ["key"],
            "custom_fields": {"Deal type": "New"},
            "estimated_close_date": "2027-01-31",
            **({"value": value} if value is not None else {}),
            **fields,
        }
        refs = {
            "contact": Ref("contact", str(person)),
            "company": Ref("company", str(company)),
            "stage": Ref("stage", str(WON)),
            "owner": Ref("owner", "ann@example.com"),
            "source": Ref("source", "Web", otherwise="create"),
        }
        draft = Draft("deal", {k: v for k, v in said.items() if v is not None}, refs)
        draft.children["associated_contacts"] = beside
        return hand.add(draft)


def deal(hub: Hub, id_: int) -> canonical.CanonicalRow:
    """A deal as it is stored."""
    with hub.store.read() as db:
        return canonical.load(db, "deal", [id_])[id_]


def told(cloned: Cloned) -> list[dict[str, Any]]:
    """The deals as `--json` prints them."""
    deals: list[dict[str, Any]] = cloned.to_json()["deals"]
    return deals


def won(hub: Hub, **question: Any) -> tuple[int, str]:
    """What the funnel says is won."""
    report = report_funnel(hub, Question(**question)).to_json()
    return report["won"]["count"], report["won"]["value"]


def test_a_deal_becomes_dated_parts_whose_sum_is_the_whole(opened: OpenHub) -> None:
    """The deal itself is part 1; 1000.00 in 3 leaves a cent for the last."""
    hub = opened(TOML)
    id_ = rollout(hub, "1000")
    parts = told(clone(hub, id_, Split(3)))

    assert [part["value"] for part in parts] == ["333.33", "333.33", "333.34"]
    assert [part["estimated_close_date"] for part in parts] == ["2027-01-31", "2027-02-28", "2027-03-31"]
    assert (parts[0]["id"], deal(hub, id_)["value_minor"]) == (id_, 33_333)
    assert [part["name"] for part in parts] == ["Rollout", "Rollout (2/3)", "Rollout (3/3)"]


def test_no_total_counts_both_the_whole_and_its_parts(opened: OpenHub) -> None:
    """Sell counts each instalment as a deal; `once` counts the contract."""
    hub = opened(TOML)
    id_ = rollout(hub)
    assert won(hub) == (1, "2400.00")

    clone(hub, id_, Split(24))

    assert won(hub) == (24, "2400.00")
    assert won(hub, instalments="once") == (1, "2400.00")


def test_parts_have_what_the_deal_has(opened: OpenHub) -> None:
    """Contacts with their roles, owner, stage, tags, custom fields, source; the time it was won, too."""
    hub = opened(TOML)
    id_ = rollout(hub)
    second = told(clone(hub, id_, Split(2)))[1]["id"]
    whole, part = deal(hub, id_), deal(hub, second)

    differing = {name for name in whole if whole[name] != part[name]}
    assert differing <= {
        *("id", "name", "estimated_close_date", "added_at", "cloned_from_id", "part"),
        *("created_at", "updated_at", "version"),
    }
    assert (part["cloned_from_id"], part["part"], part["parts"]) == (id_, 2, 2)
    assert part["added_at"] == whole["created_at"]
    with hub.store.read() as db:
        assert stories.beside(db, second) == stories.beside(db, id_) != []


def test_told_again_it_says_what_there_is_and_makes_nothing(opened: OpenHub) -> None:
    """A script that was killed after it was through runs again."""
    hub = opened(TOML)
    id_ = rollout(hub)
    first = clone(hub, id_, Split(24))
    again = clone(hub, id_, Split(24))

    assert (first.already, again.already) == (False, True)
    assert told(again) == told(first)
    assert won(hub) == (24, "2400.00")


def test_a_rehearsal_splits_nothing(opened: OpenHub) -> None:
    """It shows the very dates and values."""
    hub = opened(TOML)
    id_ = rollout(hub)
    foretold = told(clone(hub, id_, Split(4, "quarter"), dry_run=True))

    assert won(hub) == (1, "2400.00")
    made = told(clone(hub, id_, Split(4, "quarter")))
    assert [(d["value"], d["estimated_close_date"]) for d in made] == [
        (d["value"], d["estimated_close_date"]) for d in foretold
    ]


def test_a_sync_does_not_bring_the_whole_value_back(opened: OpenHub, tmp_path: Path) -> None:
    """The source still says 2400; what was split by hand holds."""
    hub = opened(TOML)
    path = tmp_path / "deals.csv"
    path.write_text("id,Name,Value,Currency,Stage,Contact\n1,Rollout,2400,USD,Won,Ann Li\n")
    import_file(hub, Import(path, kind="deal"))
    clone(hub, 1, Split(24))
    path.write_text("id,Name,Value,Currency,Stage,Contact\n1,Rollout two,2400,USD,Won,Ann Li\n")
    import_file(hub, Import(path, kind="deal"))

    assert deal(hub, 1)["name"] == "Rollout two"
    assert won(hub) == (24, "2400.00")


def test_the_first_date_is_as_said_else_the_deals_own_else_today(opened: OpenHub) -> None:
    """Today is the hub's."""
    hub = replace(opened(f'[hub]\ntimezone = "Asia/Tokyo"\n{TOML}'), clock=lambda: datetime(2026, 5, 6, 20, tzinfo=UTC))
    said = told(clone(hub, rollout(hub), Split(2, "week", date(2026, 1, 1))))
    none = told(clone(hub, rollout(hub, estimated_close_date=None), Split(2, "year")))

    assert [part["estimated_close_date"] for part in said] == ["2026-01-01", "2026-01-08"]
    assert [part["estimated_close_date"] for part in none] == ["2026-05-07", "2027-05-07"]


def test_without_parts_a_deal_is_copied(opened: OpenHub) -> None:
    """As Sell's Clone Deals app does: both count."""
    hub = opened(TOML)
    id_ = rollout(hub)
    whole, copy = told(clone(hub, id_, None))

    assert (whole["id"], copy["name"], copy["value"]) == (id_, "Rollout (copy)", "2400.00")
    assert won(hub) == (2, "4800.00")
    assert told(clone(hub, copy["id"], Split(2)))[0]["value"] == "1200.00"


@pytest.mark.parametrize(
    ("value", "into", "text"),
    [
        ("2400", Split(1), "from 2 to 1,000"),
        ("2400", Split(2000), "from 2 to 1,000"),
        ("0.23", Split(24), "only 23 smallest units"),
        (None, Split(2), "has no value"),
        ("0", Split(2), "only 0 smallest units"),
        ("2400", Split(2, "year", date(9999, 1, 1)), "beyond the year 9999"),
    ],
)
def test_what_cannot_be_split_is_refused_and_stays(opened: OpenHub, value: str | None, into: Split, text: str) -> None:
    """Each with why, and with the way out."""
    hub = opened(TOML)
    id_ = rollout(hub, value)
    before = deal(hub, id_)

    with pytest.raises(SetupError, match=text) as refused:
        clone(hub, id_, into)
    assert refused.value.fix
    assert deal(hub, id_) == before


def test_a_part_is_not_split_again_nor_the_whole_otherwise(opened: OpenHub) -> None:
    """The texts say what stands."""
    hub = opened(TOML)
    id_ = rollout(hub)
    part = told(clone(hub, id_, Split(2)))[1]["id"]

    with pytest.raises(SetupError, match=rf"D-{part} is part 2 of 2 of D-{id_}"):
        clone(hub, part, Split(2))
    with pytest.raises(SetupError, match="already split into 2 parts"):
        clone(hub, id_, Split(3))
    with pytest.raises(SetupError, match="there is no deal"):
        clone(hub, 99, Split(2))


def test_a_plan_allows_so_many_deals_of_one_contact(opened: OpenHub) -> None:
    """Sell's hard limit; the deals that are there count too."""
    hub = opened('[hub]\nplan = "team"\n' + TOML)
    id_ = rollout(hub)
    contact = deal(hub, id_)["contact_id"]
    with hub.store.write() as db:
        row = ("x", contact, 1, hub.now(), hub.now())
        db.insert("deal", ("name", "contact_id", "stage_id", "created_at", "updated_at"), [row] * 4_990)

    with pytest.raises(SetupError, match="5,000"):
        clone(hub, id_, Split(24))


def test_a_split_is_taken_back_to_the_cent(opened: OpenHub) -> None:
    """Its parts are deleted; the deal has the whole again and may be split otherwise."""
    hub = opened(TOML)
    id_ = rollout(hub, "1000")
    clone(hub, id_, Split(3))
    whole = unclone(hub, id_)

    assert (whole.value, len(whole.deleted)) == ("1000.00", 2)
    assert won(hub) == (1, "1000.00")
    assert [part["value"] for part in told(clone(hub, id_, Split(2)))] == ["500.00", "500.00"]


def test_a_split_is_not_taken_back_over_what_happened_since(opened: OpenHub) -> None:
    """A part that is in another stage, or deleted, is somebody's work."""
    hub = opened(TOML)
    id_ = rollout(hub)
    _, second, third = (part["id"] for part in told(clone(hub, id_, Split(3))))
    with by_hand(hub, "deal move") as hand:
        hand.edit("deal", second, {"stage_id": QUOTE})

    with pytest.raises(SetupError, match=f"D-{second} stand in another stage"):
        unclone(hub, id_)
    with pytest.raises(SetupError, match=f"D-{third} is a part of D-{id_}"):
        unclone(hub, third)
    deleting.delete(hub, "deal", [second])
    with pytest.raises(SetupError, match="1 are deleted"):
        unclone(hub, id_)
    with pytest.raises(SetupError, match="was not split"):
        unclone(hub, rollout(hub))


def test_a_deleted_part_that_is_restored_after_the_split_was_taken_back_is_a_deal_of_its_own(opened: OpenHub) -> None:
    """It must not count as a part of what is whole."""
    hub = opened(TOML)
    id_ = rollout(hub)
    second = told(clone(hub, id_, Split(2)))[1]["id"]
    unclone(hub, id_)
    deleting.restore(hub, "deal", [second])

    assert (deal(hub, second)["part"], won(hub)) == (None, (2, "3600.00"))


def test_what_a_split_made_of_a_deal_is_not_released_to_its_source(opened: OpenHub, tmp_path: Path) -> None:
    """The source's value would stand beside the other parts; everything else is released."""
    hub = opened(TOML)
    path = tmp_path / "deals.csv"
    path.write_text("id,Name,Value,Currency,Stage,Contact\n1,Rollout,2400,USD,Won,Ann Li\n")
    import_file(hub, Import(path, kind="deal"))
    clone(hub, 1, Split(2))
    edit(hub, Editing("deal", 1, {"name": "Mine"}))
    edit(hub, Editing("deal", 1, release_all=True))

    assert (deal(hub, 1)["name"], won(hub)) == ("Rollout", (2, "2400.00"))
    with pytest.raises(SetupError, match="several instalments") as refused:
        edit(hub, Editing("deal", 1, release=["value"]))
    assert refused.value.fix == "take the split back first: sellhub deal unclone D-1"


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.integers(2, 10**7), st.integers(2, 12), st.sampled_from(["USD", "JPY", "KWD"])), max_size=4)
)
def test_however_deals_are_split_totals_stay(deals: list[tuple[int, int, str]]) -> None:
    """By currency, to the smallest unit; currencies have two decimals, none, or three."""
    decimals = {"USD": 2, "JPY": 0, "KWD": 3}
    with TemporaryDirectory() as home:
        (Path(home) / "hub.toml").write_text(TOML)
        with open_hub(Path(home)) as hub:
            ids = []
            for minor, _, currency in deals:
                digits = str(minor).rjust(decimals[currency] + 1, "0")
                cut = len(digits) - decimals[currency]
                ids.append(rollout(hub, f"{digits[:cut]}.{digits[cut:] or '0'}", currency=currency))
            before = report_funnel(hub, Question()).to_json()["won"]["values"]
            for id_, (minor, parts, _) in zip(ids, deals, strict=True):
                if minor >= parts:
                    clone(hub, id_, Split(parts))
            assert report_funnel(hub, Question()).to_json()["won"]["values"] == before
