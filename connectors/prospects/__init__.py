"""Prospects: people whom a file or a data provider offers, and who are nobody's lead yet."""
