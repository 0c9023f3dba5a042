"""Keeps and shows the diary; knows nothing of how files are watched, logs are read or solvers are run."""
