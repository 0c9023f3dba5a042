"""The administration calls tables by words that can be translated; nothing changes in the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("pdfjobs", "0014_messages_in_a_language"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="history",
            options={
                "ordering": ["-id"],
                "verbose_name": "row of history",
                "verbose_name_plural": "history",
            },
        ),
        migrations.AlterModelOptions(
            name="intakerecord",
            options={
                "ordering": ["-id"],
                "verbose_name": "intake record",
                "verbose_name_plural": "intake records",
            },
        ),
        migrations.AlterModelOptions(
            name="job",
            options={"ordering": ["-number"], "verbose_name": "job", "verbose_name_plural": "jobs"},
        ),
        migrations.AlterModelOptions(
            name="logfile",
            options={"verbose_name": "log file", "verbose_name_plural": "log files"},
        ),
        migrations.AlterModelOptions(
            name="project",
            options={
                "ordering": ["name"],
                "verbose_name": "project",
                "verbose_name_plural": "projects",
            },
        ),
        migrations.AlterModelOptions(
            name="run",
            options={"ordering": ["ordinal"], "verbose_name": "run", "verbose_name_plural": "runs"},
        ),
        migrations.AlterModelOptions(
            name="token",
            options={"ordering": ["-id"], "verbose_name": "token", "verbose_name_plural": "tokens"},
        ),
    ]
