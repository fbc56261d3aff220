"""Smart links: kept per type of record, filled with one record's fields."""

from __future__ import annotations

import difflib
from contextlib import nullcontext

from hub.batch import Kind
from hub.opening import Hub
from hub.records import existing, shown_id, with_amount
from sell_model.errors import SetupError
from sell_model.link_templates import Fields, Link, faults, fill
from sell_model.targets import TARGETS
from sell_model.types import TEXT_LENGTH, JsonObject
from storage import smart_links
from storage.custom_fields import custom_fields
from storage.hot import Writer
from storage.roster import hold
from storage.smart_links import MOST, LinkRow

_BY_NAME: dict[Kind, tuple[str, ...]] = {
    "lead": ("id", "owner", "owner_email", "source", "unqualified_reason"),
    "contact": ("id", "owner", "owner_email", "company", "parent_organization"),
    "deal": (
        *("id", "owner", "owner_email", "source", "stage", "pipeline", "contact", "contact_id"),
        *("organization", "organization_id", "loss_reason", "unqualified_reason"),
    ),
}
"""What a record has beside what sources feed, as `show --json` calls it."""


def fields_of(db: Writer, kind: Kind) -> Fields:
    """Give what a template of this type of record may name; a custom field by a former name, too."""
    plain = {*TARGETS[kind].fields, *_BY_NAME[kind]}
    custom = {name for field in custom_fields(db, kind) for name in (field.name, *field.former_names)}
    return Fields(frozenset(plain), frozenset(custom))


def add_link(hub: Hub, kind: Kind, name: str, template: str, *, dry_run: bool = False) -> LinkRow:
    """Keep a link; one of that name gets the new template.

    Raises:
        SetupError: the name is empty or too long, or the template is not one that can be trusted; all faults at once.
    """
    link = LinkRow(kind, name.strip(), template.strip())
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        hold(db, "smart links")
        found = [*_name_faults(link.name), *faults(link.template, fields_of(db, kind))]
        others = [each for each in smart_links.smart_links(db, kind) if each.name != link.name]
        if len(others) >= MOST:
            found.append(f"there are {MOST} links of {kind}s already")
        if found:
            raise SetupError(
                f"link {name!r} of {kind}s: {'; '.join(found)}",
                fix="write it like https://example.com/find?email={{ email }}",
            )
        smart_links.keep(db, link, hub.now())
    return link


def _name_faults(name: str) -> list[str]:
    if not name or not name.isprintable():
        return ["a link needs a name that can be printed"]
    return [f"its name has more than {TEXT_LENGTH} characters"] if len(name) > TEXT_LENGTH else []


def list_links(hub: Hub, kind: Kind | None = None) -> list[LinkRow]:
    """List the links of a type of record, or of all."""
    with hub.store.read() as db:
        return smart_links.smart_links(db, kind)


def remove_link(hub: Hub, kind: Kind, name: str, *, dry_run: bool = False) -> None:
    """Take a link away.

    Raises:
        SetupError: there is none of that name.
    """
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        if not smart_links.remove(db, kind, name):
            raise _no_link(kind, name, smart_links.smart_links(db, kind))


def _no_link(kind: Kind, name: str, there: list[LinkRow]) -> SetupError:
    names = [link.name for link in there]
    near = difflib.get_close_matches(name, names, 1)
    hint = f"; nearest: {near[0]!r}" if near else ""
    return SetupError(f"no link of {kind}s is called {name!r}{hint}", fix=f"sellhub link list --of {kind}")


def open_links(hub: Hub, kind: Kind, id_: int, name: str | None = None) -> list[Link]:
    """Fill the links of a record, or the one of that name.

    Raises:
        SetupError: there is no such record, or no link of that name.
    """
    with hub.store.read() as db:
        row = with_amount(existing(db, kind, id_))
        found = links_of(db, kind, row)
        if name is None:
            return found
        chosen = [link for link in found if link.name == name]
        if not chosen:
            raise _no_link(kind, name, smart_links.smart_links(db, kind))
        return chosen


def links_of(db: Writer, kind: Kind, row: JsonObject) -> list[Link]:
    """Fill the links of a record that is at hand, references by name, its value as text."""
    held = row.get("custom_fields") or {}
    former = {old: held.get(field.name) for field in custom_fields(db, kind) for old in field.former_names}
    values = {**row, "custom_fields": {**former, **held}}
    return [fill(link.name, link.template, values) for link in smart_links.smart_links(db, kind)]


def expect_open(kind: Kind, id_: int, link: Link) -> str:
    """Give a link's URL.

    Raises:
        SetupError: it is disabled for this record.
    """
    if link.url is None:
        its = shown_id(kind, id_)
        raise SetupError(f"link {link.name!r} is disabled for {its}: {link.why}", fix=f"sellhub {kind} show {its}")
    return link.url
