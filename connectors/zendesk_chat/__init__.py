"""Zendesk Chat (legacy chat, not messaging): `connector.py` is the connector, the others are its parts."""
