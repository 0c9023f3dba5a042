import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pdfjobs", "0007_reviews"),
    ]

    operations = [
        migrations.CreateModel(
            name="SeriesLevel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("level", models.PositiveSmallIntegerField()),
                ("start", models.PositiveBigIntegerField()),
                ("x_min", models.FloatField()),
                ("x_max", models.FloatField()),
                ("data", models.BinaryField()),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="levels",
                        to="pdfjobs.logfile",
                    ),
                ),
            ],
            options={
                "unique_together": {("file", "name", "level", "start")},
            },
        ),
    ]
