"""Who got records is told of them: by the web, by mail, by chat, once each, and never of their own doing."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from hub.assigning import assign_records
from hub.importing import Import, import_file
from hub.notifying import flush, gathered, tell_new_owners
from hub.opening import open_hub, utc_now
from hub.pool_changes import add
from hub.rehearsing import rehearse
from hub.undo import undo_run
from storage import notifications
from storage.notifications import Choice, Wanted
from tests.notifications.conftest import ANN, BO, Firm, body


def test_each_is_told_once_of_what_they_got_by_mail_and_in_the_web(firm: Firm) -> None:
    """The mail names the records and nothing else of them; the next run tells nothing again."""
    firm.imports("Li", "Ng", "Fox")
    firm.imports("Li", "Ng", "Fox")

    assert [(n.email, n.count, n.ids, n.text) for n in firm.told()] == [
        (ANN, 2, [1, 3], "2 leads were assigned to you"),
        (BO, 1, [2], "1 lead was assigned to you"),
    ]
    assert [len(firm.office.to(address)) for address in (ANN, BO)] == [1, 1]
    letter = firm.office.to(ANN)[0]
    assert (letter["Subject"], letter["From"]) == ("2 leads were assigned to you", "hub@example.com")
    assert body(letter) == "2 leads were assigned to you: L-1 Li, Acme; L-3 Fox, Acme"
    assert firm.states() == [("email", "sent", 1), ("web", "sent", 0)] * 2


def test_only_the_first_twenty_are_named(firm: Firm) -> None:
    """All are counted."""
    firm.imports(*(f"P{number:02}" for number in range(50)))

    assert [(n.count, len(n.ids)) for n in firm.told()] == [(25, 20), (25, 20)]
    assert body(firm.office.to(BO)[0]).endswith("L-40 P39, Acme, and 5 more")


def test_what_somebody_gave_to_themselves_is_no_news_and_what_others_gave_is(firm: Firm) -> None:
    """A list that was given away in portions is one piece of news."""
    firm.imports("Li", "Ng", pool=None)

    assign_records(firm.hub, "lead", [1], owner=ANN, by=ANN.upper())
    assert firm.told() == []

    assign_records(firm.hub, "lead", [1, 2], owner=BO, by=ANN)
    assert [(n.email, n.ids) for n in firm.told()] == [(BO, [1, 2])]
    assert len(firm.office.letters) == 1


def test_portions_of_one_doing_are_told_together(firm: Firm) -> None:
    """Each five hundred are a run; nobody gets a mail for each."""
    firm.imports(*(f"P{number}" for number in range(501)), pool=None)
    with firm.hub.store.read() as db:
        ids = [id_ for (id_,) in db.select("SELECT id FROM lead ORDER BY id")]
    report = assign_records(firm.hub, "lead", ids, owner=BO, by=ANN)

    assert len(report.runs) == 2
    assert [(n.email, n.count, n.ids) for n in firm.told()] == [(BO, 501, ids[:20])]
    assert len(firm.office.letters) == 1


def test_each_chooses_how(firm: Firm) -> None:
    """Neither, web alone, mail alone; who is active no more gets nothing outside."""
    with firm.hub.store.write() as db:
        notifications.choose(db, 1, Choice(web=False, email=True))
        notifications.choose(db, 2, Choice(web=True, email=False))
    firm.imports("Li", "Ng")
    assert [n.email for n in firm.told()] == [BO]
    assert [len(firm.office.to(address)) for address in (ANN, BO)] == [1, 0]

    with firm.hub.store.write() as db:
        notifications.choose(db, 1, Choice(web=False, email=False))
        notifications.choose(db, 2, Choice())
        db.execute("UPDATE \"user\" SET status = 'inactive' WHERE id = 2")
    assign_records(firm.hub, "lead", [2], owner=ANN, by="mei@example.com")
    assert (len(firm.told()), len(firm.office.letters)) == (1, 1)


def test_chat_goes_where_the_reference_leads(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any Apprise URL; here another mailbox. What leads nowhere is said, and the mail goes all the same."""
    with firm.hub.store.write() as db:
        notifications.choose(db, 1, Choice(chat="env:ANN_CHAT"))
        notifications.choose(db, 2, Choice(chat="env:BO_CHAT"))
    monkeypatch.setenv("ANN_CHAT", f"{firm.office.url}&to=room@example.com")
    firm.imports("Li", "Ng")

    assert [whose for whose, _ in firm.office.letters] == ["room@example.com", ANN, BO]
    failed = firm.told(Wanted(failed=True))[0]
    assert [(d.state, "BO_CHAT" in (d.error or "")) for d in failed.deliveries if d.channel == "chat"] == [
        ("failed", True)
    ]


