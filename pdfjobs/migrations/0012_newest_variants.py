"""The newest variants of a job are found without the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pdfjobs", "0011_logins")]
    operations = [
        migrations.AddIndex(
            model_name="baserun",
            index=models.Index(fields=["number", "job"], name="base_run_by_number"),
        ),
        migrations.AlterField(
            model_name="baserun", name="number", field=models.PositiveBigIntegerField()
        ),
    ]
