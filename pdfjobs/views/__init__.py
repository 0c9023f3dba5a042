"""The pages: each view fetches by `queries`, lets a service act, and renders once."""
