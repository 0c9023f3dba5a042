import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pdfjobs", "0003_room_for_updates"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="cause",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddField(
            model_name="job",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="job",
            name="family",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="job",
            name="reviewer",
            field=models.CharField(blank=True, default="", max_length=150),
        ),
        migrations.AddField(
            model_name="job",
            name="warned",
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["status", "number", "result_assessment"], name="job_by_status"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["solver", "number", "result_assessment"], name="job_by_solver"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["owner", "number", "result_assessment"], name="job_by_owner"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["project", "number", "result_assessment"], name="job_by_project"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["submitted_at", "number", "result_assessment"], name="job_by_submitted_at"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["ended_at", "number", "result_assessment"], name="job_by_ended_at"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["family", "number", "result_assessment"], name="job_by_family"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["number", "result_assessment", "status"], name="job_by_number"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                django.db.models.functions.text.Left("name", 100),
                models.F("number"),
                models.F("result_assessment"),
                name="job_by_name",
            ),
        ),
    ]
