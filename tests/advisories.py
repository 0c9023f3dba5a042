"""`python -m tests.advisories`: asks pip-audit whether a pinned package has a known hole.

pip-audit says "No known vulnerabilities found" also of packages that its service does not know or could not be asked for;
here what was not asked is said to be so, and with PDFJOBS_ADVISORIES=required it fails. PDFJOBS_ADVISORIES_URL names a
service of the site's own that speaks OSV's protocol.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

APP = Path(__file__).resolve().parent.parent
FILES = (
    *("requirements.txt", "requirements-dev.txt"),
    *("provision/requirements.txt", "provision/requirements-ldap.txt"),
)
SAID = APP / "build" / "advisories.txt"
"""What `make test` ends with; absent when everything was asked."""
PATIENCE_S = 120


def main(files: tuple[str, ...] = FILES) -> int:
    """1 for a known hole, or for what could not be asked where that is required."""
    answers = _asked(files)
    holes = [
        f"{answer['name']} {answer['version']}: {hole['id']}, mended in {_mended(hole)}"
        for answer in answers
        for hole in answer.get("vulns", [])
    ]
    unasked = sorted(answer["name"] for answer in answers if "skip_reason" in answer)
    for hole in holes:
        sys.stderr.write(f"{hole}\n")
    SAID.parent.mkdir(exist_ok=True)
    SAID.unlink(missing_ok=True)
    if unasked:
        words = (
            f"NOT CHECKED for known holes: {len(unasked)} of {len(answers)} packages,"
            f" since the advisories could not be asked ({', '.join(unasked[:3])} …).\n"
        )
        SAID.write_text(words)
        sys.stderr.write(words)
    required = os.environ.get("PDFJOBS_ADVISORIES") == "required"
    return 1 if holes or (unasked and required) else 0


def _asked(files: tuple[str, ...]) -> list[dict[str, Any]]:
    """What pip-audit says of each package; of none of them anything where its service does not answer."""
    url = os.environ.get("PDFJOBS_ADVISORIES_URL")
    service = ["--vulnerability-service", "osv", "--osv-url", url] if url else []
    named = [word for file in files for word in ("--requirement", str(APP / file))]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        kept = ["--cache-dir", folder, "--progress-spinner", "off", "--timeout", "10"]
        how = ["--no-deps", "--disable-pip", "--format", "json", "--output", str(report)]
        command = [sys.executable, "-m", "pip_audit", *named, *how, *kept, *service]
        try:
            subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            return _unasked(files)
        if not report.exists() or not report.stat().st_size:
            return _unasked(files)
        found: list[dict[str, Any]] = json.loads(report.read_text())["dependencies"]
        return found


def _unasked(files: tuple[str, ...]) -> list[dict[str, Any]]:
    lines = [line for file in files for line in (APP / file).read_text().splitlines()]
    names = [line.partition("==")[0] for line in lines if "==" in line]
    return [{"name": name, "skip_reason": "no answer"} for name in names]


def _mended(hole: dict[str, Any]) -> str:
    return ", ".join(hole.get("fix_versions") or []) or "no version yet"


if __name__ == "__main__":
    sys.exit(main())
