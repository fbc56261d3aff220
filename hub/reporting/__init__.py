"""Reports: the funnel, where leads come from, how fast they are met, who does what, what recurs."""
