"""The tables for administrators: to look at, since only services write them, but for accounts and groups."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest

from pdfjobs.models import History, IntakeRecord, Job, LogFile, Run
from pdfjobs.services import audit

admin.site.unregister([User, Group])


class Told(admin.ModelAdmin):  # type: ignore[type-arg]
    """What is changed here goes to the audit log, too."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        return _told(super().log_addition(request, obj, message))

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        return _told(super().log_change(request, obj, message))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        found = super().log_deletions(request, queryset)
        for entry in found if isinstance(found, list) else [found]:
            _told(entry)
        return found


@admin.register(User)
class Accounts(Told, UserAdmin):  # type: ignore[type-arg]
    """An account is closed (not "active"), never deleted: what it did would lose its name."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Group)
class Groups(Told, GroupAdmin):
    """Django's own groups."""


def _told(entry: LogEntry) -> LogEntry:
    audit.tell(entry)
    return entry


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shows rows and lets nobody change them."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ("number", "name", "solver", "status", "owner", "project", "updated_at")
    list_filter = ("status", "solver")
    search_fields = ("number", "name", "title")


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ("job", "ordinal", "root", "folder", "stem", "progress", "finished")
    list_select_related = ("job",)


@admin.register(LogFile)
class LogFileAdmin(ReadOnly):
    list_display = ("run", "path", "parser", "generation", "offset", "size")
    list_select_related = ("run",)


@admin.register(History)
class HistoryAdmin(ReadOnly):
    list_display = ("at", "job", "actor", "field", "before", "after")
    list_select_related = ("job",)


@admin.register(IntakeRecord)
class IntakeAdmin(ReadOnly):
    list_display = ("seen_at", "name", "state", "reason", "number")
    list_filter = ("state",)
