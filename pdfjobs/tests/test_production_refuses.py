"""production = true: what is not fit for it does not start, and says why in words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pdfjobs import config, production

APP = Path(__file__).resolve().parent.parent.parent
SECRET = "a-long-word-of-fifty-letters-that-nobody-else-knows-0815"
GOOD = 'production = true\n[web]\naddress = "https://diary.example.com"\n'
NETWORK = f'{GOOD}[database]\nengine = "postgresql"\nhost = "db.example.com"\n'


@pytest.fixture
def inst(tmp_path, monkeypatch):
    for name in ("REDIS_URL", "PDFJOBS_DATABASE_PASSWORD", "PDFJOBS_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    tmp_path.chmod(0o750)
    found = config.Instance(tmp_path)
    for path in (found.database, found.secret_key):
        path.touch(mode=0o600)
    return found


def refused(inst, text=GOOD, secret=SECRET):
    """The faults that are said; none when it starts."""
    try:
        production.check(config.parse(text.encode(), "pdfjobs.toml"), inst, secret)
    except config.ConfigError as error:
        head, *faults = str(error).splitlines()
        assert head == "production = true, and so this does not start:"
        return [fault.strip() for fault in faults]
    return []


def test_what_is_closed_starts(inst):
    assert refused(inst) == []


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("", True),
        ("[web]\nport = 9000\n", True),
        ("[web]\nopen_to_all = false\n", False),
        ("production = false\n", True),
        ("production = true\n", False),
        (GOOD, False),
        (f"{GOOD}open_to_all = true\n", True),
        (f"{GOOD}open_to_all = false\n", False),
    ],
)
def test_in_production_nobody_sees_all_jobs_unless_it_is_set(text, is_open):
    assert config.parse(text.encode(), "pdfjobs.toml").web.open_to_all is is_open


@pytest.mark.parametrize("web", ['"x"', "[1]"])
def test_in_production_a_web_that_is_no_table_is_refused_by_its_name(web):
    with pytest.raises(config.ConfigError, match="web = "):
        config.parse(f"production = true\nweb = {web}\n".encode(), "pdfjobs.toml")


def test_debug_is_refused(inst):
    assert refused(inst, f"debug = true\n{GOOD}") == [
        "debug = true: a fault's page would show settings and data to anybody; take it out"
    ]


@pytest.mark.parametrize("address", ["", "http://diary.example.com"])
def test_an_address_without_tls_is_refused(inst, address):
    assert refused(inst, f'production = true\n[web]\naddress = "{address}"\n') == [
        f"web.address = '{address}': must be the https address that people use,"
        ' such as "https://diary.example.com"'
    ]


def test_a_default_secret_is_refused(inst):
    assert refused(inst, secret="django-insecure-" + SECRET) == [
        f"{inst.secret_key}: a default that anybody knows; delete it, and a new one is made"
    ]


@pytest.mark.parametrize("secret", ["", "short", "abcd" * 20])
def test_a_secret_that_can_be_guessed_is_refused(inst, secret):
    assert refused(inst, secret=secret) == [
        f"{inst.secret_key}: can be guessed; delete it, and a new one is made"
    ]


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o606])
def test_a_secret_that_others_may_read_is_refused(inst, mode):
    inst.secret_key.chmod(mode)

    assert refused(inst) == [f"{inst.secret_key}: others may read it; chmod 600 it"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a file away")
def test_a_secret_of_another_account_is_refused(inst):
    os.chown(inst.secret_key, 65534, -1)

    assert refused(inst) == [
        f"{inst.secret_key}: belongs to another account, which may read and change it; chown it"
    ]


def test_a_folder_where_anybody_may_put_a_secret_is_refused(inst):
    inst.var.chmod(0o777)

    assert refused(inst) == [f"{inst.var}: anybody may put another secret key there; chmod o-w it"]


def test_an_instance_without_a_folder_is_refused(inst):
    nowhere = config.Instance(inst.var / "nowhere")

    assert refused(nowhere) == [
        f"{nowhere.var}: not there, so no secret key is; make the folder, or set PDFJOBS_VAR"
    ]


def test_a_metrics_token_that_others_may_read_is_refused(inst):
    token = inst.var / "metrics.token"
    token.touch(mode=0o644)

    assert refused(inst) == [f"{token}: others may read it; chmod 600 it"]


def test_a_mail_password_that_others_may_read_is_refused_before_the_first_mail(inst):
    path = inst.var / "mail"
    path.touch(mode=0o644)

    assert refused(inst, f'{GOOD}[mail]\npassword_file = "{path}"\n') == [
        f"{path}: others may read it; chmod 600 it"
    ]


@pytest.mark.parametrize("name", ["key_file", "s3_secret_file"])
def test_a_secret_of_the_backup_that_others_may_read_is_refused_and_one_to_come_is_not(inst, name):
    path = inst.var / "secret"
    text = f'{GOOD}[backup]\n{name} = "{path}"\n'
    assert refused(inst, text) == []

    path.touch(mode=0o640)

    assert refused(inst, text) == [f"{path}: others may read it; chmod 600 it"]


def test_a_password_file_that_is_not_there_is_refused(inst):
    path = inst.var / "mail"

    assert refused(inst, f'{GOOD}[mail]\npassword_file = "{path}"\n') == [
        f"{path}: mail.password_file names it, and it is not there"
    ]


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_a_database_file_that_others_may_read_is_refused(inst, suffix):
    file = inst.database.with_name(inst.database.name + suffix)
    file.touch()
    file.chmod(0o644)

    assert refused(inst) == [f"{file}: others may read it; chmod 600 it"]


def test_a_database_server_on_the_network_without_a_password_is_refused(inst):
    assert refused(inst, NETWORK) == [
        "database.host = 'db.example.com': a server on the network that asks for no password;"
        " set database.password_file, or PDFJOBS_DATABASE_PASSWORD"
    ]


def test_a_database_server_with_a_password_or_by_its_socket_starts(inst, monkeypatch):
    by_socket = NETWORK.replace("db.example.com", "/run/postgresql")
    assert refused(inst, by_socket) == []

    monkeypatch.setenv("PDFJOBS_DATABASE_PASSWORD", "x")
    assert refused(inst, NETWORK) == []


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "rediss://queue.example.com"])
def test_a_queue_server_without_a_password_is_refused(inst, monkeypatch, url):
    host = "127.0.0.1" if "127" in url else "queue.example.com"
    monkeypatch.setenv("REDIS_URL", url)

    assert refused(inst) == [
        f"REDIS_URL: the queue server on {host} asks for no password, and whoever reaches it says"
        " what workers run; set requirepass there and redis://:PASSWORD@… here"
    ]


def test_a_queues_socket_that_anybody_may_write_to_is_refused(inst, monkeypatch):
    path = inst.var / "redis.sock"
    path.touch()
    path.chmod(0o777)
    monkeypatch.setenv("REDIS_URL", f"unix://{path}")

    assert refused(inst) == [
        f"{path}: anybody on this machine may write to the queue; unixsocketperm 770, or a password"
    ]


def test_a_queue_address_that_is_none_is_refused(inst, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "http://127.0.0.1")

    (fault,) = refused(inst)

    assert fault.startswith("REDIS_URL: Redis URL must specify one of the following schemes")


@pytest.mark.parametrize("url", ["redis://:pw@127.0.0.1/0", "unix://:pw@{var}/redis.sock?db=0"])
def test_a_queue_server_with_a_password_starts(inst, monkeypatch, url):
    path = inst.var / "redis.sock"
    path.touch()
    path.chmod(0o777)
    monkeypatch.setenv("REDIS_URL", url.format(var=inst.var))

    assert refused(inst) == []


def test_a_directory_that_is_asked_in_the_clear_is_refused(inst):
    ldap = f'{GOOD}[ldap]\nurl = "ldap://ldap.example.com"\npeople = "dc=example,dc=com"\n'

    assert refused(inst, ldap) == [
        "ldap.url = 'ldap://ldap.example.com': passwords would cross the network as they are typed;"
        " ldaps://, or ldap.start_tls = true"
    ]
    assert refused(inst, f"{ldap}start_tls = true\n") == []


def test_everything_that_is_wrong_is_said_at_once(inst):
    inst.secret_key.chmod(0o644)

    assert len(refused(inst, "production = true\ndebug = true\n", secret="x")) == 4


def manage(inst, *words):
    environment = {**os.environ, "PDFJOBS_VAR": str(inst.var)}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=APP, env=environment, capture_output=True, text=True, timeout=9
    )


def test_nothing_starts_on_refused_settings(inst):
    (inst.var / "pdfjobs.toml").write_text(f"debug = true\n{GOOD}")
    inst.secret_key.write_text(SECRET)

    done = manage(inst, "check")

    assert (done.returncode, done.stdout) == (2, "")
    assert "debug = true: a fault's page would show" in done.stderr
    assert "Traceback" not in done.stderr


def test_djangos_own_check_of_a_deployment_finds_nothing(inst):
    (inst.var / "pdfjobs.toml").write_text(GOOD)
    inst.secret_key.unlink()

    done = manage(inst, "check", "--deploy", "--fail-level", "INFO")

    assert (done.returncode, done.stdout) == (
        0,
        "System check identified no issues (2 silenced).\n",
    ), done.stderr
    assert inst.secret_key.stat().st_mode & 0o777 == 0o600


def test_without_the_word_it_starts_as_ever(inst):
    (inst.var / "pdfjobs.toml").write_text("debug = true\n")
    inst.secret_key.unlink()

    assert manage(inst, "check").returncode == 0
