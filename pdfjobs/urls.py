"""Every address of the pages."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path

from pdfjobs.views import entry, health, intake, job, jobs, legacy, logs, series, status

urlpatterns = [
    path("", jobs.job_list, name="job_list"),
    path("jobs/<int:number>/", job.job_page, name="job"),
    path("jobs/<int:number>/live/", job.job_live, name="job_live"),
    path("jobs/<int:number>/series.json", series.series_json, name="series"),
    path("jobs/<int:number>/log/<path:path>", logs.log_tail, name="log_tail"),
    path("jobs/<int:number>/review/", job.review, name="review"),
    path("jobs/<int:number>/stop/", job.stop, name="stop"),
    path("jobs/<int:number>/retry/", job.retry, name="retry"),
    path("jobs/<int:number>/automatic/", job.automatic, name="automatic"),
    path("<int:number>/", legacy.by_number, name="by_number"),
    path("intake/", intake.intake_list, name="intake"),
    path("login/", entry.Login.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
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
