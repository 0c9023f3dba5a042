"""Django's settings, from the instance's folder and its pdfjobs.toml."""

import os
from pathlib import Path
from typing import Any

from django.conf import global_settings
from django.core.management.utils import get_random_secret_key

from pdfjobs import config, languages, production
from pdfjobs.directory import adapter

INSTANCE = config.instance()
PDFJOBS = config.load(INSTANCE)

# rq reads its key prefix once, when it is first imported.
os.environ["RQ_KEY_PREFIX"] = INSTANCE.queue_prefix

BASE_DIR = Path(__file__).resolve().parent.parent


def _secret_key() -> str:
    path = INSTANCE.secret_key
    try:
        if path.stat().st_mode & 0o077:
            raise config.ConfigError(f"{path}: others may read it; chmod 600 it")
        return path.read_text()
    except FileNotFoundError:
        pass
    if not path.parent.is_dir():
        return get_random_secret_key()  # no instance there, so nothing to sign
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        temporary.touch(mode=0o600, exist_ok=False)
        temporary.write_text(get_random_secret_key())
    except OSError as error:
        raise config.ConfigError(
            f"{path}: there is none, and none can be made: {error.strerror}."
            f" Is the disk of {path.parent} mounted, and may this account write there?"
        ) from error
    try:
        os.link(temporary, path)  # the first of two starters wins
    except FileExistsError:
        pass
    temporary.unlink()
    return path.read_text()


SECRET_KEY = _secret_key()
DEBUG = PDFJOBS.debug
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", PDFJOBS.web.host, *PDFJOBS.web.allowed_hosts]
if PDFJOBS.production:
    production.check(PDFJOBS, INSTANCE, SECRET_KEY)
    ALLOWED_HOSTS.append(production.host_of(PDFJOBS.web.address))
    globals().update(production.django_settings(PDFJOBS))

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_rq",
    "pdfjobs",
    "workers",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pdfjobs.known.people",
    "pdfjobs.bodylimit.body_limit",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pdfjobs.middleware.content_security",
]
ROOT_URLCONF = "pdfjobs.urls"
WSGI_APPLICATION = "pdfjobs.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pdfjobs.context.service",
            ]
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"environment": "pdfjobs.manyrows.environment"},
    },
]

DATABASES = {"default": PDFJOBS.database.for_django(INSTANCE.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
if PDFJOBS.ldap.url:
    globals().update(adapter.for_django(PDFJOBS.ldap))
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "job_list"
LOGOUT_REDIRECT_URL = "login"
# Cookies are per host, not per port: two instances on one machine must not log each other out.
SESSION_COOKIE_NAME = f"pdfjobs_{INSTANCE.queue_prefix.rpartition(':')[2]}"
CSRF_COOKIE_NAME = f"{SESSION_COOKIE_NAME}_csrf"
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

QUEUES = ("arrivals", "intake", "ingest", "backlog", "solve", "upkeep", "notices")
"""What each queue holds: decks to show as arriving, decks to take in, logs that changed, logs of an import or to be
read once more, runs on this machine, the diary's own upkeep, and messages to people."""

_queue: dict[str, object] = {
    "URL": INSTANCE.redis_url,
    "SERIALIZER": "rq.serializers.JSONSerializer",
    "DEFAULT_TIMEOUT": 3600,
}
RQ_QUEUES = dict.fromkeys(QUEUES, _queue)

# The browser chooses among these; docs/translate.md says how one comes in.
LOCALE_PATHS = [INSTANCE.var / "locale", BASE_DIR / "pdfjobs" / "locale"]
LANGUAGES = languages.offered(LOCALE_PATHS)
LANGUAGE_CODE = languages.of_the_site(PDFJOBS.language, LANGUAGES)
TIME_ZONE = config.time_zone()
USE_TZ = True
# Beside the hot folder, so that an upload gets there by a link and not by a copy.
FILE_UPLOAD_TEMP_DIR = INSTANCE.uploads if INSTANCE.uploads.is_dir() else None
STATIC_URL = "static/"
STATIC_ROOT = INSTANCE.static
# A release that is brought to a host has them in this folder of its own, called by their contents: a browser may keep
# them for ever, and never has one of another release.
if released := os.environ.get("PDFJOBS_STATIC"):
    STATIC_ROOT = BASE_DIR / released
    HASHED = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    STORAGES = {**global_settings.STORAGES, "staticfiles": {"BACKEND": HASHED}}
STATICFILES_DIRS = [
    ("uplot", BASE_DIR / "pdfjobs" / "assets" / "node_modules" / "uplot" / "dist"),
]
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "rq": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
# A file of its own for a collector of logs; to stderr, and so to the journal, its lines go anyway.
if INSTANCE.logs.is_dir():
    LOGGING["formatters"]["audit"] = {
        "format": "%(asctime)s.%(msecs)03dZ pdfjobs[%(process)d]: %(message)s",
        "datefmt": "%Y-%m-%dT%H:%M:%S",
        "()": "pdfjobs.auditlog.Formatter",
    }
    LOGGING["handlers"]["audit"] = {
        "class": "pdfjobs.auditlog.File",
        "filename": INSTANCE.logs / "audit.log",
        "formatter": "audit",
        "delay": True,
    }
    LOGGING["loggers"]["pdfjobs.auditlog"] = {"handlers": ["audit"]}
