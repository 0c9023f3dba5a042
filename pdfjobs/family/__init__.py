"""Jobs that descend from one another, and their picture."""
