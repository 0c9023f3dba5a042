import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("pdfjobs", "0008_families")]
    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("key", models.CharField(max_length=200)),
                ("facts", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("spread_at", models.DateTimeField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="pdfjobs.job",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(spread_at__isnull=True), fields=["id"], name="event_not_spread"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("job", "key"), name="event_once"),
                    models.CheckConstraint(
                        condition=Q(kind__in=("ended", "failed", "warning", "assigned")),
                        name="event_kind_known",
                    ),
                ],
            },
        ),
        *(
            migrations.AlterModelOptions(name=model, options={"ordering": ordering})
            for model, ordering in (("channel", ["id"]), ("follow", ["id"]), ("notice", ["-id"]))
        ),
        migrations.RemoveConstraint(model_name="notice", name="notice_state_known"),
        migrations.RemoveConstraint(model_name="notice", name="notice_event_known"),
        *(
            migrations.AddField(model_name="channel", name=name, field=field)
            for name, field in (
                ("digest_at", models.DateTimeField(db_index=True, null=True)),
                ("digest_hour", models.PositiveSmallIntegerField(null=True)),
                ("digest_since", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("held_until", models.DateTimeField(null=True)),
                ("kind", models.CharField(default="mail", max_length=16)),
                ("shown", models.CharField(blank=True, default="", max_length=300)),
                ("trouble", models.TextField(blank=True, default="")),
                ("zone", models.CharField(blank=True, default="", max_length=64)),
            )
        ),
        *(
            migrations.AddField(
                model_name=model,
                name="made_at",
                field=models.DateTimeField(auto_now_add=True, default=django.utils.timezone.now),
                preserve_default=False,
            )
            for model in ("channel", "follow")
        ),
        migrations.AddField(
            model_name="follow",
            name="target",
            field=models.CharField(default="mine", max_length=220),
        ),
        migrations.AddField(
            model_name="notice",
            name="bundle",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AlterField(
            model_name="follow",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="follows",
                to="pdfjobs.channel",
            ),
        ),
        migrations.AlterField(
            model_name="follow",
            name="project",
            field=models.CharField(blank=True, db_index=True, default="", max_length=200),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=Q(state="waiting"), fields=["due_at"], name="notice_that_waits"
            ),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.UniqueConstraint(fields=("channel", "target"), name="follow_once"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=Q(state__in=("waiting", "sent", "failed", "dropped")),
                name="notice_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=Q(event__in=("ended", "failed", "warning", "assigned", "digest", "test")),
                name="notice_event_known",
            ),
        ),
    ]
