"""On the host as the other tests made it: the inventory names a directory, and its people log in through nginx."""

import json
import tomllib
from pathlib import Path

import pytest

from tests import slapd

PASSWORD = "a right one"
CERTIFICATE = "etc/pdfjobs/directory.pem"


@pytest.fixture(scope="module")
def department(host, play):
    """The host asks a directory of this machine, whose network it shares; afterwards none."""
    with slapd.running() as directory:
        lena = directory.person("lena", PASSWORD)
        for group in ("diary", "works"):
            directory.group(group, lena)
        (host.root / CERTIFICATE).write_bytes(directory.certificate.read_bytes())
        table = tomllib.loads(directory.toml(works="member"))["ldap"]
        more = {"ldap": {**table, "ca_file": str(Path("/") / CERTIFICATE)}}

        recap = play("site-ldap", "site.yml", "--extra-vars", json.dumps({"settings_more": more}))

        assert (recap["failed"], recap["unreachable"]) == (0, 0)
        yield directory
    play("site-without-ldap", "site.yml")


def test_a_person_of_the_directory_comes_in_with_the_roles_of_the_groups(host, browser, department):
    url = f"https://localhost:{host.ports['HTTPS']}"
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()

    page.goto(f"{url}/")
    page.fill("input[name=username]", "lena")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{url}/")

    assert "None is in your projects yet: P1." in page.locator("#job-table").inner_text()
    context.close()


def test_no_unit_has_failed_by_it(host, department):
    assert host.say("systemctl", "--failed", "--plain", "--no-legend") == ""
