"""A lead becomes a person, a company where it names one, and a deal if one is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.by_hand import by_hand
from hub.conversion_wishes import Wishes
from hub.converting import convert_leads
from hub.opening import Hub
from hub.settings import SourcePart
from sell_model.draft import Draft
from sell_model.errors import SetupError
from tests.conversion.world import WITH_DEAL, breaches, bring, convert, lead_row, record, state
from tests.hub.test_review_helpers import contact, customer, fed_by, gone, rows, run

ADA = lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme Inc", title="CTO", tags="fair", source="Trade fair")
BOB = lead_row(2, "Bob", "Cole", "bob@acme.example", "ACME")


def test_a_lead_becomes_a_person_at_a_company_with_a_deal(hub: Hub, tmp_path: Path) -> None:
    """Sell's way: both contacts beside the deal, the deal in the first active stage, tags on person and deal."""
    bring(hub, tmp_path, ADA)
    done = convert(hub, 1, WITH_DEAL)

    person, company, deal = (
        record(hub, k, i) for k, i in (("contact", done.person), ("contact", done.company), ("deal", done.deal))
    )
    assert (person["name"], person["title"], person["company"], person["tags"]) == (
        "Ada Byron",
        "CTO",
        "Acme Inc",
        ["fair"],
    )
    assert (company["name"], company["is_organization"], company["owner_email"]) == (
        "Acme Inc",
        True,
        "ann@example.com",
    )
    assert (deal["name"], deal["stage"], deal["pipeline"]) == ("Acme Inc", "Incoming", "Sales Pipeline")
    assert (deal["value_minor"], deal["currency"], deal["source"], deal["tags"]) == (
        240_000,
        "USD",
        "Trade fair",
        ["fair"],
    )
    assert (deal["contact_id"], deal["organization_id"]) == (done.person, done.company)
    beside = rows(hub, "SELECT contact_id, role, is_primary FROM association ORDER BY is_primary DESC")
    assert [(c, r, bool(p)) for c, r, p in beside] == [(done.person, None, True), (done.company, "involved", False)]
    assert {person["owner_email"], deal["owner_email"]} == {"ann@example.com"}
    assert breaches(hub) == []


def test_the_lead_leaves_the_lists_and_stays_out_whatever_its_sources_say(hub: Hub, tmp_path: Path) -> None:
    """Later versions of its rows update the contact; somebody else's row about the person joins the contact."""
    bring(hub, tmp_path, ADA)
    done = convert(hub, 1)
    bring(hub, tmp_path, ADA.replace("CTO", "CEO"))
    bring(hub, tmp_path, lead_row(7, "Ada", "Byron", "ada@acme.example"), source="fair")

    assert rows(hub, "SELECT id FROM v_leads") == []
    assert record(hub, "contact", done.person)["title"] == "CEO"
    assert {r for _, r in fed_by(hub, "7", "fair", "lead")} == {done.person}
    assert rows(hub, "SELECT individual_id, creator FROM conversion") == [(done.person, "ann@example.com")]


def test_converting_twice_gives_the_same_answer_and_writes_nothing(hub: Hub, tmp_path: Path) -> None:
    """Retries made hundreds of copies in Sell."""
    bring(hub, tmp_path, ADA)
    first = convert(hub, 1, WITH_DEAL)
    before = state(hub), rows(hub, "SELECT COUNT(*) FROM run")
    again = convert(hub, 1, WITH_DEAL)

    assert again.already
    assert {**again.to_json(), "already": False} == first.to_json()
    assert (state(hub), rows(hub, "SELECT COUNT(*) FROM run")) == before


def test_colleagues_share_their_company_also_in_one_call(hub: Hub, tmp_path: Path) -> None:
    """`ACME` is `Acme Inc` without its legal form."""
    bring(hub, tmp_path, ADA, BOB)
    ada, bob = convert_leads(hub, [1, 2], Wishes(), by="ann@example.com")

    assert ada.to_json()["company"] == bob.to_json()["company"]
    assert bob.to_json()["new"] == ["person"]
    assert rows(hub, "SELECT COUNT(*) FROM contact WHERE is_organization") == [(1,)]


def test_one_of_several_that_cannot_be_does_not_keep_the_others(hub: Hub, tmp_path: Path) -> None:
    """Each lead is a transaction of its own."""
    bring(hub, tmp_path, ADA, BOB)
    told = [each.to_json() for each in convert_leads(hub, [1, 99, 2], Wishes())]

    assert [each["lead"] for each in told] == [1, 99, 2]
    assert "there is no lead L-99" in told[1]["error"]
    assert rows(hub, "SELECT COUNT(*) FROM conversion") == [(2,)]


