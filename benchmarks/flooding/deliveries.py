"""The deliveries of a flood: most of them new, some of them repeated, some of them forged."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.flooding.sender import Sending, request_of
from sandbox.webform import signed

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
FORGED_WITH = "whsec_c29tZSBvdGhlciBzZWNyZXQgb2Ygb3Vycw=="


@dataclass(frozen=True, slots=True)
class Flood:
    """What is sent, and what must come of it."""

    sendings: list[Sending]
    kinds: list[str]
    """Of each: `new`, `repeated` or `forged`."""

    def count(self, kind: str) -> int:
        """Tell how many there are of a kind."""
        return self.kinds.count(kind)

    @property
    def ids(self) -> set[str]:
        """The deliveries that must be stored, by their ids."""
        return {f"msg_f{number}" for number in range(self.count("new"))}


def make_flood(rate: float, seconds: float, repeats: float = 0.10, forged: float = 0.05, seed: int = 1) -> Flood:
    """Make a flood that lasts so long; the same every time but for the times under its signatures."""
    rng = random.Random(seed)
    now = datetime.now(UTC)
    sendings: list[Sending] = []
    kinds: list[str] = []
    new = 0
    for place in range(round(rate * seconds)):
        chance = rng.random()
        kind = "forged" if chance < forged else "repeated" if chance < forged + repeats and new else "new"
        number = rng.randrange(new) if kind == "repeated" else new
        new += kind == "new"
        secret = FORGED_WITH if kind == "forged" else SECRET
        headers, body = signed(secret, _person(number), now)
        sendings.append(Sending(place / rate, request_of("/hooks/site", headers, body)))
        kinds.append(kind)
    return Flood(sendings, kinds)


def _person(number: int) -> dict[str, str]:
    return {
        "id": f"f{number}",
        "submitted_at": "2026-08-04T10:00:00Z",
        "first_name": f"First{number}",
        "last_name": f"Last{number}",
        "email": f"p{number}@flood{number}.example",
        "company": f"Company {number}",
        "message": "Please send me a price list.",
    }
