"""What a mail says, whatever it is written in: charsets, encodings, parts, sizes, rubbish."""

from __future__ import annotations

import base64
from contextlib import suppress
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.imap.answers import UnreadableAnswerError, fetched
from connectors.imap.decoding import decoded, header_text
from connectors.imap.headers import read_headers
from connectors.imap.message import judged, read_text, records_of
from connectors.imap.settings import ImapConfig
from connectors.imap.structure import TextPart, text_part
from sandbox.imap import ImapSandbox
from sandbox.imap_letters import OWN, letter
from tests.mail.test_reading import ANN, one

CONFIG = ImapConfig(user=OWN, own_domains=("hub.example",))


def raw(body: bytes, content_type: str, encoding: str = "8bit", subject: bytes = b"Hi") -> bytes:
    """A mail as other programs write it."""
    return (
        b"From: Ann <ann@acme.example>\r\nTo: sales@hub.example\r\nSubject: " + subject + b"\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: " + content_type.encode() + b"\r\n"
        b"Content-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + body
    )  # fmt: skip


@pytest.mark.parametrize(
    ("claimed", "codec", "text"),
    [
        ("utf-8", "utf-8", "Grüße aus Łódź"),
        ("iso-8859-1", "utf-8", "Grüße: the claim is wrong"),
        ("iso-8859-1", "cp1252", "“Grüße” – 5 €"),
        ("us-ascii", "utf-8", "Grüße"),
        ("utf-8", "cp1252", "Gr��e"),
        ("gb2312", "gb18030", "王小明，㐀𠀀"),
        ("GB18030", "gb18030", "北京星河科技有限公司"),
        ("gb2312", "utf-8", "北京星河科技有限公司"),
        ("x-nowhere", "gb18030", "北京星河科技有限公司"),
        ("", "gb18030", "北京星河科技有限公司"),
        ("", "cp1252", "für Größe"),
        ("iso-2022-jp", "iso-2022-jp", "日本語のメール"),
        ("shift_jis", "cp932", "①日本語"),
        ("koi8-r", "koi8-r", "Привет"),
        ("big5", "big5hkscs", "繁體中文"),
        ("utf-16le", "utf-16-le", "Grüße"),
        ("rot13", "utf-8", "Hello"),
    ],
)
def test_texts_of_all_charsets(mailbox: ImapSandbox, claimed: str, codec: str, text: str) -> None:
    """A wrong claim costs letters at worst, never the mail."""
    body = text.replace("�", "ü").encode(codec) if "�" in text else text.encode(codec)
    charset = f"; charset={claimed}" if claimed else ""
    data = one(mailbox, raw(base64.encodebytes(body), f"text/plain{charset}", "base64"))

    if claimed == "gb2312" and codec == "utf-8":  # it may happen to be both
        assert data["text"]
    else:
        assert data["text"] == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?gb2312?B?1tDOxA==?= and =?utf-8?B?4oKs?=", "中文 and €"),
        (b"=?utf-8?B?5Lit?=\r\n =?utf-8?B?5paH?=", "中文"),
        (b"=?utf-8?B?5Lg=?= =?utf-8?B?rQ==?=", "中"),
        ("中文".encode(), "中文"),
        ("中文标题".encode("gb18030"), "中文标题"),
        (b"=?utf-8?B?%%%?=", None),
        (b"=?nowhere?Q?a=20b?=", "a b"),
        (b"a\r\n\tb\x00\x07c", "a bc"),
        (b"=?utf-8*en?Q?a?=", "a"),
    ],
)
def test_headers_of_all_kinds(written: bytes, read: str | None) -> None:
    """Encoded words, side by side, a letter parted between them, raw bytes, rubbish."""
    text = header_text(written)

    assert read is None or text == read
    assert "\n" not in text


def test_a_name_with_a_comma_is_one_name() -> None:
    """It is decoded after the addresses are parted."""
    people = read_headers(b"From: =?utf-8?Q?M=C3=BCller=2C_Jo?= <jo@x.example>, <a@b.example>").people("from")

    assert [(each.name, each.email) for each in people] == [("Müller, Jo", "jo@x.example"), ("", "a@b.example")]


def test_of_html_alone_the_words_are_kept(mailbox: ImapSandbox) -> None:
    """Paragraphs stay apart; what nobody sees is not there."""
    page = "<html><head><style>p{}</style></head><body><p>Hello&nbsp;<b>Ann</b></p><p>1 &lt; 2<br>Bo</p></body></html>"

    assert one(mailbox, raw(page.encode(), "text/html; charset=utf-8"))["text"] == "Hello Ann\n\n1 < 2\nBo"


