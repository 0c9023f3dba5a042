"""What is told of a machine's solvers before the first of them: whether they can be confined there, else why not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workers.launchers import confinement
from workers.tests.launcher_runs import bounds_for_tests


def test_a_machine_without_bubblewrap_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "find_bwrap", lambda: None)

    assert confinement.why_not() == "bubblewrap is not installed (apt-get install bubblewrap)"


def test_a_bubblewrap_that_may_not_confine_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2; exit 1\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr(confinement, "find_bwrap", lambda: str(fake))

    assert confinement.why_not() == (
        "bubblewrap does not work here (bwrap: No permissions to create a new namespace)"
    )


CONTAINER = """
mount -t proc proc "$1" &&
mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys || exit 77
exec "$0" -c 'from workers.launchers import confinement; import sys; sys.exit(confinement.why_not() or 0)'
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to take away the right to write")
def test_a_container_whose_settings_of_the_kernel_are_read_only_confines(tmp_path: Path) -> None:
    """As systemd-nspawn starts its own; bubblewrap's way to forbid user namespaces would write there.

    The kernel gives a sandbox a /proc of its own where a whole one is left anywhere, as nspawn leaves one.
    """
    whole = tmp_path / "whole"
    whole.mkdir()
    bounds_for_tests()
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", CONTAINER, sys.executable, str(whole)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    if done.returncode == 77:
        pytest.skip(f"this machine's root may mount nothing: {done.stderr}")

    assert (done.stderr, done.returncode) == ("", 0)
