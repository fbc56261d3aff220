"""Records by hand, custom fields, activities, notifications, instalments and links: what a reviewer tried to break."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import deal_contacts, deleting
from hub.activities import add as add_activity
from hub.adding import Adding, add
from hub.custom_fields import add as add_field
from hub.custom_fields import rename as rename_field
from hub.editing import Edited, Editing, edit
from hub.instalments import Split, clone
from hub.notification_desk import choose
from hub.notifying import flush
from hub.opening import Hub
from hub.reporting.funnel import Question, report_funnel
from hub.reporting.period import read_period
from hub.secret_refs import resolved
from hub.tagging import list_tags
from hub.uncloning import unclone
from hub.value_basis import set_basis
from sell_model.custom_fields import CustomValueError, held
from sell_model.errors import SetupError
from sell_model.link_templates import Fields, faults, fill
from sell_model.types import read_time
from tests.conftest import OpenHub
from tests.conversion.world import ANN, TOML, breaches, record
from tests.hub.test_review_helpers import company, customer, deal, gone, rows, run
from tests.notifications.conftest import BO, Firm, firm, office

__all__ = ["firm", "office"]


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in three pools."""
    return opened(TOML)


def added(hub: Hub, kind: str, **said: str) -> int:
    """Add a record as Ann."""
    shown = add(hub, Adding(kind, said), by=ANN).shown  # type: ignore[arg-type]
    assert shown is not None
    return int(shown.row["id"])


def edited(hub: Hub, kind: str, id_: int, **said: str) -> Edited:
    """Edit a record as Ann."""
    return edit(hub, Editing(kind, id_, said), by=ANN)  # type: ignore[arg-type]


def deal_of_acme(hub: Hub, **said: str) -> int:
    """A deal with a company."""
    company = added(hub, "contact", name="Acme", is_organization="yes")
    return added(hub, "deal", name="Rollout", contact=str(company), **said)


def test_a_currency_held_alone_makes_no_other_amount_of_what_a_source_says(hub: Hub) -> None:
    """Somebody said JPY before there was a value; then the source said 1000.50 USD, which is not 100,050 yen."""
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")], "deals": [deal("9", "Pilot", ["1"])]})
    edited(hub, "deal", 1, currency="JPY")
    assert record(hub, "deal", 1)["currency"] == "JPY"
    run(hub, {"deals": [deal("9", "Pilot", ["1"], amount="1000.50", deal_currency_code="USD")]})
    stands = record(hub, "deal", 1)
    assert (stands["value_minor"], stands["currency"]) == (100_050, "USD")


def test_a_persons_name_is_not_blanked(hub: Hub) -> None:
    """It is made of first and last name; a contact without a name is nobody."""
    person = added(hub, "contact", first_name="Ada", last_name="Byron")
    with pytest.raises(SetupError, match="a person's name is made of"):
        edited(hub, "contact", person, name="")
    assert record(hub, "contact", person)["name"] == "Ada Byron"


@pytest.mark.parametrize("tag", ["", "a,b", "x" * 256, "a\nb", "\udcff"])
def test_what_is_no_tag_is_refused(hub: Hub, tag: str) -> None:
    """A blank one was kept, and one with a comma could never be typed again."""
    lead = added(hub, "lead", last_name="Byron")
    with pytest.raises(SetupError, match="cannot be edited so: tags"):
        edit(hub, Editing("lead", lead, add_tags=[tag]), by=ANN)
    with pytest.raises(SetupError, match="cannot be added: tags"):
        add(hub, Adding("lead", {"last_name": "Byron"}, [tag]), by=ANN)


def test_a_list_of_tags_has_a_size(hub: Hub) -> None:
    """PostgreSQL takes no LIMIT below zero."""
    for limit in (0, -4, 10**20):
        with pytest.raises(SetupError, match="a list holds from 1"):
            list_tags(hub, "lead", limit)


def test_parts_of_two_bases_are_not_added_up(hub: Hub) -> None:
    """A month's revenue and shares of a contract's total came to a sum that means nothing."""
    whole = deal_of_acme(hub, value="900", currency="USD")
    parts = [row.id for row in clone(hub, whole, Split(3)).deals]
    set_basis(hub, parts[0], "contract_total", None)
    set_basis(hub, parts[1], "mrr", "100")
    with pytest.raises(SetupError, match="contract_total and mrr: these are never added up") as error:
        unclone(hub, whole)
    assert "sellhub deal basis" in str(error.value.fix)
    set_basis(hub, parts[1], "contract_total", "300")
    assert unclone(hub, whole).value == "900.00"


def test_a_call_lasts_no_longer_than_can_be_kept(hub: Hub) -> None:
    """SQLite keeps 64 bits, PostgreSQL 32 here."""
    lead = added(hub, "lead", last_name="Byron")
    for duration in (10**20, 3 * 10**9):
        with pytest.raises(SetupError, match="duration"):
            add_activity(hub, "call", {"phone_number": "1", "duration": duration}, ("lead", lead))


