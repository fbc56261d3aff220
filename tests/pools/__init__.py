"""Distribution pools: the rules of turns, what comes before and after them, and records given by hand."""
