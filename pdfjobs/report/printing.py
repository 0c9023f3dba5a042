"""Turns a report into a PDF, in a process of its own: `python -m pdfjobs.report.printing < report.html > report.pdf`.

So that a huge report, or a picture made to be one, takes no more time and memory than it is given, and nobody waits
for it but who asked. It fetches nothing: what is not in the document is left out.
"""

import ctypes.util
import logging
import os
import resource
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

from django.utils.translation import gettext as _

TIMEOUT_S = 40
"""Below what uWSGI gives a request."""
WAIT_S = 10
"""For the one before; each web process prints one at a time."""
MEMORY_BYTES = 2 * 2**30
PACKAGES = {
    "libpango-1.0-0": "pango-1.0",
    "libpangoft2-1.0-0": "pangoft2-1.0",
    "libharfbuzz-subset0": "harfbuzz-subset",
}
"""Debian's packages, and the library of each that WeasyPrint loads."""

_turn = threading.BoundedSemaphore(1)


class NotPrintedError(Exception):
    """There is no PDF; the text says why and what would help."""


def missing() -> list[str]:
    """What must be installed before a PDF can be made: Debian's packages, or the Python package."""
    if find_spec("weasyprint") is None:
        return ["weasyprint"]
    return [name for name, library in PACKAGES.items() if not ctypes.util.find_library(library)]


def as_pdf(html: str, *, timeout_s: float = TIMEOUT_S) -> bytes:
    """The PDF of a report; NotPrintedError when it takes too long or cannot be made here."""
    if lacking := missing():
        raise NotPrintedError(
            _("To make PDFs this machine needs: apt install %(packages)s")
            % {"packages": " ".join(lacking)}
        )
    if not _turn.acquire(timeout=WAIT_S):
        raise NotPrintedError(_("Other reports are being printed; try again in a moment."))
    try:
        # sys.executable is uwsgi here.
        python = Path(sys.prefix) / "bin" / "python"
        done = subprocess.run(
            [str(python), "-m", __name__],
            input=html.encode("utf-8", "replace"),
            capture_output=True,
            timeout=timeout_s,
            cwd=Path(__file__).parents[2],
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotPrintedError(
            _("Printing took longer than %(seconds)s s; the HTML file holds the same.")
            % {"seconds": f"{timeout_s:g}"}
        ) from None
    finally:
        _turn.release()
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        logging.getLogger(__name__).warning(
            "a report was not printed: %s", done.stderr.decode("utf-8", "replace")[-2000:]
        )
        raise NotPrintedError(_("This report could not be printed; the HTML file holds the same."))
    return done.stdout


def main() -> None:
    """Reads HTML, writes PDF."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (TIMEOUT_S, TIMEOUT_S))
    from weasyprint import HTML  # type: ignore[import-untyped]
    from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    html = sys.stdin.buffer.read().decode("utf-8")
    nothing_else = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    sys.stdout.buffer.write(HTML(string=html, url_fetcher=nothing_else).write_pdf())


if __name__ == "__main__":
    main()
