"""What spans rooms: the real service, driven from outside."""
