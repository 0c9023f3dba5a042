"""Every address of the pages."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import path, register_converter

from pdfjobs.api import v1 as api
from pdfjobs.pathinside import PathInside
from pdfjobs.views import attachments as attachment_views
from pdfjobs.views import (
    audit,
    bulk,
    difference,
    downloads,
    entry,
    export,
    family,
    files,
    health,
    help,
    intake,
    job,
    jobs,
    legacy,
    logs,
    notifications,
    projects,
    savedviews,
    series,
    status,
    tokens,
    upload,
)
from pdfjobs.views import compare as compare_views
from pdfjobs.views import history as history_views
from pdfjobs.views import report as report_views
from pdfjobs.views import review as review_views

register_converter(PathInside, "inside")

urlpatterns = [
    path("", jobs.job_list, name="job_list"),
    path("jobs/bulk/", bulk.edit, name="bulk"),
    path("jobs/bulk/undo/", bulk.undo, name="bulk_undo"),
    path("jobs/filters/", jobs.filters, name="list_filters"),
    path("jobs/shape/", jobs.shape, name="list_shape"),
    path("jobs/export.csv", export.as_csv, name="export_csv"),
    path("jobs/export.xlsx", export.as_xlsx, name="export_xlsx"),
    path("views/", savedviews.views, name="saved_views"),
    path("views/<int:pk>/delete/", savedviews.delete, name="saved_view_delete"),
    path("jobs/<int:number>/", job.job_page, name="job"),
    path("jobs/<int:number>/family/", family.family_page, name="family"),
    path("jobs/<int:number>/difference/", difference.difference, name="difference"),
    path("jobs/<int:number>/run-again/", difference.run_again, name="run_again"),
    path("jobs/<int:number>/run-again/new/", difference.newly_run, name="newly_run"),
    path("jobs/<int:number>/live/", job.job_live, name="job_live"),
    path("jobs/<int:number>/series.json", series.series_json, name="series"),
    path("jobs/<int:number>/series.csv", series.series_csv, name="series_csv"),
    path("compare/", compare_views.compare, name="compare"),
    path("jobs/<int:number>/rows/<inside:path>", logs.log_rows, name="log_rows"),
    path("jobs/<int:number>/files/", files.file_list, name="files"),
    path("jobs/<int:number>/files/<inside:path>", files.file_page, name="file"),
    path("jobs/<int:number>/raw/<inside:path>", downloads.raw, name="file_raw"),
    path("jobs/<int:number>/files.zip", downloads.archive, name="files_zip"),
    path("jobs/<int:number>/deck/", files.deck_page, name="deck"),
    path("jobs/<int:number>/review/", job.review, name="review"),
    path("jobs/<int:number>/preview/", review_views.preview, name="preview"),
    path("jobs/<int:number>/attachments/", attachment_views.add, name="attach"),
    path("jobs/<int:number>/attachments/list/", attachment_views.listed, name="attachments"),
    path(
        "jobs/<int:number>/attachments/<int:attachment_id>/",
        attachment_views.attachment,
        name="attachment",
    ),
    path(
        "jobs/<int:number>/attachments/<int:attachment_id>/remove/",
        attachment_views.remove,
        name="detach",
    ),
    path("jobs/<int:number>/history/", history_views.history_page, name="history"),
    path("jobs/<int:number>/history/<int:row>/undo/", history_views.undo, name="undo"),
    path("jobs/<int:number>/report/", report_views.report, name="report"),
    path("jobs/<int:number>/report.html", report_views.report_html, name="report_html"),
    path("jobs/<int:number>/report.pdf", report_views.report_pdf, name="report_pdf"),
    path("tags/", review_views.tag_words, name="tag_words"),
    path("jobs/<int:number>/stop/", job.stop, name="stop"),
    path("jobs/<int:number>/retry/", job.retry, name="retry"),
    path("jobs/<int:number>/automatic/", job.automatic, name="automatic"),
    path("<int:number>/", legacy.by_number, name="by_number"),
    path("intake/", intake.intake_list, name="intake"),
    path("upload/", upload.upload, name="upload"),
    path("projects/", projects.project_list, name="projects"),
    path("projects/<int:pk>/", projects.project, name="project"),
    path("projects/<int:pk>/members/", projects.put_member, name="member_put"),
    path("projects/<int:pk>/members/remove/", projects.drop_member, name="member_drop"),
    path("projects/<int:pk>/remove/", projects.remove, name="project_remove"),
    path("account/tokens/", tokens.token_list, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", tokens.revoke, name="token_revoke"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/channels/", notifications.add_channel, name="channel_add"),
    path("notifications/channels/<int:pk>/", notifications.change_channel, name="channel_change"),
    path(
        "notifications/channels/<int:pk>/remove/",
        notifications.remove_channel,
        name="channel_remove",
    ),
    path("notifications/channels/<int:pk>/test/", notifications.test_channel, name="channel_test"),
    path("notifications/follow/", notifications.follow, name="follow"),
    path("notifications/follows/<int:pk>/", notifications.change_follow, name="follow_change"),
    path("notifications/follows/<int:pk>/remove/", notifications.unfollow, name="unfollow"),
    path("help/", help.help_page, name="help"),
    path("audit/", audit.audit, name="audit"),
    path("api/v1/", api.urls()),
    path("login/", entry.Login.as_view(), name="login"),
    path("logout/", entry.Logout.as_view(), name="logout"),
    path("password/", entry.Password.as_view(), name="password_change"),
    path("enter/<str:token>", entry.enter, name="enter"),
    path("admin/login/", login_not_required(entry.admin_login)),
    path("admin/", admin.site.urls),
    path("status/", status.status, name="status"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]

handler404 = "pdfjobs.views.entry.not_found"
