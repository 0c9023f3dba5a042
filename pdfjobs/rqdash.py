"""rq-dashboard as a WSGI application that is safe to stand behind our login.

Version 0.9 forgets the serializer in four places, puts job details, call strings and queue names into its
pages as markup, prints a queue name from the address into a script, and gives the browser no policy. Each
of these is closed here; who may come in, and by which methods, is decided in `pdfjobs.wsgi`.
"""

import html
import json
import re
import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask, Response

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' 'nonce-{nonce}'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""Its templates are compiled in the browser (eval) and styled inline; handlers in markup stay forbidden."""
PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,200}")
"""What a queue, registry or task may be called in an address."""


def make(redis_url: str) -> "Flask":
    """The dashboard; call it after the settings are loaded, since rq reads its key prefix at import."""
    from flask import Flask
    from rq.exceptions import NoSuchJobError
    from rq_dashboard import web

    _speak_json(web)
    app = Flask(
        "rq_dashboard"
    )  # with another name its own /static would shadow the dashboard's files
    app.config["RQ_DASHBOARD_REDIS_URL"] = redis_url
    web.setup_rq_connection(app)  # type: ignore[no-untyped-call]
    app.register_blueprint(web.blueprint)
    app.before_request(_refuse_odd_names)
    app.after_request(_guard)
    for stale in (NoSuchJobError, LookupError, ValueError, ZeroDivisionError):
        app.register_error_handler(stale, _not_there)
    return app


def _speak_json(web: Any) -> None:
    """Gives the serializer to everything that reads a job."""
    import rq
    from rq.job import Job
    from rq.serializers import JSONSerializer

    class JsonWorker:
        """As much of rq's Worker as the dashboard asks for."""

        @staticmethod
        def all(connection: Any = None, **_: Any) -> list[Any]:
            return list(rq.Worker.all(connection=connection, serializer=JSONSerializer))

    class JsonJob:
        """As much of rq's Job as the dashboard asks for."""

        @staticmethod
        def fetch(id: str, connection: Any = None, **_: Any) -> Job:
            return Job.fetch(id, connection=connection, serializer=JSONSerializer)

    def requeue_job(job_id: str, connection: Any, **_: Any) -> Job:
        return rq.requeue_job(job_id, connection=connection, serializer=JSONSerializer)

    web.config.serializer = JSONSerializer
    web.Worker, web.Job, web.requeue_job = JsonWorker, JsonJob, requeue_job


def _not_there(_: Exception) -> tuple[str, int]:
    return "There is no such queue, task or page (any more).", 404


def _refuse_odd_names() -> None:
    """Its job list prints the queue's name into a script, so that name must not be able to end a string."""
    from flask import abort, request

    for name, value in (request.view_args or {}).items():
        if name != "filename" and not PLAIN.fullmatch(str(value)):
            abort(404)


def _guard(response: "Response") -> "Response":
    """Escapes what the pages put in as markup; adds the policy, with a nonce on the page's own scripts."""
    from flask import request

    nonce = secrets.token_urlsafe(16)
    if response.is_json:
        response.set_data(json.dumps(_harmless(request.endpoint, response.get_json())))
    elif response.mimetype == "text/html" and not response.direct_passthrough:
        page = response.get_data(as_text=True)
        response.set_data(page.replace("<script", f'<script nonce="{nonce}"'))
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _harmless(endpoint: str | None, answer: Any) -> Any:
    """The job list alone escapes by itself; a worker's task description is escaped by its template."""
    if endpoint == "rq_dashboard.list_jobs":
        return answer
    if endpoint != "rq_dashboard.list_workers":
        return _escaped(answer)
    workers = []
    for worker in answer["workers"]:
        current, safe = worker["current_job"], _escaped(worker)
        if isinstance(current, dict):
            safe["current_job"]["description"] = current["description"]
        workers.append(safe)
    return {"workers": workers}


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {html.escape(str(key)): _escaped(item) for key, item in value.items()}
    return value
