"""Whoever dies over a mail leaves it unsure: it is never sent twice, and what waited behind it still is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from hub.notifying import flush
from storage.notifications import Wanted
from tests.docs import ROOT
from tests.notifications.conftest import ANN, BO, Firm


def _import_in_a_process_of_its_own(firm: Firm) -> subprocess.Popen[bytes]:
    (firm.home / "leads.csv").write_text("Last Name,Email\nLi,li@x.example\nNg,ng@x.example\n", encoding="utf-8")
    sellhub = "from console.main import main; main()"
    command = [sys.executable, "-c", sellhub, "import", "leads.csv", "--pool", "Inbound"]
    environment = {**os.environ, "SELLHUB_HOME": str(firm.home), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=firm.home, env=environment, stdout=subprocess.DEVNULL)


def test_killed_over_the_first_mail_the_second_is_sent_and_the_first_not_again(firm: Firm) -> None:
    """The mail was delivered, but nobody could note it: it is listed as unsure."""
    processes: list[subprocess.Popen[bytes]] = []

    def strike() -> None:
        if len(firm.office.letters) == 1:
            os.kill(processes[0].pid, signal.SIGKILL)

    firm.office.on_letter = strike
    processes.append(_import_in_a_process_of_its_own(firm))
    assert processes[0].wait(60) == -signal.SIGKILL
    assert firm.states() == [("email", "sending", 1), ("web", "sent", 0), ("email", "pending", 0), ("web", "sent", 0)]

    for _ in range(2):
        flush(firm.hub)

    assert [len(firm.office.to(address)) for address in (ANN, BO)] == [1, 1]
    assert [state for channel, state, _ in firm.states() if channel == "email"] == ["unsure", "sent"]
    assert [n.email for n in firm.told(Wanted(failed=True))] == [ANN]
