from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pdfjobs", "0006_log_places")]
    operations = []
