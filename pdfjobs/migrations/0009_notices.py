from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pdfjobs", "0008_families")]
    operations = []
