"""Turns file-system changes into "this path has settled" tasks; never opens a file, knows no solver and no database."""
