"""Text files of runs on the pages: windows, lines, marks, search."""
