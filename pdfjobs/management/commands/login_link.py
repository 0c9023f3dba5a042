"""`manage.py login_link [USER]`: a fresh one-time login link."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from pdfjobs.loginlink import login_path


class Command(BaseCommand):
    """Prints the path of a link that logs an account in, once."""

    help = "prints the path of a link that logs an account in once, within the hour"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", nargs="?", help="account name; the first superuser without it")

    def handle(self, *_: Any, **options: Any) -> None:
        users = User.objects.filter(is_active=True).order_by("pk")
        name = options["user"]
        user = (
            users.filter(username=name).first() if name else users.filter(is_superuser=True).first()
        )
        if user is None:
            raise CommandError(
                f"no active account {name}" if name else "no superuser yet; start the service once"
            )
        self.stdout.write(login_path(user))
