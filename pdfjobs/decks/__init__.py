"""Decks on the pages: their tree, colours, and what is different between two."""
