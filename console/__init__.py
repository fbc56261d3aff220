"""People's way in: the command line and the web."""
