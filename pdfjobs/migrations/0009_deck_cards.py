import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pdfjobs", "0008_series_levels"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeckCards",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reader_version", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
                ("made_at", models.DateTimeField(auto_now=True)),
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cards",
                        to="pdfjobs.job",
                    ),
                ),
            ],
        ),
    ]
