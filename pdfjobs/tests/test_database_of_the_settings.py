"""[database] in pdfjobs.toml: what Django is told, and what is refused with words."""

from pathlib import Path

import pytest

from pdfjobs import config
from pdfjobs.database import POSTGRESQL, SQLITE

SERVER = '[database]\nengine = "postgresql"\n'


def read(text: str):
    return config.parse(text.encode(), "pdfjobs.toml").database


@pytest.fixture(autouse=True)
def no_password(monkeypatch):
    monkeypatch.delenv("PDFJOBS_DATABASE_PASSWORD", raising=False)


@pytest.fixture
def secret(tmp_path):
    """A password file, closed to others as an editor left it."""
    path = tmp_path / "password"
    path.write_text("pässword with blanks \n")
    path.chmod(0o600)
    return path


def test_without_a_table_the_diary_is_a_file():
    assert read("").for_django(Path("/v/diary.sqlite3")) == {
        **SQLITE,
        "NAME": Path("/v/diary.sqlite3"),
    }


def test_a_server_needs_no_more_than_its_name():
    assert read(SERVER).for_django(Path("/v/diary.sqlite3")) == {
        **POSTGRESQL,
        "NAME": "pdfjobs",
        "HOST": "",
        "PORT": "",
        "USER": "",
        "PASSWORD": "",
    }


def test_everything_said_of_a_server_is_passed_on(secret):
    text = (
        f'{SERVER}name = "d"\nhost = "db.lan"\nport = 5433\nuser = "u"\npassword_file = "{secret}"'
    )

    assert read(text).for_django(Path("/v")) == {
        **POSTGRESQL,
        "NAME": "d",
        "HOST": "db.lan",
        "PORT": "5433",
        "USER": "u",
        "PASSWORD": "pässword with blanks ",
    }


def test_a_password_of_the_environment_wins(secret, monkeypatch):
    monkeypatch.setenv("PDFJOBS_DATABASE_PASSWORD", "other")
    secret.unlink()

    assert read(f'{SERVER}password_file = "{secret}"').password() == "other"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o601, 0o644])
def test_a_password_that_others_may_read_is_refused_with_the_remedy(secret, mode):
    secret.chmod(mode)

    with pytest.raises(config.ConfigError) as refused:
        read(f'{SERVER}password_file = "{secret}"').password()

    assert str(refused.value) == f"{secret}: others may read it; chmod 600 it"


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"caf\xe9")])
def test_a_password_file_that_cannot_be_read_is_named(secret, spoil):
    spoil(secret)

    with pytest.raises(config.ConfigError) as refused:
        read(f'{SERVER}password_file = "{secret}"').password()

    assert str(refused.value).startswith(f"{secret}: database.password_file cannot be read (")
    assert str(refused.value).endswith("mend it, or set PDFJOBS_DATABASE_PASSWORD")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('engine = "mysql"', "database.engine = 'mysql': Input should be 'sqlite' or 'postgresql'"),
        ('name = "x"', 'name: only with engine = "postgresql"'),
        ('engine = "sqlite"\nhost = ""\nport = 1', 'host, port: only with engine = "postgresql"'),
        ('engine = "postgresql"\nport = 0', "database.port = 0: "),
        ('engine = "postgresql"\nport = "5432"', "database.port = '5432': "),
        ('engine = "postgresql"\npassword = "x"', "database.password = 'x': no such key"),
        ('engine = "postgresql"\npassword_file = "p"', "password_file = 'p': Value error, must be"),
        (f'engine = "postgresql"\nname = "{"n" * 64}"', "database.name = "),
    ],
)
def test_what_makes_no_sense_is_refused_with_words(text, words):
    with pytest.raises(config.ConfigError) as refused:
        read(f"[database]\n{text}")

    assert words in str(refused.value)
