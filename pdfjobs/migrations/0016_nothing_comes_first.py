from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

COLUMNS = "ended_at", "family"


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _remake(schema_editor, "NULLS FIRST")


def unmake(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _remake(schema_editor, "NULLS LAST")


def _remake(schema_editor: BaseDatabaseSchemaEditor, nulls: str) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for column in COLUMNS:
        schema_editor.execute(f"DROP INDEX job_by_{column}")
        schema_editor.execute(
            f"CREATE INDEX job_by_{column} ON pdfjobs_job ({column} {nulls}, number, result_assessment)"
        )


class Migration(migrations.Migration):
    """PostgreSQL puts jobs without an end, or a family, where SQLite does: in front, and last where the last comes first."""

    dependencies = [("pdfjobs", "0015_names_of_tables")]
    operations = [migrations.RunPython(make, unmake)]
