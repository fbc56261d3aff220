"""The fields of a mail's record."""

from __future__ import annotations

from connectors.connector import SourceField
from connectors.imap import left_out

_REASONS = (
    left_out.MAILING_LIST, left_out.AUTOMATIC, left_out.BOUNCE, left_out.NO_REPLY,
    left_out.INTERNAL, left_out.NOBODY, left_out.MANY,
)  # fmt: skip

FIELDS: tuple[SourceField, ...] = (
    SourceField("message_id", "string", "Message-ID", example="<1@mail.example.com>"),
    SourceField("incoming", "boolean", "From somebody outside"),
    SourceField("person.email", "string", "Address of the person outside", example="ann@acme.example"),
    SourceField("person.name", "string", "Their name in the header", example="Ann Li"),
    SourceField("own", "string", "Our own address that wrote or received it"),
    SourceField("from", "array", "From: email, name"),
    SourceField("to", "array", "To: email, name"),
    SourceField("cc", "array", "Cc: email, name"),
    SourceField("subject", "string", "Subject"),
    SourceField("in_reply_to", "string", "In-Reply-To"),
    SourceField("sent_at", "datetime", "Date", example="2026-08-03T09:00:00Z"),
    SourceField("text", "string", "Text, of HTML too"),
    SourceField("text_cut", "boolean", "Whether the text goes on"),
    SourceField("left_out", "enum", "Why it is left out", choices=_REASONS),
)
