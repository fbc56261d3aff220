"""One worker of an account, a process of its own: calls as fast as it is let, then says how often it did.

python -m tests.quota.worker HOME URL SHARE SECONDS PER_SECOND
"""

from __future__ import annotations

import sys
import time

from connectors.errors import QuotaError
from connectors.pace import Pace, sharing
from connectors.transport import make_session
from hub.opening import open_hub
from hub.quota import SharedBudget


def main() -> None:
    """Call until the time is up, or our share is."""
    home, url, share, seconds, per_second = sys.argv[1:]
    calls = 0
    with open_hub(home) as hub:
        with sharing(SharedBudget(hub.store, "sellhub-account-crm", float(share))):
            pace = Pace(float(per_second), burst=2) if float(per_second) else Pace(None)
            session = make_session("Vendor", lambda: None, pace=pace)
        print("ready", flush=True)
        sys.stdin.readline()
        until = time.monotonic() + float(seconds)
        try:
            while time.monotonic() < until:
                session.get(url)
                calls += 1
        except QuotaError as error:
            print(f"stopped {error}", flush=True)
        if sys.stdin.readline() != "die\n":
            session.close()
    print(calls, flush=True)


if __name__ == "__main__":
    main()