def test_without_a_mail_server_the_web_alone_tells(firm: Firm) -> None:
    """Nothing waits for a server that nobody has."""
    settings = firm.hub.settings.model_copy(update={"notifications": type(firm.hub.settings.notifications)()})
    plain = replace(firm, hub=replace(firm.hub, settings=settings))
    plain.imports("Li")
    assert (plain.states(), firm.office.letters) == ([("web", "sent", 0)], [])


def test_a_rehearsal_tells_nobody(firm: Firm) -> None:
    """Nor does what it would have assigned stay to be told."""
    path = firm.home / "leads.csv"
    path.write_text("Last Name,Email\nLi,li@x.example\n", encoding="utf-8")
    rehearse(firm.hub, lambda: import_file(firm.hub, Import(path, pool="Inbound")))
    tell_new_owners(firm.hub)
    assign_records(firm.hub, "lead", [], owner=BO, by=ANN, dry_run=True)
    assert (firm.told(), firm.office.letters) == ([], [])


def test_what_was_taken_back_before_it_was_told_is_not_told(firm: Firm) -> None:
    """A run undone has given its turns back."""
    with gathered(firm.hub):
        firm.imports("Li", "Ng")
        undo_run(firm.hub, 1)
    assert (firm.told(), firm.office.letters) == ([], [])


def test_a_server_that_refuses_fails_no_import_and_is_tried_five_times(
    firm: Firm, caplog: pytest.LogCaptureFixture
) -> None:
    """The import is done; the failure is noted, without the server's address, which may hold a password."""
    firm.office.refuses = True
    with caplog.at_level(logging.WARNING):
        firm.imports("Li")
    assert "notification list --failed" in caplog.text
    assert str(firm.office.port) not in caplog.text

    for _ in range(6):
        flush(firm.hub)
    assert firm.states()[0] == ("email", "failed", 5)
    assert firm.told(Wanted(failed=True))[0].email == ANN

    firm.office.refuses = False
    assert flush(firm.hub).sent == 0


def test_a_server_that_is_down_is_not_asked_for_each_of_many(firm: Firm) -> None:
    """Each asking may take a quarter of a minute; the others wait, untried, and all arrive once it is back."""
    members = [f"u{number}@example.com" for number in range(6)]
    add(firm.hub, "Many", "lead", members)
    firm.office.refuses = True
    firm.imports(*(f"P{number}" for number in range(6)), pool="Many")
    assert [state for channel, state, _ in firm.states() if channel == "email"] == ["failed"] * 3 + ["pending"] * 3

    firm.office.refuses = False
    assert flush(firm.hub).sent == 6
    assert [len(firm.office.to(member)) for member in members] == [1] * 6


def test_what_failed_rests_and_is_sent_once_at_an_occasion_after_that(firm: Firm) -> None:
    """A short outage on a busy hub does not use all attempts up."""
    firm.office.refuses = True
    firm.imports("Li")
    firm.office.refuses = False
    firm.imports("Ng")
    assert [len(firm.office.to(address)) for address in (ANN, BO)] == [0, 1]

    later = replace(firm, hub=replace(firm.hub, clock=lambda: utc_now() + timedelta(minutes=6)))
    later.imports("Oz", pool=None)
    assert [len(firm.office.to(address)) for address in (ANN, BO)] == [1, 1]
    assert {state for _, state, _ in firm.states()} == {"sent"}


def test_two_processes_that_end_at_once_tell_each_once(firm: Firm) -> None:
    """One sends; the other leaves what it made to the first."""
    firm.imports(*(f"P{number}" for number in range(8)), pool=None)

    def gives(number: int) -> None:
        with open_hub(firm.home) as own:
            assign_records(own, "lead", [number], owner=BO, by=f"u{number}@example.com")

    threads = [threading.Thread(target=gives, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(body(letter) for letter in firm.office.to(BO)) == [
        f"1 lead was assigned to you: L-{number} P{number - 1}, Acme" for number in range(1, 9)
    ]
    assert {state for _, state, _ in firm.states()} == {"sent"}
