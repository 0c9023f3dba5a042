from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Every byte but the blank belongs to a word: the words are parted before they come here.
TOKENS = """ascii tokenchars '!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\x1c\x1d\x1e\x1f'"""
SAMPLED = 499
"""Of so many numbers one belongs to the sample that tells about how many match."""
SQLITE = (
    "CREATE VIRTUAL TABLE pdfjobs_jobline USING fts5"
    f"""(line, detail=none, prefix='1 2 3 4 5 6 7 8 9 10 11 12 13', tokenize="{TOKENS.replace('"', '""')}")""",
)
POSTGRESQL = (
    "CREATE TABLE pdfjobs_jobline"
    " (number bigint PRIMARY KEY, status text NOT NULL, current boolean NOT NULL, line tsvector NOT NULL)",
    "ALTER TABLE pdfjobs_jobline ALTER line SET STORAGE external",
    f"CREATE INDEX pdfjobs_jobline_sample ON pdfjobs_jobline (number) WHERE number % {SAMPLED} = 0",
    "CREATE INDEX pdfjobs_jobline_current ON pdfjobs_jobline (number) WHERE current",
    "CREATE INDEX pdfjobs_jobline_status ON pdfjobs_jobline (status, current)",
    "CREATE INDEX pdfjobs_jobline_words ON pdfjobs_jobline USING gin (line) WITH (fastupdate = off)",
)


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement.replace("%", "%%"), [])


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TABLE pdfjobs_jobline")


class Migration(migrations.Migration):
    """The words that jobs are found by; lines of jobs that were there before are made by `manage.py reindex`."""

    dependencies = [("pdfjobs", "0004_what_the_list_asks")]
    operations = [migrations.RunPython(make, drop)]
