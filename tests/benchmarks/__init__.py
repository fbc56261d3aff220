"""Who is the same: evidence, guards, decisions."""
