"""One case of a benchmark each, run as a process of its own: the last line it prints are its figures."""
