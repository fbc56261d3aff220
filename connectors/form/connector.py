"""A capture form that the hub itself shows, for a website that has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import ClassVar

from connectors.connector import (
    Check,
    Connector,
    Cursor,
    Delivery,
    Page,
    Request,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.errors import SetupError
from connectors.form.reading import CONSENT, UTM, answers_in, checked_stamp, names_of, read_fields
from connectors.form.settings import FormConfig
from connectors.form.stamps import Stamp, new_stamp

STREAM = "submissions"
NAMES = ("last_name", "name", "company")
"""Of these a lead needs one."""


class Form(Connector[FormConfig]):
    """Takes what people send by the form at `/forms/SOURCE`.

    Each page bears a signed stamp, so that a machine that posts without having looked, at once, or into the field
    that nobody sees is told apart without cookies, scripts, or a list of who came.
    """

    name: ClassVar[str] = "form"
    title: ClassVar[str] = "Capture form"
    Config = FormConfig
    door: ClassVar[str] = "forms"

    def streams(self) -> Sequence[Stream]:
        return [Stream(STREAM, "people")]

    def check(self) -> list[Check]:
        """Tell whether what people send can become a lead; there is nobody to call."""
        needed = [question.name for question in self.config.fields if self.config.needs(question)]
        if not any(name in NAMES for name in needed):
            fix = f"ask for one of {', '.join(NAMES)}, and name it in `required`"
            return [Check("fields", False, "a lead needs a name, and no name must be filled in", fix)]
        return [Check("fields", True, f"asks for {len(self.config.fields)} things, {', '.join(needed)} among them")]

    def discover(self, stream: str) -> list[SourceField]:
        """List the questions, and what comes beside the answers."""
        asked = [
            SourceField(
                question.name,
                "enum" if question.choices else "string",
                question.asked(self.config.language),
                choices=question.choices,
            )
            for question in self.config.fields
        ]
        beside = (CONSENT, "consent_text", "language", "submitted_at", *UTM)
        return [*asked, *(SourceField(name, "string", name.replace("_", " ").capitalize()) for name in beside)]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield nothing: records come by the hub's inbox, which its sync drains."""
        return iter(())

    def stamp(self, request: Request) -> Stamp:
        """Make the stamp of a page that is shown in answer to a request."""
        return new_stamp(request.received_at)

    @property
    def key(self) -> bytes:
        """What stamps are signed with.

        Raises:
            SetupError: there is none.
        """
        if self.config.secret is None or len(self.config.secret.get_secret_value()) < 16:
            raise SetupError(
                "form: its secret has less than 16 characters", fix="leave `secret` out, or make it longer"
            )
        return self.config.secret.get_secret_value().encode()

    def receive(self, request: Request) -> Delivery:
        """Read what somebody sent by the form.

        Raises:
            RefusedForm: answers are missing or wrong, the page is too old, or a machine sent it.
            RefusedRequest: it is no form.
        """
        fields = read_fields(request)
        stamp = checked_stamp(fields, self.config, self.key, request.received_at)
        answers = answers_in(fields, self.config, stamp)
        key, record = names_of(stamp, answers)
        at = request.received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Delivery(key, STREAM, [SourceRecord(record, {**answers, "submitted_at": at}, at)])
