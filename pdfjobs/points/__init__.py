"""Points of series: how they are stored, joined to curves, thinned, and set into plots."""
