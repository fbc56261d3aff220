"""Connectors against their stand-ins, over real HTTP."""
