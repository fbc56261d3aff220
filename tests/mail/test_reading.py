"""A mailbox read from the stand-in over TCP: what comes of a mail, what is left out, and that nothing is touched."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from connectors.connector import Cursor, SourceRecord
from connectors.imap.connector import Imap
from connectors.imap.settings import ImapConfig
from sandbox.imap import ImapSandbox
from sandbox.imap_letters import OWN, SEEDED_FROM, letter

ANN = "Ann Li <ann@acme.example>"


def connect(mailbox: ImapSandbox, **settings: Any) -> Imap:
    """A connector pointed at the stand-in by nothing but its settings."""
    given = {**mailbox.settings(), "commands_per_second": 1e6, **settings}
    return Imap(ImapConfig.model_validate(given))


def read(mailbox: ImapSandbox, cursor: Cursor | None = None, **settings: Any) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    with connect(mailbox, **settings) as connector:
        pages = list(connector.pull("messages", cursor))
    assert pages[-1].cursor is not None
    return [record for page in pages for record in page.records], pages[-1].cursor


def one(mailbox: ImapSandbox, mail: EmailMessage | bytes, folder: str = "INBOX", **settings: Any) -> dict[str, Any]:
    """Read the only mail there is; gives its record's data."""
    mailbox.empty()
    mailbox.put(mail, folder, SEEDED_FROM)
    records, _ = read(mailbox, **settings)
    assert len(records) == 1
    return {"id": records[0].id, **records[0].data}


def test_a_mail_from_outside_is_incoming(mailbox: ImapSandbox) -> None:
    """Who, what about, when, what text; named by its Message-ID."""
    data = one(
        mailbox, letter(ANN, f"Sales <{OWN}>", "Delivery", "How soon?\n\n\n\n\n\nAnn  \n", id_="<1@acme.example>")
    )

    assert data["id"] == data["message_id"] == "<1@acme.example>"
    assert (data["incoming"], data["person"]) == (True, {"email": "ann@acme.example", "name": "Ann Li"})
    assert (data["subject"], data["text"], data["text_cut"]) == ("Delivery", "How soon?\n\n\nAnn", False)
    assert (data["own"], data["sent_at"], data["left_out"]) == (OWN, "2026-08-03T09:00:00Z", None)


def test_a_mail_to_several_outside_is_one_record_for_each(mailbox: ImapSandbox) -> None:
    """It belongs to the story of each; our own among them are none."""
    mail = letter(
        OWN, f"{ANN}, bo@hub.example, cy@else.example", "Offer", "Here.", id_="<2@hub.example>", Cc="dee@x.example"
    )
    mailbox.put(mail, "Sent")

    records, _ = read(mailbox)

    assert {record.id: record.data["person"]["email"] for record in records} == {
        "<2@hub.example>": "ann@acme.example",
        "<2@hub.example> cy@else.example": "cy@else.example",
        "<2@hub.example> dee@x.example": "dee@x.example",
    }
    assert {record.data["incoming"] for record in records} == {False}


def test_a_form_of_our_own_says_in_reply_to_who_wrote(mailbox: ImapSandbox) -> None:
    """Websites write in their own name."""
    data = one(mailbox, letter("web@hub.example", OWN, "Form", "Call me", Reply_To=ANN))

    assert (data["incoming"], data["person"]["email"]) == (True, "ann@acme.example")


