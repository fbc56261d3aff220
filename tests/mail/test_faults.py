"""What may go wrong with a mail server: each is got over, or a clear error, and nothing is lost or doubled."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.imap.settings import ImapConfig
from sandbox.imap import Fault, ImapSandbox
from sandbox.imap_letters import OWN, letter
from tests.mail.test_reading import ANN, connect, read

NUMBERS = [f"<{number}@x>" for number in range(7)]


def fill(mailbox: ImapSandbox) -> None:
    """Seven mails."""
    for number in NUMBERS:
        mailbox.put(letter(ANN, OWN, f"Mail {number}", "Hi", id_=number))


@pytest.mark.parametrize("fault", ["hang up", "bye", "throttled", "garbage", "cut literal"])
@pytest.mark.parametrize("at", ["", "AUTHENTICATE", "LIST", "EXAMINE", "UID SEARCH", "INTERNALDATE", "BODY.PEEK[1]"])
def test_a_connection_that_breaks_is_made_anew(mailbox: ImapSandbox, fault: Fault, at: str) -> None:
    """Wherever it does: all mails come, each once."""
    fill(mailbox)
    mailbox.fail(fault, at=at)

    records, _ = read(mailbox, portion=3)

    assert [record.id for record in records] == NUMBERS
    assert {record.data["text"] for record in records} == {"Hi"}


@pytest.mark.parametrize("at", ["EXAMINE", "UID SEARCH", "INTERNALDATE", "BODY.PEEK[1]"])
def test_a_server_that_stays_broken_ends_the_read_where_it_is(mailbox: ImapSandbox, at: str) -> None:
    """What was read before stays, and the next run goes on from there."""
    fill(mailbox)
    mailbox.fail("hang up", at=at, times=1_000)
    with connect(mailbox) as connector, pytest.raises(TransientError, match="no answer"):
        list(connector.pull("messages", None))

    mailbox.faults.clear()
    assert [record.id for record in read(mailbox)[0]] == NUMBERS


def test_a_killed_read_resumes_behind_any_page(mailbox: ImapSandbox) -> None:
    """Whoever stored a page and its cursor together loses nothing."""
    fill(mailbox)
    mailbox.put(letter(OWN, ANN, "Sent", "Hi", id_="<s@x>"), "Sent")
    with connect(mailbox, portion=2) as connector:
        pages = list(connector.pull("messages", None))
    assert len(pages) > 4

    for number, page in enumerate(pages):
        done = [record.id for page in pages[: number + 1] for record in page.records]
        assert sorted(done + [record.id for record in read(mailbox, page.cursor)[0]]) == sorted([*NUMBERS, "<s@x>"])


@pytest.mark.parametrize("gap", [0, 500])
def test_a_folder_that_is_numbered_anew_is_read_again(mailbox: ImapSandbox, gap: int) -> None:
    """Between runs and within one; the records are the same, as they bear the mails' own names."""
    fill(mailbox)
    _, cursor = read(mailbox)
    mailbox.renumber(gap=gap)
    with connect(mailbox) as connector:
        pages = list(connector.pull("messages", cursor))
    assert [record.id for page in pages for record in page.records] == NUMBERS
    assert pages[0].notices == ("the server numbered the mails in INBOX anew: all are read again",)

    turns = iter([False, True])

    def meanwhile() -> None:
        if next(turns, False):
            mailbox.renumber(gap=gap)
            mailbox.revoke_lines()

    mailbox.before_fetch = meanwhile
    records, _ = read(mailbox, portion=3)
    assert {record.id for record in records} == set(NUMBERS)


def test_a_mail_that_is_deleted_meanwhile_stops_nobody(mailbox: ImapSandbox) -> None:
    """Found by the search, gone at the fetch."""
    fill(mailbox)
    mailbox.before_fetch = lambda: mailbox.expunge(3)

    assert [record.id for record in read(mailbox)[0]] == [each for each in NUMBERS if each != "<2@x>"]


def test_a_mail_that_comes_meanwhile_is_in_this_read_or_the_next(mailbox: ImapSandbox) -> None:
    """Numbers only grow."""
    fill(mailbox)
    mailbox.before_fetch = lambda: mailbox.put(letter(ANN, OWN, "New", "Hi"))
    records, cursor = read(mailbox, portion=2)
    mailbox.before_fetch = lambda: None
    later, _ = read(mailbox, cursor)

    met = [record.id for record in [*records, *later]]
    assert len(met) == len(mailbox.folders["INBOX"].mails)


def test_a_mail_that_the_server_will_not_give_is_told(mailbox: ImapSandbox) -> None:
    """Exchange does that; the others are read."""
    fill(mailbox)
    mailbox.refuses = {4}

    with connect(mailbox) as connector:
        pages = list(connector.pull("messages", None))

    assert [record.id for page in pages for record in page.records] == [each for each in NUMBERS if each != "<3@x>"]
    assert [notice for page in pages for notice in page.notices] == [
        "INBOX: mail 4 was not given by the server: some mails cannot be given"
    ]


