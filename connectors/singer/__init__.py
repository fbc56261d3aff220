"""Any Singer tap as a source: `connector.py` is the connector, the others are its parts."""
