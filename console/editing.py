"""`sellhub lead edit`, `unqualify`, `delete`, `restore` and those of contacts and deals: records changed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter

from console.record_words import Kind
from console.showing import value_text, when
from console.telling import tell, tell_json, tell_next

if TYPE_CHECKING:
    from hub.deleting import Gone
    from hub.editing import Edited

RecordId: TypeAlias = Annotated[str, Parameter(help="Its number, with or without its letter: 17, L-17.")]
RecordIds: TypeAlias = Annotated[str, Parameter(help="Their numbers, with or without their letter: 17, L-17.")]
Words: TypeAlias = Annotated[
    str, Parameter(help="FIELD=VALUE for any field, custom ones by their name; FIELD= blanks it.")
]
Text: TypeAlias = str | None
Owner: TypeAlias = Annotated[Text, Parameter(help="A user's address or name, or a pool, which spends a turn.")]
Listed: TypeAlias = list[str] | None
AddTag: TypeAlias = Annotated[Listed, Parameter(negative_iterable="", help="Put a tag on it.")]
RemoveTag: TypeAlias = Annotated[
    Listed, Parameter(negative_iterable="", help="Take a tag off it, whatever sources say.")
]
Release: TypeAlias = Annotated[
    Listed, Parameter(negative_iterable="", help="Let sources speak again for a field that was set by hand.")
]
ReleaseAll: TypeAlias = Annotated[bool, Parameter(negative="", help="Let sources speak again for all fields.")]
By: TypeAlias = Annotated[Text, Parameter(help="Who does it. Else SELLHUB_USER, else your login name.")]
DryRun: TypeAlias = Annotated[bool, Parameter(negative="", help="Tell what would be; store nothing.")]
Json: TypeAlias = Annotated[bool, Parameter(negative="", help="Print JSON.")]


def lead_edit(
    id_: RecordId,
    /,
    *fields: Words,
    owner: Owner = None,
    add_tag: AddTag = None,
    remove_tag: RemoveTag = None,
    release: Release = None,
    release_all: ReleaseAll = False,
    new: Annotated[bool, Parameter(negative="", help="Let the status be one, though no lead has it yet.")] = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Change a lead by hand; what is set holds against sources until it is released."""
    tags = (add_tag, remove_tag)
    _edit("lead", id_, fields, owner, tags, (release, release_all), new=new, by=by, dry_run=dry_run, json=json)


