"""Whether a key in common means one person: the sure cases only. Weighed evidence will stand beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sell_model.matching.names import names_clash, same_person_name

CROWDED = 60
"""A key that more source records share says nothing: a switchboard, an office, a placeholder."""


class Candidate(NamedTuple):
    """Somebody known who shares a key."""

    identity_id: int
    name: str
    kind: str
    """The key's kind, as `MatchKey.kind`."""


def same_identity(name: str, candidates: Iterable[Candidate], *, company: bool = False) -> int | None:
    """Pick the known identity that a record belongs to, or None for somebody new.

    A vendor's id is proof. An address is proof unless the names clash (a shared inbox, an assistant),
    an office's address or a phone only together with a name that agrees. Of several the one with the
    strongest key wins, then the one known longest (lowest id).
    """
    found = [(_RANK[c.kind], c.identity_id) for c in candidates if _proves(name, c, company)]
    return min(found)[1] if found else None


_RANK = {"outside": 0, "email": 1, "domain": 1, "role_email": 2, "phone": 3, "org": 4, "name": 4}


def _proves(name: str, candidate: Candidate, company: bool) -> bool:
    if candidate.kind == "outside":
        return True
    if company:
        return name == candidate.name
    if candidate.kind == "email":
        return not names_clash(name, candidate.name)
    return same_person_name(name, candidate.name)
