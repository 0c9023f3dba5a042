"""Messages on their way, to a real mail server and a real web hook: down, refusing, slow, killed between."""

import os
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from pdfjobs import config
from pdfjobs.models import Channel, Member, Notice, Project
from pdfjobs.notify import carriers, guard
from pdfjobs.outgoing import Mail, Notify
from pdfjobs.services import channels, notices, outbox, status
from pdfjobs.services.errors import RefusedError
from pdfjobs.tests.notice_rows import end_run, make_channel, make_person, make_running
from tests.mailserver import Hook, MailServer
from workers import tasks

pytestmark = [
    pytest.mark.django_db,
    # Apprise loads a module of the standard library that Python 3.13 has no more.
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated"),
]


@pytest.fixture
def mail():
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def hook():
    server = Hook()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def site(settings, mail, monkeypatch):
    """The site's settings; nothing goes to a queue, tests call the task."""
    monkeypatch.setattr(notices, "ask_for_delivery", lambda: None)
    web = settings.PDFJOBS.web.model_copy(update={"address": "https://diary.example.com"})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(
        update={
            "mail": Mail(host="127.0.0.1", port=mail.port, sender="pdfjobs@example.com"),
            "notify": Notify(inside=["127.0.0.0/8"]),
            "web": web,
        }
    )
    return settings


@pytest.fixture
def mara():
    return make_person()


def fail(number=1000001, **values):
    job = make_running(number, **values)
    end_run(job, cause="no convergence", cause_text="too many cutbacks")
    status.change_status(job.pk, "error", reason="too many cutbacks", source="file")
    return job


def states():
    return list(Notice.objects.order_by("pk").values_list("state", flat=True))


def let_time_pass():
    """Over the longest hold, and over a claim that nobody came back from."""
    Channel.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    Notice.objects.filter(state="waiting").update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_failure_arrives_as_a_mail_with_a_link(mail, mara):
    make_channel(mara)
    fail()

    tasks.deliver()
    tasks.deliver()

    (sent,) = mail.mails
    assert sent["Subject"] == "Failed: 1000001 deck1000001.inp: no convergence"
    assert (sent["From"], sent["To"]) == ("pdfjobs@example.com", "mara@example.com")
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Message-ID"].endswith("@diary.example.com>")
    assert "https://diary.example.com/jobs/1000001/" in sent.get_content()
    assert states() == ["sent"]


def test_nothing_is_lost_while_the_mail_server_is_away(mail, mara):
    channel = make_channel(mara)
    mail.stop()
    fail()
    tasks.deliver()
    channel.refresh_from_db()
    assert states() == ["waiting"] and "refused" in channel.trouble
    assert channel.held_until > timezone.now()

    tasks.deliver()  # held: it is not even tried
    assert Notice.objects.get().tries == 1

    mail.start()
    let_time_pass()
    tasks.deliver()

    channel.refresh_from_db()
    assert len(mail.mails) == 1 and states() == ["sent"]
    assert (channel.trouble, channel.failures, channel.held_until) == ("", 0, None)


def test_a_mail_server_that_is_away_is_asked_once_for_all_people(mail, mara):
    mail.stop()
    for name in ("mara", "jens", "ute"):
        make_channel(mara if name == "mara" else make_person(name), address=f"{name}@example.com")
    for number, name in enumerate(("mara", "jens", "ute"), 1000001):
        fail(number, owner=name)

    tasks.deliver()

    assert sorted(Notice.objects.values_list("tries", flat=True)) == [0, 0, 1]
    assert all(Channel.objects.values_list("held_until", flat=True))


def test_when_the_mail_server_is_back_all_who_were_held_get_theirs(mail, mara):
    test_a_mail_server_that_is_away_is_asked_once_for_all_people(mail, mara)
    mail.start()
    Channel.objects.filter(user=mara).update(held_until=None)

    tasks.deliver()

    assert sorted(mail["To"] for mail in mail.mails) == [
        "jens@example.com",
        "mara@example.com",
        "ute@example.com",
    ]


@pytest.mark.parametrize(
    ("refuse_to", "refuse", "state", "held"),
    [
        ("550 no such person", "", "failed", False),
        ("450 come back later", "", "waiting", True),
        ("", "554 looks like spam", "failed", False),
        ("", "451 out of disk", "waiting", True),
    ],
)
def test_a_refusal_for_good_is_given_up_and_another_is_tried_again(
    mail, mara, refuse_to, refuse, state, held
):
    channel, other = make_channel(mara), make_channel(make_person("jens"))
    mail.taker.refuse_to, mail.taker.refuse = refuse_to, refuse
    fail()

    tasks.deliver()

    channel.refresh_from_db()
    other.refresh_from_db()
    assert states() == [state]
    assert (refuse_to or refuse)[4:] in channel.trouble
    assert (channel.held_until is not None, other.held_until) == (held, None)


