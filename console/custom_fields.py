"""`sellhub field`: custom fields and the choices of drop-downs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.showing import quoted, value_text
from console.telling import tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.custom_fields import FieldChange

Of: TypeAlias = Literal["lead", "contact", "deal"]
Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Type: TypeAlias = Annotated[
    Literal[
        "string",
        "text",
        "number",
        "bool",
        "date",
        "datetime",
        "list",
        "multi_select_list",
        "email",
        "phone",
        "url",
        "address",
    ],
    Parameter(name="--type"),
]
Choices: TypeAlias = Annotated[list[str] | None, Parameter(name="--choice", negative_iterable="")]

app = cyclopts.App(
    name="field",
    help="Custom fields: list, show, add, rename, remove, choice, examples.",
    result_action="return_value",
    help_format="plaintext",
)
choice = cyclopts.App(
    name="choice",
    help="The choices of a drop-down: add, rename, remove.",
    result_action="return_value",
    help_format="plaintext",
)
app.command(choice)


@app.command(name="list")
def list_(*, of: Of | None = None, json: Flag = False) -> None:
    """List the custom fields.

    Args:
        of: Of this type of record only.
        json: Print one array.
    """
    from hub.custom_fields import field_json, list_fields
    from hub.opening import open_hub

    with open_hub() as hub:
        fields = list_fields(hub, of)
    if json:
        tell_json([field_json(field) for field in fields])
    elif fields:
        rows = [(f.name, f"{f.record_type}s", f.type, value_text(list(f.choices) or None)) for f in fields]
        tell_table(("field", "of", "type", "choices"), rows)
        tell_next(f"sellhub field show {quoted(fields[0].name)} --of {fields[0].record_type}")
    else:
        tell("no custom fields yet")
        tell_next("sellhub field add NAME --of lead --type string", "sellhub field examples")


@app.command
def show(name: str, /, *, of: Of | None = None, json: Flag = False) -> None:
    """Show a field with what uses it: records, hand edits, mappings, lists.

    Args:
        name: The field.
        of: Its type of record, where several have a field of that name.
        json: Print one object.
    """
    from hub.custom_fields import show as show_field
    from hub.opening import open_hub

    with open_hub() as hub:
        use = show_field(hub, name, of)
    if json:
        tell_json(use.to_json())
        return
    field = use.field
    tell(f"{field.name}, of {field.record_type}s, {field.type}")
    for title, told in (
        ("choices", ", ".join(field.choices)),
        ("called before", ", ".join(field.former_names)),
        ("records that hold a value", f"{use.records:,}"),
        ("set by hand on", f"{use.hand_edits:,}" if use.hand_edits else ""),
        ("fed by", ", ".join(use.mappings)),
        ("named by", ", ".join(use.named_by)),
    ):
        if told:
            tell(f"  {title}: {told}")
    tell_next(f"sellhub field rename {quoted(field.name)} NEW --of {field.record_type}")


@app.command
def add(
    name: str,
    /,
    *,
    of: Of,
    type_: Type = "string",
    choice: Choices = None,
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Define a custom field.

    Args:
        name: The field; mappings and people call it so.
        of: The type of record that has it.
        type_: What it holds, in Sell's words.
        choice: What a list or multi_select_list may hold; may be given several times.
        by: Who does it. Else SELLHUB_USER, else your login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub.custom_fields import add as add_field
    from hub.opening import open_hub

    with open_hub() as hub:
        change = add_field(hub, of, name, type_, choice or (), by=by, dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


@app.command
def rename(
    name: str, new: str, /, *, of: Of | None = None, by: str | None = None, dry_run: Flag = False, json: Flag = False
) -> None:
    """Call a field otherwise; its values, the lists that name it and the mappings that feed it go along.

    Args:
        name: The field.
        new: What it is to be called.
        of: Its type of record, where several have a field of that name.
        by: Who does it. Else SELLHUB_USER, else your login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub.custom_fields import rename as rename_field
    from hub.opening import open_hub

    with open_hub() as hub:
        change = rename_field(hub, name, new, of, by=by, dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


@app.command
def remove(
    name: str,
    /,
    *,
    of: Of | None = None,
    clear: Flag = False,
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Take a field out; one that is in use only with --clear.

    Args:
        name: The field.
        of: Its type of record, where several have a field of that name.
        clear: With all its values.
        by: Who does it. Else SELLHUB_USER, else your login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub.custom_fields import remove as remove_field
    from hub.opening import open_hub

    with open_hub() as hub:
        change = remove_field(hub, name, of, clear=clear, by=by, dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


@choice.command(name="add")
def choice_add(
    name: str, choice: str, /, *, of: Of | None = None, by: str | None = None, dry_run: Flag = False, json: Flag = False
) -> None:
    """Add a choice to a drop-down.

    Args:
        name: The field.
        choice: The choice.
        of: Its type of record, where several have a field of that name.
        by: Who does it. Else SELLHUB_USER, else your login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import field_choices
    from hub.opening import open_hub

    with open_hub() as hub:
        change = field_choices.add(hub, name, choice, of, by=by, dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


@choice.command(name="rename")
def choice_rename(
    name: str,
    choice: str,
    new: str,
    /,
    *,
    of: Of | None = None,
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Call a choice otherwise, on all records that hold it.

    Args:
        name: The field.
        choice: The choice.
        new: What it is to be called.
        of: Its type of record, where several have a field of that name.
        by: Who does it. Else SELLHUB_USER, else your login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import field_choices
    from hub.opening import open_hub

    with open_hub() as hub:
        change = field_choices.rename(hub, name, choice, new, of, by=by, dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


@choice.command(name="remove")
def choice_remove(
    name: str,
    choice: str,
    /,
    *,
    of: Of | None = None,
    into: str | None = None,
    clear: Flag = False,
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Take a choice out; one that is in use goes into another one, or is blanked.

    Args:
        name: The field.
        choice: The choice.
        of: Its type of record, where several have a field of that name.
        into: The choice that takes its place.
        clear: Blank it where it stands.
        by: Who does it. Else SELLHUB_USER, else your login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import field_choices
    from hub.opening import open_hub

    with open_hub() as hub:
        change = field_choices.remove(hub, name, choice, of, into=into, clear=clear, by=by, dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


@app.command
def examples(*, by: str | None = None, dry_run: Flag = False, json: Flag = False) -> None:
    """Plant the example fields (Deal type, Renewal date, Company tier, Contract months) and a Renewals pipeline.

    Args:
        by: Who does it. Else SELLHUB_USER, else your login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub.field_examples import plant_examples
    from hub.opening import open_hub

    with open_hub() as hub:
        planted = plant_examples(hub, by=by, dry_run=dry_run)
    if json:
        tell_json({**planted.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    for named in planted.added:
        tell(f"added: {named}")
    for named in planted.there:
        tell(f"left as it is: {named}")
    tell_next("sellhub field list")


def _tell_change(change: FieldChange, *, dry_run: bool, json: bool) -> None:
    if json:
        tell_json({**change.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    was = f", until now {change.was}" if change.was not in (None, change.name) else ""
    tell(f"{change.name}, of {change.of}s, {change.type}: {change.what}{was}")
    if change.records:
        tell(f"  records that follow: {change.records:,}")
    for remark in change.notes:
        tell(f"  note: {remark}")
    if change.what != "removed":
        tell_next(f"sellhub field show {quoted(change.name)} --of {change.of}")