def test_a_lead_known_by_its_company_alone_becomes_that_company(hub: Hub, tmp_path: Path) -> None:
    """Its sources go on feeding the company, and the next list that names it alone finds it."""
    bring(hub, tmp_path, lead_row(3, "", "", "info@beta.example", "Beta GmbH"))
    done = convert(hub, 1, Wishes(deal="Beta rollout"))
    bring(hub, tmp_path, lead_row(3, "", "", "office@beta.example", "Beta GmbH"))
    bring(hub, tmp_path, lead_row(8, "", "", "", "Beta"), source="fair")

    company = record(hub, "contact", done.company)
    assert (done.person, company["name"], company["email"]) == (None, "Beta GmbH", "office@beta.example")
    assert rows(hub, "SELECT contact_id, organization_id FROM deal") == [(done.company, None)]
    assert rows(hub, "SELECT id FROM v_leads") == []
    assert breaches(hub) == []


def test_two_leads_known_by_one_company_alone_become_one_company(hub: Hub) -> None:
    """People added them by hand, so they were two; the company is one, and its sources' keys lead there."""
    with by_hand(hub, "lead add") as hand:
        ids = [hand.add(Draft("lead", {"organization_name": name})) for name in ("Beta GmbH", "BETA")]
    one, other = (convert(hub, id_) for id_ in ids)

    assert one.company == other.company
    assert breaches(hub) == []


def test_an_existing_contact_is_used_and_keeps_what_is_its_own(hub: Hub, tmp_path: Path) -> None:
    """Values are merged by the rules that hold everywhere; what of the lead does not stand is said, and why."""
    bring(hub, tmp_path, ADA)
    run(hub, {"contacts": [customer("9", "Ada", "Byron", "ada@acme.example", jobtitle="Chair")]}, pool=None, priority=5)
    known = rows(hub, "SELECT id FROM contact")[0][0]
    with_crm = hub.with_source("crm", SourcePart(connector="hubspot", priority=5))
    done = convert(with_crm, 1, Wishes(deal="", owner="Accounts"))

    person = record(hub, "contact", known)
    assert (done.person, "person" in done.new) == (known, False)
    assert (person["title"], person["tags"], person["company"]) == ("Chair", ["fair"], "Acme Inc")
    assert "title" in {each.field for each in done.left}
    assert person["owner_email"] == "ann@example.com"  # it had none: the lead's
    assert f"C-{known} was there before and keeps its owner" in done.warnings
    assert rows(hub, "SELECT record_type, COUNT(*) FROM assignment WHERE how = 'turn' GROUP BY 1 ORDER BY 1") == [
        ("contact", 1),
        ("deal", 1),
        ("lead", 1),
    ]


def test_a_pool_spends_one_turn_a_record_type(hub: Hub, tmp_path: Path) -> None:
    """Person and company go to the same one; the deal's pool has its own turn."""
    bring(hub, tmp_path, ADA)
    done = convert(hub, 1, Wishes(deal="", owner="Accounts"))

    owners = [
        record(hub, k, i)["owner_email"]
        for k, i in (("contact", done.person), ("contact", done.company), ("deal", done.deal))
    ]
    assert owners == ["bo@example.com", "bo@example.com", "ann@example.com"]
    turns = rows(hub, "SELECT record_type, how FROM assignment WHERE record_type <> 'lead' ORDER BY id")
    assert turns == [("contact", "turn"), ("contact", "hand"), ("deal", "turn")]
    assert breaches(hub) == []


def test_an_owner_who_is_chosen_holds_against_the_sources(hub: Hub, tmp_path: Path) -> None:
    """The file says Ann; who converts says Bo."""
    line = lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme", owner="ann@example.com")
    bring(hub, tmp_path, line)
    done = convert(hub, 1, Wishes(deal="", owner="bo@example.com", company_owner="Ann Lee"))
    bring(hub, tmp_path, line.replace("Acme", "Acme Ltd"))

    owners = [
        record(hub, k, i)["owner_email"]
        for k, i in (("contact", done.person), ("contact", done.company), ("deal", done.deal))
    ]
    assert owners == ["bo@example.com", "ann@example.com", "bo@example.com"]


def test_what_people_set_on_the_lead_holds_on_its_contact(hub: Hub, tmp_path: Path) -> None:
    """A correction by hand is not lost by a conversion; it can be released there."""
    bring(hub, tmp_path, ADA)
    with by_hand(hub, "lead edit", by="bo@example.com") as hand:
        hand.edit("lead", 1, {"title": "CEO", "status": "Working", "tags": {"add": ["vip"], "remove": ["fair"]}})
    done = convert(hub, 1)
    bring(hub, tmp_path, ADA.replace("CTO", "COO"))

    person = record(hub, "contact", done.person)
    assert (person["title"], person["tags"]) == ("CEO", ["vip"])
    edits = rows(hub, "SELECT field, edited_by FROM hand_edit WHERE record_type = 'contact' ORDER BY field")
    assert edits == [("tags", "bo@example.com"), ("title", "bo@example.com")]
    assert ("status", "contacts have no status") in [(each.field, each.why) for each in done.left]