def contact_edit(
    id_: RecordId,
    /,
    *fields: Words,
    owner: Owner = None,
    add_tag: AddTag = None,
    remove_tag: RemoveTag = None,
    release: Release = None,
    release_all: ReleaseAll = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Change a contact by hand; what is set holds against sources until it is released."""
    tags = (add_tag, remove_tag)
    _edit("contact", id_, fields, owner, tags, (release, release_all), by=by, dry_run=dry_run, json=json)


def deal_edit(
    id_: RecordId,
    /,
    *fields: Words,
    owner: Owner = None,
    add_tag: AddTag = None,
    remove_tag: RemoveTag = None,
    release: Release = None,
    release_all: ReleaseAll = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Change a deal by hand; what is set holds against sources until it is released."""
    tags = (add_tag, remove_tag)
    _edit("deal", id_, fields, owner, tags, (release, release_all), by=by, dry_run=dry_run, json=json)


def _edit(
    kind: Kind,
    id_: str,
    words: tuple[str, ...],
    owner: Text,
    tags: tuple[Listed, Listed],
    release: tuple[Listed, bool],
    *,
    new: bool = False,
    by: Text,
    dry_run: bool,
    json: bool,
) -> None:
    from hub.editing import Editing, edit
    from hub.opening import open_hub
    from hub.records import read_id
    from sell_model.typed_fields import assignments, united

    typed, faults = assignments(words)
    said = united(typed, {} if owner is None else {"owner": owner}, faults)
    added, removed = tags[0] or (), tags[1] or ()
    editing = Editing(kind, read_id(kind, id_), said, faults, added, removed, release[0] or (), release[1], new)
    with open_hub() as hub:
        edited = edit(hub, editing, by=by, dry_run=dry_run)
    _tell_edited(edited, dry_run=dry_run, json=json)


def lead_unqualify(
    id_: RecordId,
    /,
    *,
    reason: Annotated[Text, Parameter(help="Why; one of the reasons that are known.")] = None,
    new_reason: Annotated[bool, Parameter(negative="", help="Make the reason one where it is not known.")] = False,
    note: Annotated[Text, Parameter(help="A note to keep at the lead.")] = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Say that a lead proved to be none, and why."""
    from hub.opening import open_hub
    from hub.records import read_id
    from hub.unqualifying import unqualify

    with open_hub() as hub:
        number = read_id("lead", id_)
        edited = unqualify(hub, number, reason, new_reason=new_reason, note=note, by=by, dry_run=dry_run)
    _tell_edited(edited, dry_run=dry_run, json=json)


def _tell_edited(edited: Edited, *, dry_run: bool, json: bool) -> None:
    from console.showing import tell_pairs
    from hub.records import shown_id

    if json:
        tell_json({**edited.to_json(), "dry_run": dry_run})
        return
    its = shown_id(edited.kind, edited.id)
    if dry_run:
        tell("DRY RUN: this is what would be; nothing was stored")
    tell(f"{its}  {value_text(edited.name or None)}" + ("" if edited.changes else ": as it was"))
    tell_pairs([(c.field, f"{_shown(c.field, c.before)} → {_shown(c.field, c.after)}") for c in edited.changes])
    for remark in edited.notes:
        tell(f"note: {remark}")
    if edited.held:
        tell(f"holds against all sources until it is released: {', '.join(edited.held)}")
    if edited.released:
        tell(f"sources speak again for: {', '.join(edited.released)}")
    after = [f"sellhub {edited.kind} edit {its} --release {_quoted(edited.held[0])}"] if edited.held else []
    tell_next(f"sellhub {edited.kind} trace {its}", *after)


def _shown(field: str, value: object) -> str:
    return when(value) if field.endswith("_at") and isinstance(value, str) else value_text(value)


def _quoted(text: str) -> str:
    from console.showing import quoted

    return quoted(text)


def lead_delete(*ids: RecordIds, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Delete leads by hand: out of every list, until they are restored."""
    _delete("lead", ids, by=by, dry_run=dry_run, json=json)


def contact_delete(*ids: RecordIds, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Delete contacts by hand, until they are restored; one with deals stays: delete these first."""
    _delete("contact", ids, by=by, dry_run=dry_run, json=json)


def deal_delete(*ids: RecordIds, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Delete deals by hand, until they are restored; the contacts beside them go and come with them."""
    _delete("deal", ids, by=by, dry_run=dry_run, json=json)


def lead_restore(*ids: RecordIds, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Bring deleted leads back, as they are by now."""
    _restore("lead", ids, by=by, dry_run=dry_run, json=json)


def contact_restore(*ids: RecordIds, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Bring deleted contacts back, as they are by now."""
    _restore("contact", ids, by=by, dry_run=dry_run, json=json)


def deal_restore(*ids: RecordIds, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Bring deleted deals back, as they are by now."""
    _restore("deal", ids, by=by, dry_run=dry_run, json=json)


def _delete(kind: Kind, ids: tuple[str, ...], *, by: Text, dry_run: bool, json: bool) -> None:
    from hub.deleting import delete
    from hub.opening import open_hub

    with open_hub() as hub:
        gone = delete(hub, kind, _numbers(kind, ids), by=by, dry_run=dry_run)
    _tell_gone(gone, "deleted", "restore", dry_run=dry_run, json=json)


def _restore(kind: Kind, ids: tuple[str, ...], *, by: Text, dry_run: bool, json: bool) -> None:
    from hub.deleting import restore
    from hub.opening import open_hub

    with open_hub() as hub:
        back = restore(hub, kind, _numbers(kind, ids), by=by, dry_run=dry_run)
    _tell_gone(back, "is back", "show", dry_run=dry_run, json=json)


def _numbers(kind: Kind, ids: tuple[str, ...]) -> list[int]:
    from hub.records import LETTERS, read_id
    from sell_model.errors import SetupError

    if not ids:
        raise SetupError(f"which {kind}?", fix=f"name it by its id: {LETTERS[kind]}-17")
    return [read_id(kind, id_) for id_ in ids]


def _tell_gone(gone: list[Gone], what: str, following: str, *, dry_run: bool, json: bool) -> None:
    from hub.records import shown_id

    if json:
        tell_json([{**each.to_json(), "dry_run": dry_run} for each in gone])
        return
    if dry_run:
        tell("DRY RUN: this is what would be; nothing was stored")
    for each in gone:
        tell(f"{shown_id(each.kind, each.id)}  {value_text(each.name or None)}: {what}")
    if not dry_run:
        tell_next(f"sellhub {gone[0].kind} {following} {shown_id(gone[0].kind, gone[0].id)}")
