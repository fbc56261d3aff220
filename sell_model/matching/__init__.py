"""Who is the same person: normal forms, keys, and the guards around them. Pure."""