def test_plain_is_taken_before_html_and_attachments_are_not(mailbox: ImapSandbox) -> None:
    """Files that are texts do not stand for what was written."""
    mail = letter(ANN, OWN, "Hi", "Plain words")
    mail.add_alternative("<p>HTML words</p>", subtype="html")
    mail.add_attachment("a,b", filename="list.csv")
    mail.add_attachment(b"%PDF" * 5_000, maintype="application", subtype="pdf", filename="x.pdf")
    assert one(mailbox, mail)["text"] == "Plain words"

    only_files = EmailMessage()
    only_files["From"], only_files["To"] = ANN, OWN
    only_files.add_attachment("a,b", filename="list.csv")
    assert (one(mailbox, only_files)["text"], one(mailbox, only_files)["left_out"]) == (None, None)


def test_of_a_mail_of_ten_megabytes_little_is_fetched(mailbox: ImapSandbox) -> None:
    """Its text is cut, and says so; its files are left where they are."""
    mail = letter(ANN, OWN, "Big", "Wörter " * 1_500_000)
    mail.add_attachment(b"x" * 10_000_000, maintype="application", subtype="zip", filename="x.zip")

    data = one(mailbox, mail)

    assert (len(data["text"]), data["text_cut"]) == (30_000, True)
    assert set(data["text"].split()) <= {"Wörter", *("Wörter"[:n] for n in range(6))}


def test_a_letter_that_the_cut_goes_through_is_dropped() -> None:
    """In UTF-8, in base64, in GB 18030."""
    for codec in ("utf-8", "gb18030"):
        whole = "中文".encode(codec)
        assert decoded(whole[:-1], codec, is_cut=True) == "中"
    part = TextPart("1", is_html=False, charset="utf-8", encoding="base64")
    packed = base64.b64encode("中文".encode())
    assert read_text(part, packed[:-3], 100, is_whole=False) == ("中", True)


def test_an_overlong_subject_and_message_id_are_bounded(mailbox: ImapSandbox) -> None:
    """A record must be storable whatever it is called."""
    raw_mail = raw(b"x", "text/plain", subject=b"a" * 5_000).replace(
        b"From:", b"Message-ID: <" + b"m" * 900 + b"@x>\r\nFrom:"
    )
    data = one(mailbox, raw_mail)

    assert len(data["subject"]) == 1_000
    assert data["id"].startswith("sha256:")


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=400),
    st.binary(max_size=200),
    st.sampled_from(["base64", "quoted-printable", "8bit", "uuencode"]),
)
def test_no_mail_whatever_is_in_it_makes_reading_fail(headers: bytes, body: bytes, encoding: str) -> None:
    """Whoever sends rubbish stops nobody else's mail."""
    block = b"From: " + headers + b"\r\nDate: " + headers[:40] + b"\r\nTo: " + body
    mail = judged(read_headers(block), None, CONFIG)
    for charset in ("", "gb2312", "utf-7"):
        text, is_cut = read_text(TextPart("1", bool(len(body) % 2), charset, encoding), body, 50, is_whole=True)
        assert text is None or len(text) <= 50
        for record in records_of(mail, text, is_cut=is_cut):
            assert record.id
            assert "\x00" not in str(record.data)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.tuples(st.binary(max_size=60), st.binary(max_size=30)), max_size=4))
def test_no_answer_whatever_is_in_it_makes_parsing_hang_or_crash(pieces: list[object]) -> None:
    """It is read, or refused as unreadable."""
    with suppress(UnreadableAnswerError):
        for message in fetched(pieces):
            text_part(message.get("BODYSTRUCTURE"))


def test_lists_without_end_are_refused() -> None:
    """They would use up the stack."""
    with pytest.raises(UnreadableAnswerError):
        list(fetched([b"1 (UID " + b"(" * 100_000]))


@pytest.mark.parametrize(
    ("structure", "section"),
    [
        (b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3 1)', "1"),
        (b'(("TEXT" "HTML" NIL NIL NIL "7BIT" 3 1)("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3 1) "ALTERNATIVE")', "2"),
        (b'(("IMAGE" "PNG" NIL NIL NIL "BASE64" 3)("TEXT" "PLAIN" ("CHARSET" "x") NIL NIL "7BIT" 3 1) "MIXED")', "2"),
        (b'((("TEXT" "HTML" NIL NIL NIL "7BIT" 3 1) "RELATED" ("A" "b" "C" "t" "D" "s" "X" "y")) "MIXED")', "1.1"),
        (b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 300 (NIL NIL NIL) ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3 1) 9)', None),
        (b'("TEXT" "PLAIN" ("NAME" "a.txt") NIL NIL "7BIT" 3 1 NIL ("ATTACHMENT" NIL))', None),
        (b"NIL", None),
        (b"()", None),
    ],
)  # fmt: skip
def test_where_the_text_stands(structure: bytes, section: str | None) -> None:
    """As servers describe mails."""
    ((message),) = fetched([b"1 (UID 1 BODYSTRUCTURE " + structure + b")"])
    part = text_part(message["BODYSTRUCTURE"])

    assert (part.section if part else None) == section
