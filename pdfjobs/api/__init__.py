"""The diary for programs, under /api/v1: the pages' own queries, forms and services, as JSON; it keeps no rules of its own."""
