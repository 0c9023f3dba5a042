"""The tables for administrators, to look at: only services write them."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from pdfjobs.models import History, IntakeRecord, Job, LogFile, Run


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
