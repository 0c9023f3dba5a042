"""`make bench`: how fast the service is, each figure beside what it is compared to, measured in the same run.

One module a benchmark; `python -m bench NAME...` runs only those. Each prints one JSON line. Times are wall times
in ms: compare a figure with its floor on the same line, never with a line of another machine or another hour.
"""