@pytest.mark.parametrize("moment", ["9999-12-31", "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
def test_a_task_is_not_due_outside_the_calendar(hub: Hub, moment: str) -> None:
    """In UTC there is no such time: said in words."""
    lead = added(hub, "lead", last_name="Byron")
    with pytest.raises(SetupError, match="calendar"):
        add_activity(hub, "task", {"content": "call", "due_date": moment}, ("lead", lead))


def test_a_period_does_not_begin_before_the_calendar() -> None:
    """East of Greenwich the first day begins in the year 0."""
    with pytest.raises(SetupError, match="first day that there is"):
        read_period("0001-01-01", None)


def test_a_time_outside_the_calendar_holds_a_record_and_stops_no_sync() -> None:
    """What a mapping cannot read is a ValueError; anything else ends the run."""
    with pytest.raises(ValueError, match="outside the years"):
        read_time("0001-01-01T00:00:00+05:00")


def test_a_custom_number_is_of_digits_that_databases_read(hub: Hub) -> None:
    """PostgreSQL casts no Arabic ones: a filter over the field would fail for all records."""
    with pytest.raises(CustomValueError):
        held("number", "١٢")
    with pytest.raises(CustomValueError):
        held("string", "\udcff")


def test_whoever_gets_a_new_record_of_somebody_else_is_told(firm: Firm) -> None:
    """Ann adds one for Bo, and one for herself."""
    hub = firm.hub
    added(hub, "lead", last_name="Li", owner=BO)
    added(hub, "lead", last_name="Ng", owner=ANN)
    added(hub, "lead", last_name="Ox")
    add(hub, Adding("lead", {"last_name": "Py", "owner": BO}), by=ANN, dry_run=True)
    assert [(n.email, n.ids) for n in firm.told()] == [(BO, [1])]
    assert breaches(hub) == []


def test_chats_are_sent_while_the_mail_server_is_down(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred mails that wait stand in nobody's way."""
    sql = "INSERT INTO notification_delivery (notification_id, channel, state, changed_at, attempts) "
    firm.imports("Li")
    firm.office.refuses = True
    monkeypatch.setenv("BO_CHAT", "json://127.0.0.1:9/")
    choose(firm.hub, BO, chat="env:BO_CHAT")
    with firm.hub.store.write() as db:
        told = db.select("SELECT id, user_id, run_id, created_at FROM notification")[0]
        columns = ("id", "user_id", "run_id", "record_type", "count", "record_ids", "text", "created_at")
        more = [(n, told[1], n, "lead", 1, "[1]", "1 lead", told[3]) for n in range(100, 205)]
        db.insert("notification", columns, more)
        for n, *_ in more:
            db.execute(sql + "VALUES (?, 'email', 'pending', ?, 0)", (n, told[3]))
        db.execute(sql + "VALUES (204, 'chat', 'pending', ?, 0)", (told[3],))
    flush(firm.hub)
    tried = rows(firm.hub, "SELECT attempts FROM notification_delivery WHERE channel = 'chat'")
    assert tried == [(1,)]


def test_a_deal_is_restored_whose_contact_was_merged_meanwhile(hub: Hub) -> None:
    """It is with the one in sight then."""
    people = [customer("1", "Ada", "Byron", "ada@x.example"), customer("2", "Bob", "Cole", "bob@x.example")]
    run(hub, {"contacts": people})
    lost = added(hub, "deal", name="Pilot", contact="C-2")
    deleting.delete(hub, "deal", [lost], by=ANN)
    run(hub, {"contacts": [gone("2", "merged", "1")]})
    deleting.restore(hub, "deal", [lost], by=ANN)
    stands = record(hub, "deal", lost)
    assert (stands["deleted_at"], stands["contact_id"]) == (None, 1)


def test_no_two_fields_differ_by_case_alone_when_one_is_renamed(hub: Hub) -> None:
    """`field add` refuses that; typed in another case, neither would be found."""
    add_field(hub, "lead", "Tier", "string")
    add_field(hub, "lead", "Level", "string")
    with pytest.raises(SetupError, match="there is a field 'Tier' of leads"):
        rename_field(hub, "Level", "TIER")
    assert rename_field(hub, "Tier", "TIER").what == "renamed"


def test_a_secret_that_is_no_text_is_not_shown(tmp_path: Path) -> None:
    """Nor does it come as a fault of the hub."""
    (tmp_path / "secret").write_bytes(b"hush\xff\xfe")
    with pytest.raises(SetupError, match="is no text") as error:
        resolved("file:secret", "[notifications] email", tmp_path)
    assert "hush" not in f"{error.value} {error.value.fix}"


def test_a_value_leads_no_link_to_another_place() -> None:
    """Servers decode a path before they look at its dots, and half a code could be completed by a value."""
    fields = Fields(frozenset({"email", "custom_fields"}), frozenset({"Site"}))
    assert "two hexadecimal digits" in " ".join(faults("https://a.example/%{{ email }}", fields))
    assert faults("https://a.example/%25/{{ email }}", fields) == []
    for value in ("..", "../../admin", "a/../../b", "..\\..\\admin"):
        link = fill("site", 'https://a.example/{{ custom_fields["Site"] }}', {"custom_fields": {"Site": value}})
        assert link.url is None
    harmless = fill("site", 'https://a.example/?q={{ custom_fields["Site"] }}', {"custom_fields": {"Site": "../a"}})
    assert harmless.url == "https://a.example/?q=..%2Fa"


def test_what_was_with_a_contact_is_with_the_one_it_was_merged_into(hub: Hub) -> None:
    """Deals, held by hand or not, contacts beside deals, employees: else the winner has no deals and can be deleted."""
    run(hub, {"companies": [company("1", "Acme"), company("2", "Acme Two")]})
    people = [customer("1", "Ada", "Byron", "ada@x.example"), customer("2", "Bob", "Cole", "bob@x.example")]
    run(hub, {"contacts": [*people, customer("3", "Cy", "Dean", "cy@x.example", companies=["2"])]})
    ada, bob, cy = (rows(hub, "SELECT id FROM contact WHERE first_name = ?", n)[0][0] for n in ("Ada", "Bob", "Cy"))
    acme, two = (rows(hub, "SELECT id FROM contact WHERE name = ?", name)[0][0] for name in ("Acme", "Acme Two"))
    run(hub, {"deals": [deal("9", "Of the source", ["2"])]})
    added(hub, "deal", name="By hand", contact=f"C-{bob}")
    turned = added(hub, "deal", name="Turned", contact=f"C-{ada}")
    edited(hub, "deal", turned, contact=f"C-{bob}")
    beside = added(hub, "deal", name="Beside", contact=f"C-{acme}")
    deal_contacts.add(hub, beside, bob, "Buyer", by=ANN)
    employee = added(hub, "contact", last_name="Eve", company=f"C-{two}")
    run(hub, {"contacts": [gone("2", "merged", "1")], "companies": [gone("2", "merged", "1")]})
    assert rows(hub, "SELECT name, contact_id FROM deal WHERE name <> 'Beside' ORDER BY id") == [
        ("Of the source", ada),
        ("By hand", ada),
        ("Turned", ada),
    ]
    assert (ada, "Buyer") in rows(hub, "SELECT contact_id, role FROM association WHERE deal_id = ?", beside)
    assert rows(hub, "SELECT contact_id FROM contact WHERE id IN (?, ?)", cy, employee) == [(acme,), (acme,)]
    edited(hub, "deal", turned, hot="yes")
    assert record(hub, "deal", turned)["contact_id"] == ada
    assert breaches(hub) == []
    with pytest.raises(SetupError, match="has deals and cannot be deleted"):
        deleting.delete(hub, "contact", [ada], by=ANN)


def test_a_split_that_was_taken_back_leaves_the_value_to_the_source(hub: Hub) -> None:
    """Nobody set it by hand; and what the source says otherwise meanwhile is not taken for the sum of the parts."""
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]})
    run(hub, {"deals": [deal("9", "Pilot", ["1"], amount="100")]})
    clone(hub, 1, Split(3), by=ANN)
    assert unclone(hub, 1, by=ANN).value == "100.00"
    assert rows(hub, "SELECT field FROM hand_edit WHERE record_id = 1 AND field <> 'estimated_close_date'") == []
    run(hub, {"deals": [deal("9", "Pilot", ["1"], amount="300")]})
    assert record(hub, "deal", 1)["value_minor"] == 30_000
    clone(hub, 1, Split(3), by=ANN)
    run(hub, {"deals": [deal("9", "Pilot", ["1"], amount="500")]})
    assert unclone(hub, 1, by=ANN).value == "300.00"
    assert (record(hub, "deal", 1)["value_minor"], record(hub, "deal", 1)["part"]) == (30_000, None)
    assert breaches(hub) == []


def test_instalments_count_once_when_the_first_is_deleted(hub: Hub) -> None:
    """The contract is still there, with two thirds of its value."""
    whole = deal_of_acme(hub, value="900", currency="USD")
    deal_of_acme(hub, value="5", currency="USD")
    clone(hub, whole, Split(3))
    deleting.delete(hub, "deal", [whole])
    counted = report_funnel(hub, Question(instalments="once")).to_json()["open"]
    assert (counted["count"], counted["value"]) == (2, "605.00")


def test_a_call_stands_once_beside_a_deal_that_is_named_twice(hub: Hub) -> None:
    """It was refused by the database, in the database's words."""
    deal_id, lead = deal_of_acme(hub), added(hub, "lead", last_name="Byron")
    said = {"phone_number": "1", "associated_deal_ids": [deal_id, deal_id]}
    assert add_activity(hub, "call", said, ("lead", lead))["associated_deal_ids"] == [deal_id]
    assert breaches(hub) == []
