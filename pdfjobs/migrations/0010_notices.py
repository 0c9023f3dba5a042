import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "__first__"),
        ("pdfjobs", "0009_deck_cards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("kind", models.CharField(default="mail", max_length=16)),
                ("url", models.TextField()),
                ("shown", models.CharField(blank=True, default="", max_length=300)),
                ("zone", models.CharField(blank=True, default="", max_length=64)),
                ("digest_hour", models.PositiveSmallIntegerField(null=True)),
                ("digest_at", models.DateTimeField(db_index=True, null=True)),
                ("digest_since", models.DateTimeField(null=True)),
                ("held_until", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("trouble", models.TextField(blank=True, default="")),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="channels",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
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
                        condition=models.Q(("spread_at__isnull", True)),
                        fields=["id"],
                        name="event_not_spread",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("job", "key"), name="event_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ("ended", "failed", "warning", "assigned"))
                        ),
                        name="event_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Follow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "project",
                    models.CharField(blank=True, db_index=True, default="", max_length=200),
                ),
                ("target", models.CharField(default="mine", max_length=220)),
                ("events", models.JSONField(default=list)),
                ("daily", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follows",
                        to="pdfjobs.channel",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follows",
                        to="pdfjobs.job",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follows",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="pdfjobs.savedview",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "target"), name="follow_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.CharField(max_length=16)),
                ("key", models.CharField(max_length=200)),
                ("title", models.TextField()),
                ("text", models.TextField(blank=True, default="")),
                ("state", models.CharField(default="waiting", max_length=16)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("trouble", models.TextField(blank=True, default="")),
                ("bundle", models.CharField(blank=True, default="", max_length=40)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("due_at", models.DateTimeField(db_index=True)),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="pdfjobs.channel",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="pdfjobs.job"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["due_at"],
                        name="notice_that_waits",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "key"), name="notice_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("waiting", "sent", "failed", "dropped"))),
                        name="notice_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "event__in",
                                ("ended", "failed", "warning", "assigned", "digest", "test"),
                            )
                        ),
                        name="notice_event_known",
                    ),
                ],
            },
        ),
    ]
