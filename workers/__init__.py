"""Acts on what the watcher saw: takes decks in, runs solvers, reads logs; knows no page."""
