"""How a message reads, and how it reaches a person; knows nothing of who is told what."""