@pytest.mark.parametrize("offers_plain", [True, False])
def test_a_wrong_password_is_said_at_once(mailbox: ImapSandbox, offers_plain: bool) -> None:
    """By the check and by the read; the password is in neither."""
    mailbox.offers_plain = offers_plain
    with connect(mailbox, password="wrong-secret") as connector, pytest.raises(CredentialsError) as error:
        list(connector.pull("messages", None))
    assert "wrong-secret" not in str(error.value) + error.value.fix
    assert "AUTHENTICATIONFAILED" in str(error.value)
    assert mailbox.commands.count("AUTHENTICATE") + mailbox.commands.count("LOGIN") == 1
    with connect(mailbox, password="wrong-secret") as connector:
        assert [(check.ok, bool(check.fix)) for check in connector.check()] == [(False, True)]


@pytest.mark.parametrize("offers_plain", [True, False])
def test_names_and_passwords_of_all_letters(mailbox: ImapSandbox, offers_plain: bool) -> None:
    """Quotes, backslashes, spaces; others where the server takes them."""
    mailbox.offers_plain = offers_plain
    mailbox.user, mailbox.password = 'sales "x"', 'a\\b "c" d'
    assert read(mailbox)[0] == []
    mailbox.password = "Schlüssel"
    with connect(mailbox) as connector:
        assert connector.check()[0].ok is offers_plain


def test_an_access_token_signs_in_and_a_wrong_one_does_not(mailbox: ImapSandbox) -> None:
    """XOAUTH2, as Google and Microsoft want it."""
    fill(mailbox)
    assert len(read(mailbox, password=None, oauth_token="ya29.mail-token")[0]) == 7
    with (
        connect(mailbox, password=None, oauth_token="old-token") as connector,
        pytest.raises(CredentialsError) as error,
    ):
        list(connector.pull("messages", None))
    assert "old-token" not in str(error.value)


def test_neither_password_nor_token(mailbox: ImapSandbox) -> None:
    """Said before anything is sent."""
    with connect(mailbox, password=None) as connector:
        assert "neither password nor oauth_token" in connector.check()[0].text


def test_a_folder_that_is_not_there_is_named_with_those_that_are(mailbox: ImapSandbox) -> None:
    """By the check, and by the read."""
    with connect(mailbox, folders=["Sales"]) as connector:
        told = {check.name: check for check in connector.check()}
        with pytest.raises(SetupError, match="folder 'Sales' cannot be opened"):
            list(connector.pull("messages", None))
    assert told["folder Sales"].fix == "folders that are there: INBOX, Sent, Junk"


def test_a_server_that_turns_us_away(mailbox: ImapSandbox) -> None:
    """It is full, or closed: later it may not be."""
    mailbox.greeting = "* BYE too many connections"
    with connect(mailbox) as connector, pytest.raises(TransientError, match="too many connections"):
        list(connector.pull("messages", None))


def test_a_server_that_is_not_there() -> None:
    """The way out is the address."""
    with ImapSandbox() as gone:
        settings = gone.settings()
    config = ImapConfig.model_validate(settings)
    with connect(gone, **config.model_dump(include={"base_url"})) as connector:
        assert [check.ok for check in connector.check()] == [False]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("imap://mail.example.com", "unencrypted"),
        ("https://mail.example.com", "no mail server"),
        ("imaps://", "no mail server"),
        ("imaps://mail.example.com:99999", "no such port"),
    ],
)
def test_an_address_that_cannot_be_is_refused(mailbox: ImapSandbox, url: str, told: str) -> None:
    """Before a password goes anywhere."""
    with pytest.raises(SetupError, match=told):
        connect(mailbox, base_url=url)


def test_settings_that_cannot_be() -> None:
    """A domain among the addresses is a mistake that would let colleagues in."""
    with pytest.raises(ValidationError, match="own_domains"):
        ImapConfig(user="x", own_addresses=("example.com",))


def certificate(folder: Path) -> Path:
    """A certificate of this machine that nobody else vouches for, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


def test_encryption_is_checked(tmp_path: Path) -> None:
    """A server that nobody vouches for gets no password, unless its certificate is at hand."""
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with ImapSandbox(context) as mailbox:
        url = mailbox.base_url.replace("127.0.0.1", "localhost")
        assert len(read(mailbox, base_url=url, ca_bundle=str(path))[0]) == 43
        said = len(mailbox.commands)
        with connect(mailbox, base_url=url) as connector:
            check = connector.check()[0]
        assert (check.ok, "not trusted" in check.text, "ca_bundle" in check.fix) == (False, True, True)
        assert len(mailbox.commands) == said