def test_a_lead_that_its_source_has_deleted_is_converted_as_it_stands(hub: Hub) -> None:
    """Nothing speaks for it any more; the contact says what the lead said."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example", jobtitle="CTO")]})
    run(hub, {"contacts": [gone("1")]})
    done = convert(hub, 1)

    assert record(hub, "contact", done.person)["title"] == "CTO"
    assert breaches(hub) == []


def test_a_conversion_by_its_source_is_noted_too(hub: Hub) -> None:
    """So that the lead's activities are found at the contact; nobody's name stands beside it."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example")]})
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]})
    again = convert(hub, 1)

    assert rows(hub, "SELECT lead_id, individual_id, creator FROM conversion") == [(1, again.person, None)]
    assert again.already


def test_a_lead_that_comes_back_to_its_source_as_a_customer_is_converted(hub: Hub) -> None:
    """It was deleted there meanwhile; it is not shown as a deleted lead beside its contact."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example")]})
    run(hub, {"contacts": [gone("1")]})
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]})

    assert rows(hub, "SELECT gone_at_source FROM lead") == [("converted",)]
    assert breaches(hub) == []


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes(deal="x", value="-1"), "--value '-1': amounts run from 0"),
        (Wishes(deal="x", value="1.005"), "more decimals than USD has"),
        (Wishes(deal="x", value="1.5", currency="JPY"), "more decimals than JPY has"),
        (Wishes(deal="x", currency="XXQ"), "--currency 'XXQ'"),
        (Wishes(deal="x", pipeline="Nope"), "there is no pipeline 'Nope'"),
        (Wishes(deal="x", stage="Nope"), "has no stage 'Nope'"),
        (Wishes(deal="x", stage="Won"), "an end of the pipeline"),
        (Wishes(deal="x", close_date="soon"), "--close-date 'soon'"),
        (Wishes(value="10", stage="Quote"), "--value, --stage: of a deal, and no deal is asked for"),
        (Wishes(owner="Inbound"), "no pool of contacts is called 'Inbound'; the pool of that name deals out leads"),
        (Wishes(company="Acme", no_company=True), "exclude each other"),
        (Wishes(company="C-99"), "C-99 is no company contact"),
    ],
)
def test_what_cannot_be_is_refused_and_stores_nothing(hub: Hub, tmp_path: Path, wishes: Wishes, said: str) -> None:
    """Each with what is wrong and the way out."""
    bring(hub, tmp_path, ADA)
    before = state(hub)
    with pytest.raises(SetupError) as caught:
        convert(hub, 1, wishes)

    assert said in str(caught.value)
    assert caught.value.fix
    assert state(hub) == before


def test_all_that_is_wrong_is_said_at_once(hub: Hub, tmp_path: Path) -> None:
    """Not one fault after the other."""
    bring(hub, tmp_path, ADA)
    with pytest.raises(SetupError) as caught:
        convert(hub, 1, Wishes(deal="x", value="many", pipeline="Nope", owner="zoe"))

    assert [part in str(caught.value) for part in ("--value 'many'", "pipeline 'Nope'", "'zoe'")] == [True] * 3


def test_a_lead_that_is_none_any_more_cannot_be_converted(hub: Hub, tmp_path: Path) -> None:
    """Deleted, or with neither last name nor company."""
    bring(hub, tmp_path, ADA, lead_row(2, "", "", "x@beta.example", "Beta"))
    with by_hand(hub, "lead delete") as hand:
        hand.edit("lead", 1, {"deleted_at": hub.now()})

    with pytest.raises(SetupError, match="L-1 was deleted"):
        convert(hub, 1)
    with pytest.raises(SetupError, match="L-2 has no last name"):
        convert(hub, 2, Wishes(no_company=True))


def test_a_rehearsal_tells_what_would_be_and_stores_nothing(hub: Hub, tmp_path: Path) -> None:
    """Of several leads, too: the second finds the company that the first would make."""
    bring(hub, tmp_path, ADA, BOB)
    before = state(hub), rows(hub, "SELECT COUNT(*) FROM run")
    told = convert_leads(hub, [1, 2], WITH_DEAL, dry_run=True)

    assert told[0].to_json()["company"] == told[1].to_json()["company"]
    assert (state(hub), rows(hub, "SELECT COUNT(*) FROM run")) == before
