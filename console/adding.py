"""`sellhub lead add`, `contact add`, `deal add`: a new record by hand, and what it is like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter

from console.record_words import Kind, tell_shown
from console.telling import note, tell, tell_json, tell_next

if TYPE_CHECKING:
    from hub.adding import Added

Words: TypeAlias = Annotated[str, Parameter(help="FIELD=VALUE for any field, custom ones by their name.")]
Text: TypeAlias = str | None
Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Owner: TypeAlias = Annotated[Text, Parameter(help="A user's address or name, or a pool. Else you, if you are a user.")]
Tags: TypeAlias = Annotated[
    list[str] | None, Parameter(name="--tag", negative_iterable="", help="A tag; as many as one likes.")
]
Source: TypeAlias = Annotated[Text, Parameter(help="Where it came from, in Sell's sense: Trade fair.")]
By: TypeAlias = Annotated[Text, Parameter(help="Who adds it. Else SELLHUB_USER, else your login name.")]
UnlessLike: TypeAlias = Annotated[
    bool, Parameter(negative="", help="Store nothing where there is one of a like name or address; exit code 1.")
]
DryRun: TypeAlias = Annotated[bool, Parameter(negative="", help="Tell what would be; store nothing.")]
Json: TypeAlias = Annotated[bool, Parameter(negative="", help="Print the record as show --json, and what it is like.")]


def lead_add(
    *fields: Words,
    first_name: Text = None,
    last_name: Text = None,
    organization_name: Text = None,
    email: Text = None,
    phone: Text = None,
    mobile: Text = None,
    title: Text = None,
    website: Text = None,
    status: Annotated[Text, Parameter(help="New, where nobody says.")] = None,
    owner: Owner = None,
    source: Source = None,
    tag: Tags = None,
    new: Annotated[bool, Parameter(negative="", help="Let the status be one, though no lead has it yet.")] = False,
    unless_like: UnlessLike = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Add a lead. It needs a last name or an organization name."""
    said = {
        "first_name": first_name, "last_name": last_name, "organization_name": organization_name, "email": email,
        "phone": phone, "mobile": mobile, "title": title, "website": website, "status": status, "owner": owner,
        "source": source,
    }  # fmt: skip
    return _add("lead", fields, said, tag, new=new, unless_like=unless_like, by=by, dry_run=dry_run, json=json)


def contact_add(
    *fields: Words,
    first_name: Text = None,
    last_name: Text = None,
    company_name: Annotated[Text, Parameter(help="It is a company of this name.")] = None,
    is_organization: Annotated[bool, Parameter(negative="", help="It is a company; name it by name=NAME.")] = False,
    company: Annotated[Text, Parameter(help="The company that a person works for: C-7.")] = None,
    parent_company: Annotated[Text, Parameter(help="The company that a company belongs to: C-7.")] = None,
    email: Text = None,
    phone: Text = None,
    mobile: Text = None,
    title: Text = None,
    website: Text = None,
    owner: Owner = None,
    tag: Tags = None,
    unless_like: UnlessLike = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Add a contact: a person, who needs a last name, or a company, which needs a name."""
    said = {
        "first_name": first_name, "last_name": last_name, "name": company_name,
        "is_organization": "yes" if is_organization or company_name is not None else None,
        "company": company, "parent_company": parent_company, "email": email, "phone": phone, "mobile": mobile,
        "title": title, "website": website, "owner": owner,
    }  # fmt: skip
    return _add("contact", fields, said, tag, unless_like=unless_like, by=by, dry_run=dry_run, json=json)


def deal_add(
    *fields: Words,
    name: Text = None,
    value: Annotated[Text, Parameter(help="An amount like 2400 or 1250.50.")] = None,
    currency: Annotated[Text, Parameter(help="ISO 4217; else the hub's.")] = None,
    contact: Annotated[Text, Parameter(help="Whom it is with, a person or a company: C-5.")] = None,
    company: Annotated[Text, Parameter(help="The company: C-7. Else the one that the person works for.")] = None,
    pipeline: Annotated[Text, Parameter(help="Else the first that takes deals.")] = None,
    stage: Annotated[Text, Parameter(help="Else the pipeline's first active one.")] = None,
    close_date: Annotated[Text, Parameter(help="When it is expected to close: 2026-12-31.")] = None,
    likelihood: Annotated[Text, Parameter(help="Win likelihood in per cent; else the stage's.")] = None,
    hot: Annotated[bool, Parameter(negative="", help="Give it a star.")] = False,
    owner: Owner = None,
    source: Source = None,
    tag: Tags = None,
    unless_like: UnlessLike = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Add a deal. It needs a name and a contact."""
    said = {
        "name": name, "value": value, "currency": currency, "contact": contact, "company": company,
        "pipeline": pipeline, "stage": stage, "estimated_close_date": close_date,
        "customized_win_likelihood": likelihood, "hot": "yes" if hot else None, "owner": owner, "source": source,
    }  # fmt: skip
    return _add("deal", fields, said, tag, unless_like=unless_like, by=by, dry_run=dry_run, json=json)


def _add(
    kind: Kind,
    words: tuple[str, ...],
    options: dict[str, Text],
    tags: list[str] | None,
    *,
    new: bool = False,
    unless_like: bool,
    by: Text,
    dry_run: bool,
    json: bool,
) -> int:
    from hub.adding import Adding, add
    from hub.opening import open_hub
    from sell_model.typed_fields import assignments, united

    typed, faults = assignments(words)
    said = united(typed, {name: value for name, value in options.items() if value is not None}, faults)
    adding = Adding(kind, said, tags or (), faults, new, unless_like)
    with open_hub() as hub:
        added = add(hub, adding, by=by, dry_run=dry_run)
    if json:
        tell_json({**added.to_json(), "dry_run": dry_run})
    else:
        _tell(added, dry_run=dry_run)
    if added.shown is None:
        note(f"error: nothing was stored: there {'is one' if len(added.like) == 1 else 'are some'} like it")
        note(f"  fix: sellhub {added.like[0].record_type} show {_id(added.like[0].record_type, added.like[0].id)}; "
             "or leave out --unless-like")  # fmt: skip
        return 1
    return 0


def _tell(added: Added, *, dry_run: bool) -> None:
    if added.like:
        tell("like it:")
        for each in added.like:
            tell(f"  {_id(each.record_type, each.id)}  {each.name}  ({each.why})")
    if added.shown is None:
        return
    if dry_run:
        tell("DRY RUN: this is what would be; nothing was stored")
    for remark in added.notes:
        tell(f"note: {remark}")
    tell_shown(added.shown)
    if not dry_run:
        its = _id(added.kind, added.shown.row["id"])
        after = {"lead": f"sellhub lead convert {its}", "contact": f"sellhub deal add --contact {its} --name NAME"}
        tell_next(
            f"sellhub {added.kind} edit {its} FIELD=VALUE", after.get(added.kind, f"sellhub deal move {its} STAGE")
        )


def _id(kind: str, id_: int) -> str:
    from hub.records import shown_id

    return shown_id(kind, id_)
