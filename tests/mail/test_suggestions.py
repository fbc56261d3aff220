"""Suggestions: who wrote and is nobody yet, accepted, ignored, restored; nobody twice, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import suggestions, waiting_mail
from hub.adding import Adding, add
from hub.database import examine
from hub.deleting import delete
from hub.forgetting import forget
from hub.opening import Hub, open_hub
from hub.runs import Options
from hub.suggestions import Accepted
from hub.sync import sync_source
from sandbox.imap import ImapSandbox
from sandbox.imap_letters import OWN, SEEDED_FROM, letter
from sell_model.errors import SetupError
from tests.hub.test_review_together import together

ANN = "Ann Li <ann@acme.example>"


def sync(hub: Hub, **options: Any) -> None:
    """Read the mailbox."""
    reports = sync_source(hub, "mail", Options(**options))
    assert [report.error for report in reports] == [None]


def name_of(*parts: object) -> str:
    """A Message-ID of its own."""
    return f"<{'.'.join(re.sub(r'[^a-z0-9]', '', str(part).lower()) for part in parts)}@x>"


def write(mailbox: ImapSandbox, sender: str = ANN, subject: str = "Delivery", days: int = 0, **headers: str) -> None:
    """Somebody writes."""
    at = SEEDED_FROM + timedelta(days=days)
    mailbox.put(letter(sender, OWN, subject, "How soon?", at=at, id_=name_of(sender, subject, days), **headers), at=at)


def answer(mailbox: ImapSandbox, to: str = ANN, days: int = 1) -> None:
    """Somebody of ours answers."""
    at = SEEDED_FROM + timedelta(days=days)
    mail = letter("Bo <bo@hub.example>", to, "Re: Delivery", "In May.", at=at, id_=name_of(to, "re", days))
    mailbox.put(mail, "Sent", at)


def rows(hub: Hub, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with hub.store.read() as db:
        return [tuple(row) for row in db.select(sql, values)]


def suggested(hub: Hub) -> list[str]:
    return [each.address for each in waiting_mail.open_suggestions(hub)[0]]


def mails(hub: Hub) -> list[Any]:
    return rows(hub, "SELECT resource_type, resource_id, subject, incoming FROM email ORDER BY sent_at")


def whole(hub: Hub) -> None:
    """Nothing that is stored contradicts itself."""
    assert [finding.text for finding in examine(hub) if finding.level == "FAIL"] == []


def test_an_unknown_address_is_suggested_once_with_its_story(hub: Hub, mailbox: ImapSandbox) -> None:
    """Name from the header, the latest subject, how many, from when to when; no lead, nothing held."""
    write(mailbox)
    write(mailbox, "ann@acme.example", "Again", days=3)
    answer(mailbox, "Annie <ANN@acme.example>")
    sync(hub)
    sync(hub, full=True)

    (found,), count = waiting_mail.open_suggestions(hub)
    assert (found.address, found.name, found.subject, found.mails, count) == (
        "ann@acme.example",
        "Ann Li",
        "Again",
        3,
        1,
    )
    assert found.first_at is not None
    assert found.last_at is not None
    assert datetime.fromisoformat(found.last_at) - datetime.fromisoformat(found.first_at) == timedelta(days=3)
    assert rows(hub, "SELECT COUNT(*) FROM lead") == rows(hub, "SELECT COUNT(*) FROM held") == [(0,)]
    assert mails(hub) == []


def test_mail_of_somebody_known_is_theirs_at_once(hub: Hub, mailbox: ImapSandbox) -> None:
    """Whoever bears the address, however it is spelled; nobody is suggested."""
    add(hub, Adding("lead", {"last_name": "Li", "email": "Ann@Acme.example"}))
    write(mailbox)
    answer(mailbox)
    sync(hub)

    assert mails(hub) == [("lead", 1, "Delivery", True), ("lead", 1, "Re: Delivery", False)]
    assert rows(hub, 'SELECT u.email FROM email e LEFT JOIN "user" u ON u.id = e.user_id ORDER BY e.sent_at') == [
        (None,),
        ("bo@hub.example",),
    ]
    assert suggested(hub) == []
    whole(hub)


def test_who_is_accepted_gets_their_mail_at_once(hub: Hub, mailbox: ImapSandbox) -> None:
    """The mail is the first activity, at its own time; figures say so; the next sync changes nothing."""
    write(mailbox)
    answer(mailbox)
    write(mailbox, "Cy <cy@else.example>")
    sync(hub)

    found = suggestions.accept(hub, "Ann@Acme.example", by="ann@hub.example")

    assert (found.made, found.record_type, found.name, found.taken_in) == ("created", "lead", "Ann Li", 2)
    assert mails(hub) == [("lead", found.id, "Delivery", True), ("lead", found.id, "Re: Delivery", False)]
    assert rows(hub, 'SELECT l.first_name, l.email, u.name FROM lead l JOIN "user" u ON u.id = l.owner_id') == [
        ("Ann", "ann@acme.example", "Ann Lee")
    ]
    assert suggested(hub) == ["cy@else.example"]
    sync(hub)
    assert len(mails(hub)) == 2
    whole(hub)


def test_a_new_mail_of_who_was_accepted_is_theirs(hub: Hub, mailbox: ImapSandbox) -> None:
    """As a contact as well."""
    write(mailbox)
    sync(hub)
    found = suggestions.accept(hub, "ann@acme.example", "contact")
    write(mailbox, subject="Again", days=2)
    sync(hub)

    assert [row[:2] for row in mails(hub)] == [("contact", found.id)] * 2
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(0,)]


def test_fields_that_are_typed_stand_over_the_header(hub: Hub, mailbox: ImapSandbox) -> None:
    """A name is taken whole from one of both."""
    write(mailbox)
    sync(hub)
    suggestions.accept(
        hub, "ann@acme.example", said={"organization_name": "Acme", "phone": "+14155552671"}, tags=["mail"]
    )

    assert rows(hub, "SELECT first_name, last_name, organization_name, phone, email FROM lead") == [
        (None, None, "Acme", "+14155552671", "ann@acme.example")
    ]


def test_who_has_no_name_is_called_by_the_address(hub: Hub, mailbox: ImapSandbox) -> None:
    """A lead needs a name, and nobody guesses one."""
    write(mailbox, "a.li@acme.example")
    sync(hub)
    found = suggestions.accept(hub, "a.li@acme.example")

    assert found.name == "a.li"


def test_twice_is_once(hub: Hub, mailbox: ImapSandbox) -> None:
    """The second is told who is there, and who did it."""
    write(mailbox)
    sync(hub)
    one = suggestions.accept(hub, "ann@acme.example", by="ann@hub.example")
    two = suggestions.accept(hub, "ann@acme.example", "contact", by="bo@hub.example")

    assert (two.made, two.record_type, two.id, two.decided_by) == ("standing", "lead", one.id, "ann@hub.example")
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(1,)]
    assert rows(hub, "SELECT COUNT(*) FROM contact") == [(0,)]


def test_two_at_once_make_one_record_and_one_is_told(hub: Hub, mailbox: ImapSandbox) -> None:
    """Whoever comes second waits and sees what the first decided."""
    for number in range(4):
        write(mailbox, f"P{number} <p{number}@acme.example>", f"Mail {number}")
    sync(hub)

    def accept_all(own: Hub) -> list[Accepted]:
        return [suggestions.accept(own, f"p{number}@acme.example") for number in range(4)]

    with open_hub(hub.home) as other:
        one, two = together(lambda: accept_all(hub), lambda: accept_all(other))
    for first, second in zip(one, two, strict=True):
        assert sorted([first.made, second.made]) == ["created", "standing"]
        assert first.id == second.id
    sync(hub)
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(4,)]
    assert len(mails(hub)) == 4
    whole(hub)


def test_one_accepts_while_another_ignores(hub: Hub, mailbox: ImapSandbox) -> None:
    """One of them is told."""
    write(mailbox)
    sync(hub)

    def ignore(own: Hub) -> str:
        try:
            return str(suggestions.ignore(own, "ann@acme.example").changed)
        except SetupError as error:
            return str(error)

    with open_hub(hub.home) as other:
        accepted, told = together(lambda: suggestions.accept(hub, "ann@acme.example"), lambda: ignore(other))
    assert accepted.made == "created"
    assert told == "True" or "was accepted by" in told
    assert suggested(hub) == []


def test_who_is_ignored_is_suggested_no_more_until_restored(hub: Hub, mailbox: ImapSandbox) -> None:
    """By address or by domain, whatever comes; each twice is once."""
    write(mailbox)
    write(mailbox, "Cy <cy@mail.acme.example>")
    write(mailbox, "Dee <dee@notacme.example>")
    sync(hub)
    assert suggestions.ignore(hub, "ann@acme.example").suggestions == 1
    assert suggestions.ignore(hub, "@acme.example", by="bo@hub.example").suggestions == 1
    again = suggestions.ignore(hub, "@ACME.example")
    assert (again.changed, again.decided_by) == (False, "bo@hub.example")
    write(mailbox, "Eve <eve@acme.example>", days=5)
    sync(hub)

    assert suggested(hub) == ["dee@notacme.example"]
    assert [row.address for row in waiting_mail.ignored(hub)] == ["@acme.example", "ann@acme.example"]
    with pytest.raises(SetupError, match=": @acme"):
        suggestions.restore(hub, "cy@mail.acme.example")
    suggestions.restore(hub, "@acme.example")
    assert suggested(hub) == ["eve@acme.example", "cy@mail.acme.example", "dee@notacme.example"]
    with pytest.raises(SetupError, match="not ignored"):
        suggestions.restore(hub, "@acme.example")
    suggestions.restore(hub, "ann@acme.example")
    assert "ann@acme.example" in suggested(hub)


def test_who_is_ignored_may_be_accepted_all_the_same(hub: Hub, mailbox: ImapSandbox) -> None:
    """Somebody changes their mind; nothing was lost meanwhile."""
    write(mailbox)
    sync(hub)
    suggestions.ignore(hub, "ann@acme.example")

    assert suggestions.accept(hub, "ann@acme.example").taken_in == 1
    assert waiting_mail.ignored(hub) == []
    with pytest.raises(SetupError, match="was accepted by"):
        suggestions.ignore(hub, "ann@acme.example")


def test_who_became_known_otherwise_is_suggested_no_more(hub: Hub, mailbox: ImapSandbox) -> None:
    """Added by hand or by another source, and accepted at the same time: no second record."""
    write(mailbox)
    sync(hub)
    add(hub, Adding("contact", {"last_name": "Li", "email": "ann@acme.example"}))
    assert suggested(hub) == []

    found = suggestions.accept(hub, "ann@acme.example")

    assert (found.made, found.record_type, found.taken_in) == ("standing", "contact", 1)


def test_who_was_deleted_is_not_suggested_again(hub: Hub, mailbox: ImapSandbox) -> None:
    """Somebody decided already."""
    write(mailbox)
    sync(hub)
    found = suggestions.accept(hub, "ann@acme.example")
    delete(hub, "lead", [found.id])
    write(mailbox, days=4)
    sync(hub)

    assert suggested(hub) == []


def test_who_was_forgotten_is_not_suggested_whatever_they_write(hub: Hub, mailbox: ImapSandbox) -> None:
    """Nor their mail of old, nor under another name."""
    write(mailbox)
    sync(hub)
    found = suggestions.accept(hub, "ann@acme.example")
    write(mailbox, subject="Again", days=2)
    forget(hub, ("lead", found.id))
    sync(hub)
    sync(hub, full=True)

    assert suggested(hub) == []
    assert mails(hub) == []
    assert rows(hub, "SELECT COUNT(*) FROM lead WHERE email IS NOT NULL") == [(0,)]
    whole(hub)


def test_a_dry_run_stores_nothing_and_tells_the_same(hub: Hub, mailbox: ImapSandbox) -> None:
    """The record, and the mail that would come in."""
    write(mailbox)
    sync(hub)
    runs = rows(hub, "SELECT COUNT(*) FROM run")
    told = suggestions.accept(hub, "ann@acme.example", dry_run=True)
    suggestions.ignore(hub, "ann@acme.example", dry_run=True)

    assert (told.made, told.taken_in) == ("created", 1)
    assert rows(hub, "SELECT COUNT(*) FROM run") == runs
    assert suggested(hub) == ["ann@acme.example"]
    assert suggestions.accept(hub, "ann@acme.example").id == told.id or rows(hub, "SELECT COUNT(*) FROM lead") == [(1,)]


def test_one_address_of_gmail_is_one_person_however_it_is_spelled(hub: Hub, mailbox: ImapSandbox) -> None:
    """Dots and what follows a plus are nothing there."""
    write(mailbox, "Ann Li <ann.li@gmail.com>")
    write(mailbox, "Ann Li <annli+shop@gmail.com>", "Again", days=1)
    sync(hub)

    (found,), _ = waiting_mail.open_suggestions(hub)
    assert found.mails == 2
    assert suggestions.accept(hub, "Ann.Li@googlemail.com").taken_in == 2


@pytest.mark.parametrize("address", ["", "ann", "@acme", "ann@@", "<>", "a b@c.example"])
def test_what_is_no_address_is_refused(hub: Hub, address: str) -> None:
    """With the way to those that are."""
    for doing in (suggestions.accept, suggestions.ignore, suggestions.restore, waiting_mail.show):
        with pytest.raises(SetupError) as error:
            doing(hub, address)
        assert error.value.fix


def test_an_address_that_never_wrote_is_told_with_the_nearest(hub: Hub, mailbox: ImapSandbox) -> None:
    """A slip of the finger makes nobody."""
    write(mailbox)
    sync(hub)
    with pytest.raises(SetupError, match="nearest: ann@acme"):
        suggestions.accept(hub, "anne@acme.example")


def test_a_record_that_cannot_be_leaves_nothing_behind(hub: Hub, mailbox: ImapSandbox) -> None:
    """The suggestion stands as it was."""
    write(mailbox)
    sync(hub)
    with pytest.raises(SetupError, match="cannot be added"):
        suggestions.accept(hub, "ann@acme.example", said={"phone": "x" * 300})

    assert suggested(hub) == ["ann@acme.example"]
    assert rows(hub, "SELECT COUNT(*) FROM suggestion") == [(0,)]


DOINGS: dict[str, Callable[[Hub, str], object]] = {
    "accept": suggestions.accept,
    "ignore": suggestions.ignore,
    "ignore domain": lambda hub, address: suggestions.ignore(hub, f"@{address.partition('@')[2]}"),
    "restore": suggestions.restore,
    "sync": lambda hub, _: sync(hub),
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(list(DOINGS)), st.integers(0, 2)), max_size=6))
def test_in_any_order_everybody_is_in_one_place_alone(
    hub: Hub, mailbox: ImapSandbox, steps: list[tuple[str, int]]
) -> None:
    """Suggested, ignored, or a record with all their mail: one of the three, and no two records of one address."""
    for number in range(3):
        write(
            mailbox, f"P{number} <p{number}@d{number}.example>", f"Mail {number} {len(mailbox.folders['INBOX'].mails)}"
        )
    sync(hub)
    for doing, number in steps:
        address = f"p{number}@d{number}.example"
        with suppress(SetupError):  # what cannot be done changes nothing
            DOINGS[doing](hub, address)

    known = {row[0] for row in rows(hub, "SELECT email FROM lead")}
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(len(known),)]
    out = {row.address for row in waiting_mail.ignored(hub)}
    for number in range(3):
        address = f"p{number}@d{number}.example"
        is_out = bool({address, f"@d{number}.example"} & out)
        assert (address in known) + (address in suggested(hub)) + (is_out and address not in known) == 1
    waiting = rows(hub, "SELECT COUNT(DISTINCT source_record_id) FROM pending_ref")[0][0]
    assert len(mails(hub)) + waiting == len(mailbox.folders["INBOX"].mails)