def test_a_mail_that_was_taken_but_not_noted_comes_again_as_the_same_mail(mail, mara, monkeypatch):
    make_channel(mara)
    fail()
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "note_sent", lambda bundle: 1 / 0)  # killed here
        with pytest.raises(ZeroDivisionError):
            tasks.deliver()
    tasks.deliver()
    assert len(mail.mails) == 1  # claimed still

    let_time_pass()
    fail(1000002)
    tasks.deliver()

    first, again, other = (sent["Message-ID"] for sent in mail.mails)
    assert first == again != other and states() == ["sent", "sent"]


def test_a_server_that_hangs_up_after_taking_it_gets_the_same_mail_again(mail, mara):
    make_channel(mara)
    fail()
    mail.taker.hang_up = True
    tasks.deliver()
    assert states() == ["waiting"]
    mail.taker.hang_up = False

    let_time_pass()
    tasks.deliver()

    assert len({sent["Message-ID"] for sent in mail.mails}) == 1 and states() == ["sent"]


def test_many_at_once_are_one_message(mail, mara):
    make_channel(mara)
    for number in range(1000001, 1000041):
        fail(number)

    tasks.deliver()

    (sent,) = mail.mails
    assert sent["Subject"] == "40 messages, 40 jobs failed"
    assert sent.get_content().count("- Failed: ") == 40
    assert states() == ["sent"] * 40


def test_a_bundle_that_failed_is_tried_again_as_it_was(mail, mara):
    make_channel(mara)
    for number in range(1000001, 1000006):
        fail(number)
    mail.taker.refuse = "451 later"
    tasks.deliver()
    fail(1000009)
    mail.taker.refuse = ""

    let_time_pass()
    tasks.deliver()

    assert mail.subjects == [
        "5 messages, 5 jobs failed",
        "Failed: 1000009 deck1000009.inp: no convergence",
    ]


def test_a_web_hook_gets_title_and_text(hook, mara):
    make_channel(mara, address=hook.url, kind="json")
    fail()

    tasks.deliver()

    (call,) = hook.calls
    assert call["title"] == "Failed: 1000001 deck1000001.inp: no convergence"
    assert "Cause: no convergence" in call["message"]
    assert states() == ["sent"]


def test_a_hook_that_refuses_is_tried_later_and_later(hook, mara):
    channel = make_channel(mara, address=hook.url, kind="json")
    hook.status = 503
    fail()
    holds = []
    for _ in range(3):
        tasks.deliver()
        channel.refresh_from_db()
        holds.append((channel.held_until - timezone.now()).total_seconds())
        let_time_pass()

    assert holds[0] < holds[1] < holds[2] and "503" in channel.trouble
    hook.status = 200
    tasks.deliver()
    assert states() == ["sent"] and len(hook.calls) == 4


def test_a_hook_that_hangs_is_left_and_keeps_nobody_else_waiting(hook, mail, mara, monkeypatch):
    monkeypatch.setattr(carriers, "LONGEST_S", 0.3)
    channel = make_channel(mara, address=hook.url, kind="json")
    make_channel(make_person("jens"))
    fail()
    fail(1000002, owner="jens")
    hook.answering.clear()

    tasks.deliver()

    channel.refresh_from_db()
    assert states() == ["waiting", "sent"] and channel.failures == 1


def test_a_title_calls_nobody_in_a_chat(hook, mara):
    make_channel(mara, address=hook.url, kind="json")
    fail(name="@everyone <!channel>.inp")

    tasks.deliver()

    assert "@everyone" not in hook.calls[0]["title"] and "<!" not in hook.calls[0]["message"]


def test_a_host_of_the_house_is_not_reached_without_the_setting(hook, mara, settings):
    channel = make_channel(mara, address=hook.url, kind="json")
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"notify": Notify()})
    fail()

    tasks.deliver()

    channel.refresh_from_db()
    assert hook.calls == [] and states() == ["waiting"]
    assert channel.trouble == (
        "127.0.0.1 is inside your network; messages to it need [notify] inside in pdfjobs.toml"
    )


