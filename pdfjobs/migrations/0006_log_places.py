from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pdfjobs", "0005_listing")]
    operations = []