@pytest.mark.parametrize(
    ("reason", "sender", "headers"),
    [
        ("mailing list", "news@paper.example", {"List_Id": "<news.paper.example>"}),
        ("mailing list", "news@paper.example", {"List_Unsubscribe": "<https://paper.example/out>"}),
        ("mailing list", "news@paper.example", {"Precedence": "bulk"}),
        ("automatic", "bo@acme.example", {"Auto_Submitted": "auto-replied; owner-email=x"}),
        ("automatic", "bo@acme.example", {"X_Autoreply": "yes"}),
        ("automatic", "bo@acme.example", {"Precedence": "auto_reply"}),
        ("bounce", "MAILER-DAEMON@mx.example", {}),
        ("bounce", "bo@acme.example", {"Return_Path": "<>"}),
        ("bounce", "bo@acme.example", {"X_Failed_Recipients": "x@y.example"}),
        ("no-reply address", "no-reply@shop.example", {}),
        ("no-reply address", "acme-noreply@shop.example", {}),
        ("internal", "cleo@hub.example", {}),
        ("internal", "cleo@mail.hub.example", {}),
        ("internal", "cleo@private.example", {}),
        ("no address", "nobody", {}),
    ],
)
def test_what_is_no_word_from_outside_is_left_out(
    mailbox: ImapSandbox, reason: str, sender: str, headers: dict[str, str]
) -> None:
    """Told with its reason, so that sums add up, and without what it says."""
    mail = letter("x@y.example", OWN, "Subject", "Text", id_="<3@x>")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.replace_header("From", sender)

    data = one(mailbox, mail, own_addresses=["cleo@private.example"])

    assert data == {
        "id": f"<3@x> ({reason})",
        "message_id": "<3@x>",
        "left_out": reason,
        "sent_at": "2026-08-03T09:00:00Z",
    }


def test_a_person_named_like_a_machine_is_none(mailbox: ImapSandbox) -> None:
    """Norah is no no-reply, and `Auto-Submitted: no` says that a person wrote."""
    data = one(mailbox, letter("norah@acme.example", OWN, "Hello", "Hi", Auto_Submitted="no"))

    assert data["left_out"] is None


def test_a_report_of_a_bounce_is_one_by_its_type(mailbox: ImapSandbox) -> None:
    """Servers have all kinds of senders for them."""
    raw = (
        b"From: system@mx.example\r\nTo: sales@hub.example\r\nSubject: Undelivered\r\n"
        b'Content-Type: multipart/report; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n'
    )
    assert one(mailbox, raw)["left_out"] == "bounce"


def test_a_mail_to_a_crowd_is_left_out(mailbox: ImapSandbox) -> None:
    """It is no conversation; the most may be set."""
    mail = letter(OWN, ", ".join(f"p{n}@acme.example" for n in range(11)), "To all", "Hello", id_="<4@x>")

    assert one(mailbox, mail, "Sent")["left_out"] == "many people"
    assert len(read(mailbox, most_people=20)[0]) == 11


def test_nothing_is_marked_as_read(mailbox: ImapSandbox) -> None:
    """People work in this mailbox."""
    mail = mailbox.put(letter(ANN, OWN, "Hello", "Hi"))

    read(mailbox)

    assert mail.flags == set()
    assert not any(command.startswith(("SELECT", "STORE")) for command in mailbox.commands)


def test_the_same_mail_in_two_folders_is_one_record(mailbox: ImapSandbox) -> None:
    """Word for word the same, so that it does not look changed; also where it has no Message-ID."""
    for id_ in ("<5@x>", ""):
        mail = letter(ANN, OWN, f"Hello {id_}", "Hi", id_=id_)
        mailbox.put(mail, "INBOX", SEEDED_FROM)
        mailbox.put(mail, "Archive", SEEDED_FROM + timedelta(days=3))

    records, _ = read(mailbox, folders=["INBOX", "Archive"])

    assert len(records) == 4
    assert len({record.id for record in records}) == 2
    assert records[:2] == records[2:]


def test_a_copy_that_came_by_a_list_takes_nothing_away(mailbox: ImapSandbox) -> None:
    """Who is on a list and addressed as well gets both, under one Message-ID."""
    mailbox.put(letter(ANN, OWN, "Hello", "Hi", id_="<6@x>"))
    mailbox.put(letter(ANN, "all@lists.example", "Hello", "Hi", id_="<6@x>", List_Id="<all.lists.example>"))

    assert [record.id for record in read(mailbox)[0]] == ["<6@x>", "<6@x> (mailing list)"]


def test_a_date_that_cannot_be_gives_way_to_the_servers(mailbox: ImapSandbox) -> None:
    """A clock that is a year ahead would put the mail into the future."""
    for said in ("Thu, 1 Jan 1970 00:00:00 +0000", "Sun, 3 Aug 2036 09:00:00 +0000", "yesterday", ""):
        mail = letter(ANN, OWN, "Hello", "Hi")
        mail.replace_header("Date", SEEDED_FROM)
        raw = mail.as_bytes().replace(b"Mon, 03 Aug 2026 09:00:00 +0000", said.encode())
        assert one(mailbox, raw)["sent_at"] == "2026-08-03T09:00:00Z"