def test_a_redirect_into_the_house_is_not_followed(hook, mara, settings):
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"notify": Notify(inside=["127.0.0.1"])})
    make_channel(mara, address=hook.url, kind="json")
    hook.status, hook.to = 302, f"http://127.0.0.2:{hook.url.rpartition(':')[2]}"
    fail()

    tasks.deliver()

    assert ["got" in call for call in hook.calls] == [False] and states() == ["waiting"]


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "0.0.0.0", "10.1.2.3", "192.168.1.1", "169.254.169.254"),
        *("::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "fd00::1", "fe80::1"),
        *("2130706433", "0x7f.1", "224.0.0.1", "100.64.0.1"),
    ],
)
def test_addresses_of_the_house_are_known_in_every_writing(host, settings):
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"notify": Notify()})

    with pytest.raises(guard.InsideError):
        guard.check(host)


def test_who_lost_the_right_to_see_a_job_is_not_sent_what_waits(mail, mara, settings):
    settings.PDFJOBS = settings.PDFJOBS.model_copy(
        update={"web": settings.PDFJOBS.web.model_copy(update={"open_to_all": False})}
    )
    member = Member.objects.create(project=Project.objects.create(name="Secret"), user=mara)
    channel = make_channel(mara, follows=False)
    channels.follow(channel, channels.Target(project="Secret"), events=("failed",), daily=False)
    mail.stop()
    fail(owner="ute", project="Secret")
    tasks.deliver()
    member.delete()
    mail.start()
    let_time_pass()

    tasks.deliver()

    assert mail.mails == [] and states() == ["dropped"]


def test_a_disabled_account_is_sent_nothing(mail, mara):
    make_channel(mara)
    fail()
    mara.is_active = False
    mara.save()

    tasks.deliver()

    assert mail.mails == [] and not Notice.objects.filter(state="sent").exists()


def test_what_could_not_be_sent_for_a_week_is_given_up(mail, mara):
    make_channel(mara)
    mail.stop()
    fail()
    tasks.deliver()
    Notice.objects.update(made_at=timezone.now() - timedelta(days=8))
    let_time_pass()

    tasks.deliver()

    assert states() == ["failed"]


def test_an_address_that_another_secret_sealed_is_told(mail, mara, settings):
    channel = make_channel(mara)
    settings.SECRET_KEY = "another"
    fail()

    tasks.deliver()

    channel.refresh_from_db()
    assert states() == ["failed"] and "enter it again" in channel.trouble


def test_a_test_message_comes_once_a_minute_and_through_a_hold(mail, mara):
    channel = make_channel(mara)
    Channel.objects.update(held_until=timezone.now() + timedelta(hours=1))

    channels.send_test(channel)
    tasks.deliver()

    assert mail.subjects == ["A test message of pdfjobs"]
    with pytest.raises(RefusedError):
        channels.send_test(channel)
        channels.send_test(channel)


AT_ONCE = """
    import os, sys
    os.environ["DJANGO_SETTINGS_MODULE"] = "pdfjobs.settings"
    import django
    django.setup()
    from django.core.management import call_command
    from django.db import connections
    call_command("migrate", verbosity=0)
    from pdfjobs.models import Notice
    from pdfjobs.services import notices, status
    from pdfjobs.tests.notice_rows import end_run, make_channel, make_person, make_running
    from workers import tasks
    notices.ask_for_delivery = lambda: None
    for n in range(12):
        make_channel(make_person(f"p{n}"), address=f"p{n}@example.com")
        job = make_running(1000001 + n, owner=f"p{n}")
        end_run(job)
        status.change_status(job.pk, "normal", reason="", source="file")
    connections.close_all()
    workers = []
    for _ in range(4):
        if not (pid := os.fork()):
            tasks.deliver()
            os._exit(0)
        workers.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in workers] == [0] * 4
    tasks.deliver()
    print(Notice.objects.filter(state="sent").count())
"""


@pytest.mark.timeout(60)
def test_workers_that_race_send_each_message_once(mail, tmp_path):
    """With the database that the service runs on, and processes of their own."""
    (tmp_path / "pdfjobs.toml").write_text(f'[mail]\nhost = "127.0.0.1"\nport = {mail.port}\n')
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(AT_ONCE)],
        env={**os.environ, "PDFJOBS_VAR": str(tmp_path)},
        cwd=Path(config.__file__).parent.parent,
        capture_output=True,
        text=True,
    )

    assert done.stdout == "12\n", done.stderr
    assert sorted(sent["To"] for sent in mail.mails) == sorted(
        f"p{n}@example.com" for n in range(12)
    )
