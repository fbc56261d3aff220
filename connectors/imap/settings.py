"""Which mailbox, who we are to it, and which addresses are our own."""

from __future__ import annotations

import ipaddress
from datetime import date
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.connector import ConnectorConfig
from connectors.errors import SetupError

TLS_PORT, PLAIN_PORT = 993, 143


class ImapConfig(ConnectorConfig):
    """Where the mailbox is, how to sign in, what to read of it."""

    host: str | None = Field(None, description="The mail server's name; or set base_url")
    user: str = Field(min_length=1, description="Name to sign in with, usually the mailbox's address")
    password: SecretStr | None = Field(None, description="Its password, or an app password")
    oauth_token: SecretStr | None = Field(None, description="An access token instead of a password (XOAUTH2)")
    folders: tuple[str, ...] | None = Field(None, description="Folders to read; left out: INBOX and sent mail")
    own_domains: tuple[str, ...] = Field((), description="Domains whose addresses are our own people's")
    own_addresses: tuple[str, ...] = Field((), description="Our own addresses at other domains")
    since: date | None = Field(None, description="Mail that came before this day is not read")
    text_limit: int = Field(30_000, ge=100, le=60_000, description="Characters of a mail's text that are kept")
    most_people: int = Field(10, ge=1, le=100, description="A mail to more outsiders than this is left out")
    portion: int = Field(50, ge=1, le=500, description="Mails asked for at once")
    commands_per_second: float = Field(20, gt=0, description="Commands a second that the server bears")

    @field_validator("own_domains", "own_addresses")
    @classmethod
    def _lower(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(value.strip().lower().removeprefix("@") for value in values)

    @field_validator("own_addresses")
    @classmethod
    def _are_addresses(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if odd := next((value for value in values if "@" not in value), None):
            raise ValueError(f"{odd!r} is no address; domains stand in own_domains")
        return values

    @property
    def own_mailbox(self) -> str | None:
        """The mailbox's address, where its user's name is one."""
        return self.user.strip().lower() if "@" in self.user else None

    def is_own(self, address: str) -> bool:
        """Whether an address, in small letters, is one of ours: by itself, or by its domain or one above it."""
        if address in self.own_addresses or address == self.own_mailbox:
            return True
        domain = address.rpartition("@")[2]
        return any(domain == own or domain.endswith(f".{own}") for own in self.own_domains)


def place_of(config: ImapConfig) -> tuple[str, int, bool]:
    """Give host, port, and whether the connection is encrypted.

    Raises:
        SetupError: no address, or one that would send the password in the clear over a network.
    """
    if not (config.base_url or config.host):
        raise SetupError("IMAP: no server is set", fix='set host = "imap.example.com"')
    url = config.base_url or f"imaps://{config.host}"
    parts = urlsplit(url)
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname:
        raise SetupError(f"base_url {url!r} is no mail server", fix="write it like imaps://imap.example.com:993")
    if parts.scheme == "imap" and not _is_loopback(parts.hostname):
        raise SetupError(
            f"base_url {url!r} would send the password unencrypted",
            fix="use imaps://; plain imap:// is accepted for this machine only (127.0.0.1, localhost)",
        )
    is_safe = parts.scheme == "imaps"
    try:
        return parts.hostname, parts.port or (TLS_PORT if is_safe else PLAIN_PORT), is_safe
    except ValueError as error:
        raise SetupError(f"base_url {url!r} has no such port", fix="a port is a number up to 65535") from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
