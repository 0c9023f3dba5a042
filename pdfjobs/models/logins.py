"""Who logged in or tried to, and which accounts are the directory's."""

from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

LOGIN_ACTS = ("login", "failed", "held_up", "logout")
"""held_up: too many had failed, so the password was not looked at; one row an address and window."""


class LoginRecord(models.Model):
    """One attempt to come in, or somebody's leaving; what is counted to slow down guessing."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    act = models.CharField(max_length=16)
    account = models.CharField(max_length=150)
    """As it was typed, which may be of no account."""
    folded = models.CharField(max_length=150)
    """The account without regard to case, as directories take it."""
    how = models.CharField(max_length=16, default="password")
    """password or link."""
    address = models.CharField(max_length=45, blank=True, default="")
    network = models.CharField(max_length=45, blank=True, default="")
    """What one household or host has: the address, or the /64 of an IPv6 one."""
    browser = models.CharField(max_length=32, blank=True, default="")
    """Of one that the account had logged in with before."""

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["folded", "at"], name="login_by_account"),
            models.Index(fields=["network", "at"], name="login_by_network"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(act__in=LOGIN_ACTS), name="login_act_known")
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.account}"


class DirectoryAccount(models.Model):
    """Marks an account that the directory made; the diary's own ones cannot be claimed by it."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="directory"
    )
    closed_at = models.DateTimeField(null=True)
    """When the directory did not find the person any more; None: it does, or staff closed the account."""

    def __str__(self) -> str:
        return f"{self.user_id}"
