"""Finding the company that a lead names: an existing one is used, not doubled."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hub.records import read_id, shown_id
from sell_model.errors import SetupError
from sell_model.matching.firm_names import firm_core
from sell_model.matching.keys import trait_key
from sell_model.matching.normal_forms import site_domain
from sell_model.types import JsonObject
from storage import canonical, conversions
from storage.canonical import CanonicalRow
from storage.hot import Writer

_ID = re.compile(r"[Cc]-\d{1,18}")


@dataclass(frozen=True, slots=True)
class Found:
    """What a company's name came to."""

    name: str
    id: int | None = None
    """The company contact that is it; None: it is a new one."""
    alike: tuple[int, ...] = ()
    """Companies of that name, none of which is surely it: for a person to review."""


def find_company(db: Writer, name: str, lead: JsonObject) -> Found:
    """Find the company of this name: the one with the lead's site or domain, else the only one there is.

    Names count as equal without their legal forms, case and accents. Whoever makes what was not found
    must hold off all others from before this look until it is stored; `by_hand(moves_links=True)` does.
    """
    core = firm_core(name)
    rows = canonical.load(
        db, "contact", conversions.companies_by(db, trait_key("company", core, is_company=True), name)
    )
    hits = {id_: row for id_, row in sorted(rows.items()) if firm_core(row["name"]) == core}
    domain = site_domain(lead)
    near = [id_ for id_, row in hits.items() if domain and site_domain(row) == domain]
    if near:
        return Found(name, near[0])
    return Found(name, next(iter(hits))) if len(hits) == 1 else Found(name, None, tuple(hits))


def named_company(db: Writer, said: str, lead: JsonObject) -> Found:
    """Find the company that somebody names, by its id such as `C-7` or by its name.

    Raises:
        SetupError: the id is that of no company contact that stands.
    """
    if not _ID.fullmatch(said):
        return find_company(db, said, lead)
    id_ = read_id("contact", said)
    row = canonical.load(db, "contact", [id_]).get(id_)
    if row is None or not _is_company(row):
        raise SetupError(
            f"{shown_id('contact', id_)} is no company contact that stands",
            fix="name another one, or give the company's name; find it with: sellhub contact list --search NAME",
        )
    return Found(str(row["name"]), id_)


def _is_company(row: CanonicalRow) -> bool:
    return bool(row["is_organization"]) and row["merged_into"] is None and row["deleted_at"] is None
