"""The mails that the stand-in of a mail server begins with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

from sandbox.people import Sighting, sightings

SEEDED_FROM = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
OWN = "sales@hub.example"


def seeded() -> Iterator[tuple[str, EmailMessage, datetime]]:
    """Give folder, mail and time: questions, some of which were answered, and what no lead comes from."""
    for place, sighting in enumerate(sightings("imap")):
        at = SEEDED_FROM.replace(day=3 + place % 25)
        yield "INBOX", _question(place, sighting, at), at
        if place % 3 == 0:
            yield "Sent", _answer(place, sighting, at), at
    for mail in _noise():
        yield "INBOX", mail, SEEDED_FROM


def letter(
    sender: str, to: str, subject: str, text: str, *, at: datetime = SEEDED_FROM, id_: str = "", **headers: str
) -> EmailMessage:
    """Write a mail. Headers by name, an underscore for a hyphen: `List_Id="…"`."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = at
    if id_:
        mail["Message-ID"] = id_
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def _question(place: int, who: Sighting, at: datetime) -> EmailMessage:
    mail = letter(
        f"{who.first_name} {who.last_name} <{who.email}>", f"Sales <{OWN}>", f"Question {place}: delivery",
        f"Dear all,\n\nhow soon could you deliver to {who.human.company.city}?\n\n{who.first_name}",
        at=at, id_=f"<q{place}@{who.human.company.domain}>",
    )  # fmt: skip
    if place % 4 == 1:
        mail.add_alternative(f"<p>Dear all,</p><p>how soon could you deliver to <b>{place}</b>?</p>", subtype="html")
    if place % 5 == 2:
        mail.add_attachment(b"%PDF-" + b"x" * 20_000, maintype="application", subtype="pdf", filename="plan.pdf")
    return mail


def _answer(place: int, who: Sighting, at: datetime) -> EmailMessage:
    return letter(
        f"Sales <{OWN}>", f"{who.first_name} <{who.email}>", f"Re: Question {place}: delivery", "In two weeks.",
        at=at.replace(hour=15), id_=f"<a{place}@hub.example>",
    )  # fmt: skip


def _noise() -> Iterator[EmailMessage]:
    """What no lead comes from: a list, a bounce, an answer from a machine, a colleague, a shop."""
    yield letter("News <news@paper.example>", OWN, "This week", "News.", id_="<n1@x>", List_Id="<news.paper.example>")
    yield letter("Mail <mailer-daemon@hub.example>", OWN, "Undelivered", "Sorry.", id_="<n2@x>", Return_Path="<>")
    yield letter("Bo <bo@acme.example>", OWN, "Out of office", "Back on Monday.", id_="<n3@x>",
                 Auto_Submitted="auto-replied")  # fmt: skip
    yield letter("Cleo <cleo@hub.example>", OWN, "Lunch?", "At noon?", id_="<n4@x>")
    yield letter("Shop <no-reply@shop.example>", OWN, "Your receipt", "Paid.", id_="<n5@x>")
