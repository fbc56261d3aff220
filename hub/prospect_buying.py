"""Buying contact data: what is paid for is stored, and nobody is paid for twice.

That somebody is about to be bought is stored before the provider is asked, and each purchase bears a key that follows
from whom it is of. Killed anywhere, the next run asks again with the same key, and the provider answers what was paid
for. Right before each purchase it is asked once more whether the hub knows them by now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from connectors.errors import SetupError as ConnectorSetupError
from connectors.prospects.person import Prospect
from connectors.prospects.provider import NoCreditsError, Provider, Revealed
from hub.by_hand import acting
from hub.opening import Hub
from hub.prospect_lists import find_list
from hub.prospect_suppression import Suppression
from hub.prospecting import open_provider, with_numbers
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import leases, prospects
from storage.leases import Lease
from storage.prospects import BUYING, FOUND, GONE, READY, SUPPRESSED, ListRow, ProspectRow

_PORTION = 50


@dataclass(slots=True)
class Bought:
    """What a purchase came to; of a dry run, what it would."""

    name: str
    wanted: int
    """People on the list whose contact data has to be paid for."""
    price: int
    """Credits for one."""
    credits_left: int | None
    bought: int = 0
    spent: int = 0
    gone: int = 0
    """The provider has nothing of them, and took nothing."""
    had: int = 0
    """Bought before for another list."""
    suppressed: int = 0
    """Known, or not to be contacted, by now."""
    stopped: str | None = None
    """Why it ended before the list did."""
    notices: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that `prospect buy --json` prints."""
        return {name: getattr(self, name) for name in self.__slots__}


def buy(
    hub: Hub,
    name: str,
    budget: int | None,
    *,
    keep_companies: bool = False,
    by: str | None = None,
    dry_run: bool = False,
) -> Bought:
    """Pay for contact data of those on a list who have none yet, up to a budget.

    Args:
        budget: credits that may be spent; None: whatever it takes.
        dry_run: tell what it would cost; nothing is paid.

    Raises:
        SetupError: no such list, or one of a file, which costs nothing.
        NoCreditsError: the account is used up; what was paid for is stored.
        BusyError: somebody else is buying for this list just now.
        ConnectorError: the provider does not answer; what was paid for is stored.
    """
    if budget is not None and budget < 0:
        raise SetupError(f"{budget} is no budget", fix="credits that may be spent: --limit 100")
    with hub.store.read() as db:
        row = find_list(db, name)
    if row.origin.startswith("file "):
        raise SetupError(
            f"{row.name!r} is of a file: its contact data is here", fix=f"sellhub prospect import {row.name!r}"
        )
    with open_provider(hub, row.origin.partition(" ")[2]) as provider:
        if dry_run:
            return _foreseen(hub, row, provider, budget, keep_companies=keep_companies)
        lease = leases.acquire(hub.store, f"prospect list {row.id}")
        try:
            return _Buying(hub, row, provider, lease, budget, keep_companies, acting(by)).work()
        finally:
            leases.release(hub.store, lease)


def _foreseen(hub: Hub, row: ListRow, provider: Provider, budget: int | None, *, keep_companies: bool) -> Bought:
    account = provider.account()
    told = Bought(row.name, 0, account.price, account.credits_left)
    after = 0
    with hub.store.rehearsal(), hub.store.write() as db:
        while people := prospects.on_list(db, row.id, (BUYING, FOUND), _PORTION, after):
            after = people[-1].id
            told.wanted += len(people)
            out = Suppression(hub, db, keep_companies).reasons([offered(each) for each in people])
            had = prospects.had(db, [each.outside_id for each in people])
            told.suppressed += len(out)
            told.had += sum(each.outside_id in had and each.outside_id not in out for each in people)
    told.bought = told.wanted - told.suppressed - told.had
    affordable = account.credits_left // account.price if account.price else told.bought
    within = told.bought if budget is None or not account.price else budget // account.price
    if min(affordable, within) < told.bought:
        told.stopped = "the budget ends before the list does" if within <= affordable else "the credits do not suffice"
    told.bought = min(told.bought, affordable, within)
    told.spent = told.bought * account.price
    return told


def offered(row: ProspectRow) -> Prospect:
    """Give somebody on a list as they were offered."""
    return Prospect(row.outside_id, row.data, row.data.get("email_sha256"))


@dataclass(slots=True)
class _Buying:
    """One purchase under the list's lease; `work` reads downwards."""

    hub: Hub
    row: ListRow
    provider: Provider
    lease: Lease
    budget: int | None
    keep_companies: bool
    who: str

    def work(self) -> Bought:
        """Go through the list: first those whose purchase was under way when somebody died."""
        account = self.provider.account()
        told = Bought(self.row.name, 0, account.price, account.credits_left)
        for states in ((BUYING,), (FOUND,)):
            after = 0
            while people := self._next(states, after):
                after = people[-1].id
                told.wanted += len(people)
                for each in people:
                    if not self._one(each, told, is_begun=states == (BUYING,)):
                        return told
        return told

    def _next(self, states: tuple[str, ...], after: int) -> list[ProspectRow]:
        with self.hub.store.read() as db:
            return prospects.on_list(db, self.row.id, states, _PORTION, after)

    def _one(self, each: ProspectRow, told: Bought, *, is_begun: bool) -> bool:
        """Buy one; false: the budget is used up."""
        if self.budget is not None and told.spent + told.price > self.budget:
            told.stopped = "the budget is used up"
            return False
        if not is_begun and not self._begin(each, told):
            return True
        revealed = self._revealed(each, is_begun=is_begun)
        with self.hub.store.write(self.lease) as db:
            if revealed.data is None:
                prospects.set_state(db, each.id, GONE)
                told.gone += 1
                return True
            data = with_numbers(self.hub, {**each.data, **revealed.data})
            prospects.set_bought(db, each.id, READY, data, revealed.credits, self.who, self.hub.now())
        told.bought += 1
        told.spent += revealed.credits
        told.credits_left = revealed.credits_left if revealed.credits_left is not None else told.credits_left
        return True

    def _revealed(self, each: ProspectRow, *, is_begun: bool) -> Revealed:
        """Ask the provider; where it is sure that nothing was taken, nothing is under way any more."""
        its_id = each.outside_id.partition(":")[2]
        try:
            return self.provider.reveal(its_id, purchase_key(each.outside_id))
        except ConnectorSetupError as error:
            if isinstance(error, NoCreditsError) or not is_begun:
                with self.hub.store.write(self.lease) as db:
                    prospects.set_state(db, each.id, FOUND, only=(BUYING,))
            raise

    def _begin(self, each: ProspectRow, told: Bought) -> bool:
        """Store that somebody is about to be bought; false: they need not, or must not be."""
        with self.hub.store.write(self.lease) as db:
            if reason := Suppression(self.hub, db, self.keep_companies).reasons([offered(each)]).get(each.outside_id):
                prospects.set_state(db, each.id, SUPPRESSED, reason)
                told.suppressed += 1
                return False
            if had := prospects.had(db, [each.outside_id]).get(each.outside_id):
                prospects.set_bought(db, each.id, READY, {**each.data, **had.data}, 0, self.who, self.hub.now())
                told.had += 1
                return False
            return prospects.set_state(db, each.id, BUYING, only=(FOUND,))


def purchase_key(outside_id: str) -> str:
    """Name the purchase of somebody: on every list, in every run, the same."""
    return sha256(f"sell hub prospect {outside_id}".encode()).hexdigest()
