"""Activities, tickets and tags that sources bring."""
