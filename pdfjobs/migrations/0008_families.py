from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pdfjobs", "0007_series_levels")]
    operations = []
