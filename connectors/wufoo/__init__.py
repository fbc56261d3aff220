"""Wufoo: `connector.py` is the connector, the others are its parts."""
