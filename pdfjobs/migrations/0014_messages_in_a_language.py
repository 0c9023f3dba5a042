"""Each way to a person keeps the language in which the person reads."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pdfjobs", "0013_days_of_blocks")]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="language",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
    ]
