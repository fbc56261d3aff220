"""Addresses, phones and sites that so many bear that they bring nobody together any more.

A placeholder, a switchboard, a source that fills one value everywhere: matching leaves such a value out by
itself; people are told, since only they know whether it should be so.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest
from typing import TypedDict

from sell_model.matching.blocking import crowd, firm_keys, person_keys
from sell_model.matching.keys import Face, key_of
from sell_model.matching.profile import Profile
from sell_model.types import JsonObject
from storage import identity, landing
from storage.hot import Writer

TOLD = 5
"""So many are told, the most common ones."""
_FIRM = "firm "
_OWN = frozenset({"email", "phone", "firm domain", "firm phone"})
"""Values that few bear, as a rule; names and places are common anyway."""


class Crowd(TypedDict):
    """Those who bear one value: its kind, how many they are, and one of them."""

    kind: str
    bearers: int
    identity_id: int


def add_crowds(db: Writer, crowds: dict[str, Crowd], faces: Iterable[tuple[int, Face]]) -> None:
    """Add what these identities bear in common with too many; the most common stay."""
    borne = {key.key: (key.kind, id_) for id_, face in faces for key in face.keys if key.kind in _OWN}
    for key, count in identity.counts(db, borne).items():
        kind, id_ = borne[key]
        if count > crowd(kind):
            crowds[str(key)] = Crowd(kind=kind, bearers=count, identity_id=id_)
    for rare in crowds.keys() - nlargest(TOLD, crowds, key=lambda key: crowds[key]["bearers"]):
        del crowds[rare]


def told(db: Writer, crowds: dict[str, Crowd]) -> list[JsonObject]:
    """Tell the values, the most common first; one that its bearer bears no more is left out."""
    found = []
    for key, each in sorted(crowds.items(), key=lambda pair: -pair[1]["bearers"]):
        for row in identity.profiles(db, _sort(each), [each["identity_id"]], ()):
            if (value := _value(row.data, each["kind"], int(key))) is not None:
                found.append(
                    {
                        "kind": each["kind"].removeprefix(_FIRM),
                        "value": value,
                        "of": _sort(each),
                        "bearers": each["bearers"],
                        "or_more": each["bearers"] >= identity.MOST_COUNTED,
                        "such_as": landing.names(db, [row.source_record_id])[row.source_record_id],
                    }
                )
                break
    return found


def _sort(each: Crowd) -> str:
    return "company" if each["kind"].startswith(_FIRM) else "person"


def _value(data: str, kind: str, key: int) -> str | None:
    """Find what the key was made of."""
    profile = Profile.from_text(data)
    named = firm_keys(profile) if kind.startswith(_FIRM) else person_keys(profile)
    return next((value for its, value in named if its == kind.removeprefix(_FIRM) and key_of(kind, value) == key), None)