def test_new_mail_alone_is_read_the_next_time(mailbox: ImapSandbox) -> None:
    """And where nothing came, a command for each folder beside signing in."""
    mailbox.put(letter(ANN, OWN, "One", "Hi", id_="<1@x>"))
    _, cursor = read(mailbox)
    mailbox.commands.clear()

    assert read(mailbox, cursor)[0] == []
    assert [command.split()[0] for command in mailbox.commands] == [
        "CAPABILITY", "AUTHENTICATE", "LIST", "EXAMINE", "EXAMINE", "LOGOUT",
    ]  # fmt: skip
    mailbox.put(letter(ANN, OWN, "Two", "Hi", id_="<2@x>"))
    assert [record.id for record in read(mailbox, cursor)[0]] == ["<2@x>"]


def test_a_server_that_does_not_say_the_next_number_is_read_as_well(mailbox: ImapSandbox) -> None:
    """UIDNEXT is not required of old servers."""
    mailbox.says_next_uid = False
    for number in range(3):
        mailbox.put(letter(ANN, OWN, "Hello", "Hi", id_=f"<{number}@x>"))
    records, cursor = read(mailbox)

    assert len(records) == 3
    assert read(mailbox, cursor)[0] == []


def test_a_folder_full_of_gaps_is_read_in_few_searches(mailbox: ImapSandbox) -> None:
    """Numbers are never used twice: a mailbox of years has few mails among millions of them."""
    folder = mailbox.folders["INBOX"]
    for uid in (1, 70_000, 2_000_000):
        folder.next_uid = uid
        mailbox.put(letter(ANN, OWN, "Hello", "Hi", id_=f"<{uid}@x>"))

    assert len(read(mailbox)[0]) == 3
    assert sum(command.startswith("UID SEARCH") for command in mailbox.commands) < 40


def test_mails_from_a_day_on(mailbox: ImapSandbox) -> None:
    """By `--since`, and by the setting for those who begin with a mailbox of years."""
    for day in (1, 10, 20):
        moment = datetime(2026, 8, day, tzinfo=UTC)
        mailbox.put(letter(ANN, OWN, f"{day}", "Hi", id_=f"<{day}@x>", at=moment), at=moment)
    with connect(mailbox) as connector:
        cursor = connector.cursor_since("messages", datetime(2026, 8, 11, tzinfo=UTC))

    assert [record.id for record in read(mailbox, cursor)[0]] == ["<10@x>", "<20@x>"]
    assert [record.id for record in read(mailbox, since=date(2026, 8, 11))[0]] == ["<20@x>"]


def test_the_folder_of_sent_mail_is_found_by_its_mark_or_its_name(mailbox: ImapSandbox) -> None:
    """Else it is said that there is none."""
    mailbox.put(letter(OWN, ANN, "Offer", "Here"), "Sent")
    mailbox.marks_sent = False
    assert len(read(mailbox)[0]) == 1

    del mailbox.folders["Sent"]
    mailbox.put(letter(OWN, ANN, "Offer", "Here"), "&AMk-l&AOk-ments envoy&AOk-s")
    assert len(read(mailbox)[0]) == 1

    del mailbox.folders["&AMk-l&AOk-ments envoy&AOk-s"]
    with connect(mailbox) as connector:
        notices = [notice for page in connector.pull("messages", None) for notice in page.notices]
    assert notices == ["no folder of sent mail was found: name it in folders, or only what comes in is read"]


def test_a_folder_is_named_as_people_see_it(mailbox: ImapSandbox) -> None:
    """Its name on the wire is nobody's business."""
    mailbox.put(letter(ANN, OWN, "Hello", "Hi"), '&XfJT0ZAB-/&AMk- "x"'.replace('"', ""))

    assert len(read(mailbox, folders=["已发送/É x"])[0]) == 1
