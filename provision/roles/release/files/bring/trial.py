"""Tries a release's pages, watcher and workers before anybody needs them; runs in its Python, as the service's account.

trial.py RELEASE load      they can be loaded
trial.py RELEASE pages     and pages can be made of what is in the database now
"""

import io
import os
import sys
from importlib import import_module
from wsgiref.util import setup_testing_defaults

sys.path.insert(0, sys.argv[1])
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pdfjobs.settings")
PAGES = ("/readyz", "/login/")


def ask(path: str) -> str:
    from django.conf import settings

    environ = {"PATH_INFO": path, "HTTP_HOST": settings.ALLOWED_HOSTS[0], "REMOTE_ADDR": ""}
    environ |= {"wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(), "HTTPS": "on"}
    setup_testing_defaults(environ)
    statuses: list[str] = []
    pages = import_module("pdfjobs.wsgi").application
    body = pages(environ, lambda status, *_: statuses.append(status))
    b"".join(body)
    return statuses[-1]


for module in ("pdfjobs.wsgi", "watcher.__main__", "workers.__main__", "workers.tasks"):
    import_module(module)
if sys.argv[2] == "pages":
    for page in PAGES:
        if not (status := ask(page)).startswith("200"):
            sys.exit(f"{page} answers {status}")
