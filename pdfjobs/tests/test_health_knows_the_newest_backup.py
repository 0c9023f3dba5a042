"""A backup that was not made is noticed where one is expected."""

import os
import time

import pytest
from django.core.management import CommandError, call_command

from pdfjobs import config
from pdfjobs.backups import last
from pdfjobs.config import Instance
from pdfjobs.health.backup import read_backup
from pdfjobs.health.judge_stores import judge_backup

HOUR_S = 3600
TO = '[backup]\nto = "/mnt/backup"\n'


@pytest.fixture
def inst(settings, tmp_path):
    settings.INSTANCE = Instance(tmp_path)
    settings.INSTANCE.secret_key.write_text("a secret")
    return settings.INSTANCE


def aged(path, hours):
    at = time.time() - hours * HOUR_S
    os.utime(path, (at, at))


def problems(settings, text):
    settings.PDFJOBS = config.parse(text.encode(), "pdfjobs.toml")
    return [problem.what for problem in judge_backup(read_backup())]


def test_the_newest_counts(settings, inst):
    last.note(inst, "2026-11-20T02.30.00Z")
    aged(inst.last_backup, 40)
    assert problems(settings, TO) == ["There has been no backup for 1 d 16 h."]

    last.note(inst, "2026-11-22T02.30.00Z")
    assert problems(settings, TO) == []
    assert read_backup().name == "2026-11-22T02.30.00Z"


def test_where_none_was_made_the_age_of_the_instance_counts(settings, inst):
    assert problems(settings, TO) == []

    aged(inst.secret_key, 48)

    assert problems(settings, TO) == ["There has been no backup for 2 d."]
    assert read_backup().age_s is None


@pytest.mark.parametrize(
    "text",
    ["", f"{TO}warn_after_h = 0\n", f"{TO}warn_after_h = 100\n", f"{TO}[diary]\nstaging = true\n"],
    ids=["a trial without backups", "never", "a longer time", "a staging mirror"],
)
def test_where_none_is_expected_nothing_is_said(settings, inst, text):
    aged(inst.secret_key, 48)

    assert problems(settings, text) == []


def test_a_host_of_a_department_is_expected_to_have_one(settings, inst):
    aged(inst.secret_key, 48)

    assert problems(settings, "production = true\n") == ["There has been no backup for 2 d."]


def test_a_try_that_failed_is_told_in_its_words_until_one_succeeds(settings, inst, tmp_path):
    text = f'{TO}key_file = "{tmp_path / "key"}"\n'
    settings.PDFJOBS = config.parse(text.encode(), "pdfjobs.toml")

    with pytest.raises(CommandError) as refused:
        call_command("backup")

    why = str(refused.value).rstrip(".")
    assert str(tmp_path / "key") in why
    assert problems(settings, text) == [f"The newest try to make a backup failed: {why}."]

    last.note(inst, "2026-11-22T02.30.00Z")

    assert problems(settings, text) == []


def test_a_try_that_failed_elsewhere_is_no_word_for_those_of_the_clock(settings, inst, tmp_path):
    settings.PDFJOBS = config.parse(TO.encode(), "pdfjobs.toml")

    with pytest.raises(CommandError):
        call_command("backup", place=str(tmp_path / "usb"), key_file=tmp_path / "key")

    assert problems(settings, TO) == []
