"""The choices of drop-down fields: added, renamed, taken out, with the values that hold them."""

from __future__ import annotations

from dataclasses import replace

from hub import field_portions as portions
from hub.batch import Kind
from hub.by_hand import Hand
from hub.custom_fields import AS_IT_WAS, FieldChange, checked_name, defining, find, holders, rehearsed
from hub.finding_stages import nearest
from hub.naming_fields import HUB_TOML, Filters, Naming
from hub.opening import Hub
from sell_model.custom_fields import WITH_CHOICES, CustomField
from sell_model.errors import SetupError
from sell_model.plans import check
from storage.custom_fields import count_holding, save_field


def add(
    hub: Hub, name: str, choice: str, of: Kind | None = None, *, by: str | None = None, dry_run: bool = False
) -> FieldChange:
    """Add a choice; one that was taken out comes back with what sources say of it.

    Raises:
        SetupError: there is no such field, it has no choices, or the plan allows no more.
    """
    wanted = checked_name(choice)
    with rehearsed(hub, dry_run):
        with defining(hub, "field choice add", by) as hand:
            known = _find(hand, name, of)
            change = FieldChange(known.record_type, known.name, known.type, f"choice {wanted!r} added")
            if wanted in known.choices:
                change.what = AS_IT_WAS
            else:
                check(hub.settings.hub.plan, "choices", len(known.choices) + 1)
                former = {old: new for old, new in known.former_choices.items() if old != wanted}
                field = replace(known, choices=(*known.choices, wanted), former_choices=former)
                save_field(hand.db, field, hand.now)
                change.notes += _first(hand, known)
        if wanted in known.former_choices:
            change.records = portions.renew(hub, of or _kind(known), wanted, by)
    return change


def _first(hand: Hand, known: CustomField) -> list[str]:
    """Say that a field which took anything takes its choices only from now on."""
    if known.choices:
        return []
    count = count_holding(hand.db, known.record_type, known.name)
    return (
        [f"until now it took anything; {count:,} records hold a value that may be none of its choices"] if count else []
    )


def rename(
    hub: Hub, name: str, choice: str, new: str, of: Kind | None = None, *, by: str | None = None, dry_run: bool = False
) -> FieldChange:
    """Call a choice otherwise, on all records that hold it; what sources bring of it goes along.

    Raises:
        SetupError: there is no such field or choice, or there is one of the new name.
    """
    wanted = checked_name(new)
    with rehearsed(hub, dry_run):
        with defining(hub, "field choice rename", by) as hand:
            field = _find(hand, name, of)
            change = FieldChange(field.record_type, field.name, field.type, f"choice renamed to {wanted!r}", choice)
            if wanted == choice:
                change.what = AS_IT_WAS
            elif not (wanted in field.choices and field.former_choices.get(choice) == wanted):
                _expect(field, choice)
                if wanted in field.choices:
                    raise SetupError(
                        f"custom field {field.name!r} has a choice {wanted!r} already",
                        fix=f"make them one: sellhub field choice remove {field.name!r} {choice!r} --into {wanted!r}",
                    )
                field = _moved(hand, field, choice, wanted, change)
        change.records = portions.choose(hub, field, by)
    return change


def remove(
    hub: Hub,
    name: str,
    choice: str,
    of: Kind | None = None,
    *,
    into: str | None = None,
    clear: bool = False,
    by: str | None = None,
    dry_run: bool = False,
) -> FieldChange:
    """Take a choice out.

    Args:
        into: the choice that takes its place on records that hold it.
        clear: blank it on them. With neither, nobody must hold it.

    Raises:
        SetupError: there is no such field or choice, or the choice is in use.
    """
    if into is not None and clear:
        raise SetupError("a choice goes either into another one or is cleared", fix="say --into OTHER or --clear")
    with rehearsed(hub, dry_run):
        with defining(hub, "field choice remove", by) as hand:
            field = _find(hand, name, of)
            change = FieldChange(field.record_type, field.name, field.type, "choice removed", choice)
            begun = choice in field.former_choices and field.former_choices[choice] == into
            if not begun:
                _expect(field, choice)
                if into is not None:
                    _expect(field, into, besides=choice)
                elif not clear:
                    _expect_unused(hand, field, choice)
                field = _moved(hand, field, choice, into, change)
        change.records = portions.choose(hub, field, by)
    return change


def _moved(hand: Hand, field: CustomField, choice: str, to: str | None, change: FieldChange) -> CustomField:
    """Let another choice stand in the place of one from now on, or none; the lists that ask for it go along."""
    filters = Filters(hand.hub, hand.db, field)
    naming = filters.naming(choice)
    if to is not None:
        filters.rename_choice(naming, choice, to)
    choices = [to if each == choice else each for each in field.choices]
    former = {old: to if new == choice else new for old, new in field.former_choices.items() if old != to}
    moved = replace(
        field,
        choices=tuple(dict.fromkeys(each for each in choices if each is not None)),
        former_choices={**former, choice: to},
    )
    save_field(hand.db, moved, hand.now)
    change.notes += _told(naming, choice, to)
    return moved


def _told(naming: Naming, choice: str, to: str | None) -> list[str]:
    if to is None:
        return [f"{each} asks for {choice!r}, which nothing holds from now on" for each in naming.names]
    notes = [f"{each} asks for {to!r} now" for each in naming.names if each != HUB_TOML]
    return notes + ([f"{HUB_TOML} asks for {choice!r}: correct it there"] if naming.by_settings else [])


def _expect_unused(hand: Hand, field: CustomField, choice: str) -> None:
    count = count_holding(hand.db, field.record_type, field.name, choice)
    if count:
        others = ", ".join(each for each in field.choices if each != choice)
        raise SetupError(
            f"choice {choice!r} of {field.name!r} is in use: {holders(count)} it",
            fix=f"give them another one: --into OTHER ({others or 'there is no other'}); or blank it: --clear",
        )


def _find(hand: Hand, name: str, of: Kind | None) -> CustomField:
    known = find(hand.db, name, of)
    if known.type not in WITH_CHOICES:
        raise SetupError(
            f"custom field {known.name!r} is of type {known.type} and has no choices",
            fix=f"types with choices: {', '.join(WITH_CHOICES)}",
        )
    return known


def _expect(field: CustomField, choice: str, *, besides: str | None = None) -> None:
    if choice not in field.choices or choice == besides:
        known = [each for each in field.choices if each != besides]
        other = "other " if besides else ""
        raise SetupError(
            f"custom field {field.name!r} has no {other}choice {choice!r}{nearest(choice, known)}",
            fix=f"its choices: {', '.join(known) or 'none'}",
        )


def _kind(field: CustomField) -> Kind:
    kind: Kind = field.record_type  # type: ignore[assignment]
    return kind
