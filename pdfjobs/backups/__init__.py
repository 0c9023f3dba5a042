"""Backups of the diary: what it knows, what people attached to it, and its settings; not the runs' own files.

Knows stores, keys and databases, and nothing of pages. A store holds a folder for each backup, whose
`manifest.json` is written last, and `attachments/`, where each content lies once for all backups.
"""
