"""The conformance kit: one suite of tests for every connector, ours and others'. It needs pytest.

A package that brings a connector subclasses two things in its tests, and has the whole suite:

    class Acme(StandIn): ...          # the vendor, as the kit works it
    class TestAcme(ConformanceSuite):
        connector, standin = AcmeConnector, Acme

docs/write-a-connector.md tells how.
"""

from __future__ import annotations

import connectors.testing.asserts  # noqa: F401  -- before the parts of the suite
from connectors.testing.server import Answer, Asked, Loopback, json_answer
from connectors.testing.standin import StandIn
from connectors.testing.suite import ConformanceSuite

__all__ = ["Answer", "Asked", "ConformanceSuite", "Loopback", "StandIn", "json_answer"]
