"""Figures, each beside the peer or the bare limit that it ran beside."""
