"""The live checks of a HubSpot source."""

from __future__ import annotations

from collections.abc import Callable

from connectors.connector import Check
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.hubspot.answers import NoRight, NotOffered
from connectors.hubspot.gateway import Gateway
from connectors.hubspot.objects import OBJECT_KINDS

Sample = Callable[[Gateway], str]
"""Reads a little of a stream and says what it saw, without personal values."""


def checks(gateway: Gateway) -> list[Check]:
    """Try the door first, then each stream; what cannot be reached at all ends the list early."""
    done = []
    for stream, sample in _SAMPLES.items():
        try:
            done.append(Check(f"read {stream}", True, sample(gateway)))
        except (CredentialsError, TransientError) as error:
            return [*done, Check("connection", False, str(error), error.fix)]
        except NotOffered as error:
            done.append(_not_offered(stream, error))
        except SetupError as error:
            done.append(Check(f"read {stream}", False, str(error), error.fix))
    return [Check("connection", True, "HubSpot answers and accepts the token"), *done, _rate(gateway)]


def _not_offered(stream: str, error: NotOffered) -> Check:
    """A right that is missing is to be given; what the account does not have is nothing to mend."""
    kind = OBJECT_KINDS.get(stream)
    if kind is not None and kind.optional and not isinstance(error, NoRight):
        return Check(f"read {stream}", True, f"this account has no {stream}")
    left_out = f"; or leave {stream} out of `streams`" if kind is not None and kind.optional else ""
    return Check(f"read {stream}", False, str(error), error.fix + left_out)


def _rate(gateway: Gateway) -> Check:
    """Say what is left of the day; OAuth apps have no such number, and that is fine."""
    try:
        usage = gateway.usage()
        left = int(usage["usageLimit"]) - int(usage["currentUsage"])
    except (ConnectorError, KeyError, TypeError, ValueError):
        return Check("rate", True, "HubSpot does not say how many calls are left today")
    return Check("rate", left > 0, f"{left:,} of {int(usage['usageLimit']):,} calls are left today")


def _owners(gateway: Gateway) -> str:
    return f"{len(gateway.owners(None, archived=False).records)} on the first page"


def _pipelines(gateway: Gateway) -> str:
    return f"{len(gateway.pipelines())} deal pipelines"


def _objects(name: str) -> Sample:
    def sample(gateway: Gateway) -> str:
        properties = len(gateway.properties(name))
        total = gateway.search(name, [], limit=1).total
        records = gateway.page(name, None, ()).records
        first = f", such as id {records[0]['id']}" if records else ""
        return f"{'some' if total is None else total} records{first}, {properties} properties"

    return sample


_SAMPLES: dict[str, Sample] = {
    "owners": _owners,
    "pipelines": _pipelines,
    **{name: _objects(name) for name in OBJECT_KINDS},
}
