"""The company that a lead names: found where it is surely there, else new, and for review where some are alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.by_hand import by_hand
from hub.conversion_wishes import Wishes
from hub.opening import Hub
from sell_model.draft import Draft
from tests.conversion.world import breaches, bring, convert, lead_row, record
from tests.hub.test_review_helpers import company, rows, run

ADA = lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme Inc.")


def add_companies(hub: Hub, *companies: dict[str, str]) -> list[int]:
    """Add company contacts by hand; gives their ids."""
    with by_hand(hub, "contact add") as hand:
        return [hand.add(Draft("contact", {"is_organization": True, **fields})) for fields in companies]


def test_the_only_one_of_the_name_is_it(hub: Hub, tmp_path: Path) -> None:
    """Whatever its legal form, case and accents, and whatever source it is from."""
    run(hub, {"companies": [company("5", "ACME")]})
    bring(hub, tmp_path, ADA)
    assert convert(hub, 1).company == rows(hub, "SELECT id FROM contact WHERE name = 'ACME'")[0][0]


def test_of_several_the_one_of_the_same_domain_is_it(hub: Hub, tmp_path: Path) -> None:
    """The lead's address tells whose it is."""
    _, it = add_companies(hub, {"name": "Acme"}, {"name": "Acme", "website": "https://www.acme.example/en"})
    bring(hub, tmp_path, ADA)
    assert convert(hub, 1).company == it


def test_of_several_none_is_surely_it_so_it_is_new_and_for_review(hub: Hub, tmp_path: Path) -> None:
    """A match by bare name joins strangers, as Zendesk itself warns."""
    ids = add_companies(hub, {"name": "Acme"}, {"name": "Acme", "website": "other.example"})
    bring(hub, tmp_path, ADA)
    done = convert(hub, 1)

    assert done.company not in ids
    alike = ", ".join(f"C-{id_}" for id_ in ids)
    assert done.warnings == [f"for review: {alike} bear the name 'Acme Inc.', none surely the same company"]


def test_one_whose_name_somebody_corrected_is_found_by_that_name(hub: Hub, tmp_path: Path) -> None:
    """And not by the one that its source has."""
    (it,) = add_companies(hub, {"name": "Akme"})
    with by_hand(hub, "contact edit") as hand:
        hand.edit("contact", it, {"name": "Acme Inc."})
    bring(hub, tmp_path, ADA, lead_row(2, "Bob", "Cole", "b@x.example", "Akme"))

    assert convert(hub, 1).company == it
    assert convert(hub, 2).company != it


@pytest.mark.parametrize("say", ["C-{0}", "c-{0}", "beta gmbh"])
def test_another_company_can_be_named(hub: Hub, tmp_path: Path, say: str) -> None:
    """By its contact's id, or by its name."""
    (it,) = add_companies(hub, {"name": "Beta"})
    bring(hub, tmp_path, ADA)
    done = convert(hub, 1, Wishes(company=say.format(it)))

    assert done.company == it
    assert record(hub, "contact", done.person)["company"] == "Beta"


def test_no_company_is_made_when_none_is_wanted(hub: Hub, tmp_path: Path) -> None:
    """What the lead named is said to be left."""
    bring(hub, tmp_path, ADA)
    done = convert(hub, 1, Wishes(no_company=True))

    assert done.company is None
    assert ("organization_name", "no company was asked for") in [(each.field, each.why) for each in done.left]


def test_somebody_who_works_elsewhere_stays_there(hub: Hub, tmp_path: Path) -> None:
    """The lead's company stands beside the deal; the person's employer is not another by that."""
    from tests.hub.test_review_helpers import customer

    bring(hub, tmp_path, ADA)
    run(hub, {"companies": [company("5", "Beta")]})
    run(hub, {"contacts": [customer("9", "Ada", "Byron", "ada@acme.example", companies=["5"])]})
    done = convert(hub, 1, Wishes(deal=""))

    assert record(hub, "contact", done.person)["company"] == "Beta"
    assert "company" in {each.field for each in done.left}
    assert rows(hub, "SELECT organization_id FROM deal") == [(done.company,)]


def test_a_company_that_was_a_lead_and_is_merged_at_its_source_stays_told_apart(hub: Hub, tmp_path: Path) -> None:
    """A person's keys never lead to a company's number: it may be the number of somebody else."""
    from tests.hub.test_review_helpers import gone

    bring(hub, tmp_path, ADA, lead_row(4, "", "", "info@gamma.example", "Gamma"))
    run(hub, {"companies": [company("5", "Gamma"), company("6", "Delta")]})
    convert(hub, 2)
    run(hub, {"companies": [gone("5", "merged", "6")]})
    bring(hub, tmp_path, lead_row(4, "", "", "office@gamma.example", "Gamma"))

    people = {id_ for (id_,) in rows(hub, "SELECT id FROM person")}
    person_keys = rows(hub, "SELECT m.identity_id FROM match_key m JOIN source_record r ON r.id = m.source_record_id "
                            "WHERE r.source_id = '4'")  # fmt: skip
    assert {id_ for (id_,) in person_keys} <= people
    assert rows(hub, "SELECT name, email FROM v_contacts WHERE is_organization") == [("Delta", "office@gamma.example")]
    assert breaches(hub) == []
