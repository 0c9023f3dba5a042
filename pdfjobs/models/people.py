"""Who may see what, and what people keep for themselves."""

from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

ROLES = ("viewer", "member", "manager")
"""Of a person in a project, each with all that the one before it may do."""


class Project(models.Model):
    """A project that has members; its name is that of its jobs' `project`."""

    name = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """What a person may do in a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, default="member")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "project"], name="member_once"),
            models.CheckConstraint(condition=Q(role__in=ROLES), name="member_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.project_id}"


class Token(models.Model):
    """A person's key to the API; only its fingerprint is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    """What it is for, in the person's words."""
    sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    """To the hour or so."""
    expires_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"


class SavedView(models.Model):
    """A search and filters of the job list under a name; its link works for everybody."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="views")
    name = models.CharField(max_length=100)
    query = models.TextField()
    """The address after the question mark."""
    shared = models.BooleanField(default=False)
    """Shown to everybody beside their own ones."""

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_once")
        ]

    def __str__(self) -> str:
        return self.name
