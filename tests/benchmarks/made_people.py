"""A small set of people seen by several systems, some of whom look alike; the same every time for a seed."""

from __future__ import annotations

import random

from sell_model.draft import Draft

_FIRST = (
    "Ann Bo Carla David Elena Farid Grace Hugo Ines Jakob Katrin Liam Maria Noah Olga Paul Quentin Rosa Stefan Tara "
    "Ursula Viktor Wanda Xenia Yusuf Zoe Amir Birgit Cedric Dana"
).split()
_LAST = (
    "Abel Brenner Castillo Dubois Engel Ferrari Gruber Haddad Ivanova Jensen Keller Lindqvist Moreau Novak Okafor "
    "Petrova Quist Rossi Santos Tanaka Ullman Vogel Weber Xu Yilmaz Zimmer Aalto Brandt Conti Dietrich"
).split()
_FIRMS = tuple(f"{name} {what}" for name in _LAST for what in ("Logistics", "Foods", "Optics"))
_CITIES = "Boston Lyon Graz Turin Leeds Porto".split()


def made_people(count: int, seed: int) -> tuple[list[tuple[str, Draft]], dict[str, str]]:
    """Give so many records with their true clusters; half of the people are seen once, others two or three times."""
    rng = random.Random(seed)
    drafts: list[tuple[str, Draft]] = []
    truth: dict[str, str] = {}
    person = 0
    while len(drafts) < count:
        person += 1
        first, last, firm = rng.choice(_FIRST), rng.choice(_LAST), rng.choice(_FIRMS)
        own: dict[str, object] = {
            "first_name": first, "last_name": last, "organization_name": firm, "title": rng.choice(("Buyer", "CTO")),
            "email": f"{first}.{last}{person}@{rng.choice(('gmail.com', f'{firm.split()[0]}.example'))}".lower(),
            "phone": f"+1415555{person % 10_000:04d}", "address": {"city": rng.choice(_CITIES)},
        }  # fmt: skip
        for _ in range(rng.choice((1, 1, 2, 3))):
            id_ = f"r{len(drafts)}"
            drafts.append((id_, Draft("lead", _as_typed(own, rng))))
            truth[id_] = f"p{person}"
    rng.shuffle(drafts)
    return drafts[:count], {id_: truth[id_] for id_, _ in drafts[:count]}


def _as_typed(own: dict[str, object], rng: random.Random) -> dict[str, object]:
    """One system's version of a person: fields missing, names misspelt, swapped or short, another address."""
    seen = dict(own)
    for name, share in (("phone", 0.4), ("title", 0.4), ("organization_name", 0.2), ("address", 0.3), ("email", 0.2)):
        if rng.random() < share:
            del seen[name]
    first, last = str(own["first_name"]), str(own["last_name"])
    how = rng.random()
    if how < 0.06:
        seen["first_name"], seen["last_name"] = last, first
    elif how < 0.12:
        seen["first_name"] = first[0]
    elif how < 0.2:
        seen["last_name"] = last[:-1]
    if "email" in seen and rng.random() < 0.15:
        seen["email"] = f"{first[0]}.{last}{rng.randrange(99)}@example.org".lower()
    return seen
