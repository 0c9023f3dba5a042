"""Start, follow and stop a solver; know neither the diary's models nor its pages."""
