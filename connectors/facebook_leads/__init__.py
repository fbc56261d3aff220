"""Facebook and Instagram Lead Ads: `connector.py` is the connector, the others are its parts."""
