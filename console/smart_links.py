"""`sellhub link`: one click from a record to another system's page about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.showing import quoted, value_text
from console.telling import tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from storage.smart_links import LinkRow

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Of: TypeAlias = Literal["lead", "contact", "deal"]

app = cyclopts.App(
    name="link",
    help="Smart links: add, list, remove, open.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command
def add(name: str, /, *, template: str, of: Of = "lead", dry_run: Flag = False, json: Flag = False) -> None:
    """Keep a link, a URL with places for fields; one of that name gets the new template.

    Args:
        name: What it is called.
        template: Such as 'https://example.com/find?email={{ email }}'.
        of: Whose fields it names.
        dry_run: Only check it.
        json: Print one object.
    """
    from hub import smart_links
    from hub.opening import open_hub

    with open_hub() as hub:
        link = smart_links.add_link(hub, of, name, template, dry_run=dry_run)
    if json:
        tell_json({**_json(link), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: the template is right; nothing was stored")
    tell(f"link {link.name}, of {of}s: {link.template}")
    tell_next(f"sellhub link open {of[0].upper()}-ID {quoted(link.name)}")


def _json(link: LinkRow) -> dict[str, str]:
    return {"of": link.record_type, "name": link.name, "template": link.template}


@app.command(name="list")
def list_(*, of: Of | None = None, json: Flag = False) -> None:
    """List the links.

    Args:
        of: Only those of this type of record.
        json: Print one array.
    """
    from hub import smart_links
    from hub.opening import open_hub

    with open_hub() as hub:
        links = smart_links.list_links(hub, of)
    if json:
        tell_json([_json(link) for link in links])
    elif links:
        tell_table(("of", "link", "template"), [(f"{link.record_type}s", link.name, link.template) for link in links])
        tell_next(f"sellhub link open {links[0].record_type[0].upper()}-ID")
    else:
        tell("no links yet")
        tell_next("sellhub link add NAME --of lead --template 'https://example.com/find?email={{ email }}'")


@app.command
def remove(name: str, /, *, of: Of = "lead", dry_run: Flag = False, json: Flag = False) -> None:
    """Take a link away.

    Args:
        name: What it is called.
        of: Whose link it is.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import smart_links
    from hub.opening import open_hub

    with open_hub() as hub:
        smart_links.remove_link(hub, of, name, dry_run=dry_run)
    if json:
        tell_json({"of": of, "name": name, "removed": True, "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    tell(f"link {name}, of {of}s: removed")
    tell_next("sellhub link list")


@app.command(name="open")
def open_(record: str, name: str | None = None, /, *, json: Flag = False) -> None:
    """Print the links of a record, filled with its fields.

    Args:
        record: Its number with its letter: L-17, C-5, D-3.
        name: This link only; a disabled one is an error then.
        json: Print one object.
    """
    from hub import smart_links
    from hub.opening import open_hub

    kind, id_ = _read(record)
    with open_hub() as hub:
        links = smart_links.open_links(hub, kind, id_, name)
    if json:
        tell_json(
            {
                "of": kind,
                "id": id_,
                "links": [{"name": link.name, "url": link.url, "disabled": link.why or None} for link in links],
            }
        )
    elif name is not None:
        tell(smart_links.expect_open(kind, id_, links[0]))
    elif links:
        rows = [(link.name, link.url or f"disabled: {value_text(link.why)}") for link in links]
        tell_table(("link", "url"), rows)
    else:
        tell(f"no links of {kind}s yet")
        tell_next(f"sellhub link add NAME --of {kind} --template 'https://example.com/find?id={{{{ id }}}}'")


def _read(record: str) -> tuple[Of, int]:
    """Read an id with its letter.

    Raises:
        SetupError: no letter tells what it is the id of.
    """
    from hub import records
    from sell_model.errors import SetupError

    kinds: dict[str, Of] = {"L": "lead", "C": "contact", "D": "deal"}
    kind = kinds.get(record.strip()[:1].upper())
    if kind is None:
        raise SetupError(f"{record!r}: which record is that?", fix="write it with its letter: L-17, C-5, D-3")
    return kind, records.read_id(kind, record)
