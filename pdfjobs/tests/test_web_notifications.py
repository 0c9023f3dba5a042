"""The page Notifications, the button Follow, and that nobody reaches another's, or into the house."""

import html
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pdfjobs.models import Channel, Follow, Member, Notice, Project, SavedView
from pdfjobs.notify import seal
from pdfjobs.outgoing import Mail, Notify
from pdfjobs.services import notices
from pdfjobs.tests.notice_rows import make_channel, make_person
from pdfjobs.tests.web_rows import make_job

pytestmark = [
    pytest.mark.django_db,
    # Apprise loads a module of the standard library that Python 3.13 has no more.
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated"),
]

EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def site(settings, monkeypatch):
    monkeypatch.setattr(notices, "ask_for_delivery", lambda: None)
    settings.PDFJOBS = settings.PDFJOBS.model_copy(
        update={"mail": Mail(host="mail.example.com"), "notify": Notify(inside=["hooks.example"])}
    )
    return settings


def me():
    return User.objects.get(username="mara")


def add(client, address, **more):
    return client.post("/notifications/channels/", {"address": address, **more})


def closed(settings):
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": False})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})


def test_the_first_way_follows_ones_own_jobs(mara):
    answer = add(mara, "mara@example.com", zone="Europe/Berlin")

    assert (answer.status_code, answer["Location"]) == (302, "/notifications/")
    (channel,) = Channel.objects.all()
    assert (channel.user, channel.kind, channel.zone) == (me(), "mail", "Europe/Berlin")
    assert [(f.target, f.events) for f in Follow.objects.all()] == [
        ("mine", ["failed", "warning", "assigned"])
    ]
    add(mara, "mara@example.org")
    assert Follow.objects.count() == 1


def test_an_address_is_sealed_in_the_database_and_never_shown(mara):
    add(mara, "jsons://mara:sesame@198.41.0.4/hook/geheim?-token=alibaba")

    (channel,) = Channel.objects.all()
    assert seal.unseal(channel.url).startswith("jsons://mara:sesame@")
    page = mara.get("/notifications/").text
    for secret in ("sesame", "geheim", "alibaba"):
        assert secret not in channel.url and secret not in page
    assert "JSON · 198.41.0.4" in page


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "This field is required"),
        ("mara", "is no mail address"),
        ("mara@example.com\r\nBcc: all@example.com", "Enter a mail address"),
        ("mara@example.com, jens@example.com", "is no mail address"),
        ("file:///etc/passwd", "not a service"),
        ("syslog://", "not taken here"),
        ("dbus://", "not"),
        ("exec://ls", "not a service"),
        ("windows://", "not"),
        ("macosx://", "not"),
        ("nonsense://x", "not a service"),
        ("json://127.0.0.1/", "is inside your network"),
        ("json://localhost:6379/", "is inside your network"),
        ("json://[::1]/", "is inside your network"),
        ("xml://10.0.0.1/", "is inside your network"),
        ("json://169.254.169.254/latest/meta-data", "is inside your network"),
        ("json://2130706433/", "is inside your network"),
        ("mailto://u:p@192.168.1.5", "is inside your network"),
        ("workflows://h:443/w/s/?template=/etc/passwd", "may not stand in an address"),
        ("jsons://198.41.0.4/?attach=file:///etc/passwd", "may not stand in an address"),
        ("mailtos://u:p@example.com?pgpkey=/etc/passwd", "may not stand in an address"),
        ("x" * 2001, "at most 2000"),
        (EVIL, "is no mail address"),
    ],
)
def test_an_address_that_must_not_be_sent_to_is_refused_in_words(mara, address, words):
    answer = add(mara, address)

    assert (answer.status_code, Channel.objects.count()) == (422, 0)
    assert words in answer.text and "<script>alert" not in answer.text


def test_without_a_mail_server_no_mail_address_is_taken(mara, settings):
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"mail": Mail()})

    assert "has no mail server yet" in add(mara, "mara@example.com").text


def test_the_link_that_a_chat_gives_is_understood(mara):
    add(mara, "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ")

    assert Channel.objects.values_list("kind", "shown").get() == ("slack", "Slack")


def test_only_so_many_ways_a_person(mara, monkeypatch):
    monkeypatch.setattr("pdfjobs.services.channels.MOST", 2)
    answers = [add(mara, f"mara{n}@example.com").status_code for n in range(3)]

    assert answers == [302, 302, 409]


def test_the_digests_hour_is_that_of_the_persons_zone(mara):
    add(mara, "mara@example.com")
    pk = Channel.objects.get().pk

    mara.post(f"/notifications/channels/{pk}/", {"digest_hour": "7", "zone": "Asia/Tokyo"})

    channel = Channel.objects.get()
    assert (channel.digest_hour, channel.zone, channel.digest_at.hour) == (7, "Asia/Tokyo", 22)
    mara.post(f"/notifications/channels/{pk}/", {"digest_hour": "", "zone": "No/Where"})
    channel = Channel.objects.get()
    assert (channel.digest_hour, channel.digest_at, channel.zone) == (None, None, "Asia/Tokyo")
    mara.post(f"/notifications/channels/{pk}/", {"digest_hour": "24"})
    assert Channel.objects.get().digest_hour is None


def test_a_test_is_asked_for_once_a_minute_and_listed(mara):
    add(mara, "mara@example.com")
    pk = Channel.objects.get().pk

    mara.post(f"/notifications/channels/{pk}/test/")

    assert Notice.objects.values_list("event", "state").get() == ("test", "waiting")
    assert "A test message of pdfjobs" in mara.get("/notifications/").text


def test_the_button_on_a_job_follows_it_and_says_so(mara):
    job = make_job()
    assert "/notifications/?job=1000001" in mara.get("/jobs/1000001/").text
    make_channel(me(), follows=False)

    answer = mara.post("/notifications/follow/", {"job": job.number, "next": "/jobs/1000001/"})

    assert answer["Location"] == "/jobs/1000001/"
    kept = Follow.objects.get()
    assert (kept.job, kept.events) == (job, ["ended", "failed", "warning"])
    assert "Following" in mara.get("/jobs/1000001/").text
    mara.post(f"/notifications/follows/{kept.pk}/", {"events": ["failed"], "daily": "1"})
    kept.refresh_from_db()
    assert (kept.events, kept.daily) == (["failed"], True)
    assert Channel.objects.get().digest_hour == 7
    mara.post(f"/notifications/follows/{kept.pk}/remove/")
    assert not Follow.objects.exists()


def test_who_has_no_way_yet_adds_one_follows_and_is_back_on_the_jobs_page(mara):
    job = make_job(project="Rail & co", status="running")
    page = mara.get("/jobs/1000001/live/?q=rail").text
    link = re.search(r'class="follow button small" href="([^"]*)"', page)[1]
    there = mara.get(html.unescape(link)).text
    sent = dict(re.findall(r'type="hidden" name="(job|next)" value="([^"]*)"', there))
    refused = add(mara, "mara", **sent).text
    again = dict(re.findall(r'type="hidden" name="(job|next)" value="([^"]*)"', refused))

    answer = mara.post(
        "/notifications/channels/", {"address": "m@example.com", **sent}, follow=True
    )

    assert sent == again == {"job": "1000001", "next": "/jobs/1000001/?q=rail"}
    assert "First say above how to reach you; then you follow 1000001" in there
    assert answer.redirect_chain == [("/jobs/1000001/?q=rail", 302)]
    assert "Added, and you follow it, by" in answer.text and "Following" in answer.text
    assert set(Follow.objects.values_list("target", flat=True)) == {"mine", f"job:{job.pk}"}


def test_without_a_way_the_page_says_what_comes_first(mara):
    before = mara.get("/notifications/").text
    make_channel(me(), follows=False)

    after = mara.get("/notifications/").text

    assert "First say above how to reach you" in before and "choose below" not in before
    assert "choose below" in after and "First say above" not in after


def test_the_button_of_a_part_that_is_made_anew_leads_back_to_the_whole_page(mara):
    make_job(status="running")
    make_channel(me(), follows=False)

    part = mara.get("/jobs/1000001/live/?q=rail").text

    assert re.findall(r'name="next" value="([^"]*)"', part) == ["/jobs/1000001/?q=rail"]


def test_a_refused_address_and_its_name_stay_in_their_fields(mara):
    page = add(mara, f"mara{EVIL}", name="My mail").text

    fields = dict(
        re.findall(r'id="(address|name)" name="\w+" maxlength="\d+" value="([^"]*)"', page)
    )
    assert fields == {"address": html.escape(f"mara{EVIL}"), "name": "My mail"}


def test_a_project_and_a_saved_view_are_followed(mara):
    make_job(project="Front crash")
    view = SavedView.objects.create(owner=make_person("jens"), name=EVIL, query="q=a", shared=True)
    make_channel(me(), follows=False)

    mara.post("/notifications/follow/", {"project": "Front crash", "events": ["failed"]})
    mara.post("/notifications/follow/", {"view": view.pk})

    assert set(Follow.objects.values_list("target", flat=True)) == {
        "project:Front crash",
        f"view:{view.pk}",
    }
    page = mara.get(f"/notifications/?view={view.pk}").text
    assert "Front crash" in page and "<script>alert" not in page


def test_a_choice_without_any_event_ends_the_following(mara):
    make_channel(me())
    pk = Follow.objects.get().pk

    mara.post(f"/notifications/follows/{pk}/", {})

    assert not Follow.objects.exists()


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil"]
)
def test_nobody_is_sent_elsewhere_after_it(mara, next_page):
    make_channel(me())

    answer = mara.post("/notifications/follow/", {"next": next_page})

    assert answer["Location"] == "/notifications/"


def test_what_one_does_not_see_cannot_be_followed_nor_read_in_old_messages(mara, settings):
    closed(settings)
    make_channel(me(), follows=False)
    job = make_job(owner="ute", project="Secret")
    private = SavedView.objects.create(owner=make_person("jens"), name="private", query="")
    channel = Channel.objects.get()
    Notice.objects.create(
        channel=channel,
        job=job,
        event="failed",
        key="1",
        title="tell-tale",
        due_at=job.submitted_at,
    )

    for asked in ({"job": job.number}, {"project": "Secret"}, {"view": private.pk}):
        assert add(mara, "mara@example.com", **asked).status_code == 404
        mara.post("/notifications/follow/", asked)
        assert mara.get("/notifications/", asked).status_code == 404

    assert not Follow.objects.exists()
    page = mara.get("/notifications/").text
    assert "tell-tale" not in page and "Secret" not in page
    Member.objects.create(project=Project.objects.create(name="Secret"), user=me())
    mara.post("/notifications/follow/", {"project": "Secret"})
    assert Follow.objects.count() == 1


def test_anothers_ways_and_follows_are_not_there(mara):
    channel = make_channel(make_person("jens"))
    kept = Follow.objects.get()

    for path in (
        f"channels/{channel.pk}/",
        f"channels/{channel.pk}/remove/",
        f"channels/{channel.pk}/test/",
        f"follows/{kept.pk}/",
        f"follows/{kept.pk}/remove/",
    ):
        assert mara.post(f"/notifications/{path}").status_code == 404
    mara.post("/notifications/follow/", {"channel": channel.pk, "project": ""})

    assert Follow.objects.get() == kept and Channel.objects.get() == channel


def test_strangers_and_forged_forms_change_nothing(mara):
    channel = make_channel(me())
    assert Client().get("/notifications/").status_code == 302
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(me())

    for path in ("channels/", f"channels/{channel.pk}/remove/", "follow/"):
        assert forged.post(f"/notifications/{path}").status_code == 403
        assert mara.get(f"/notifications/{path}").status_code == 405


def test_trouble_is_said_on_the_page(mara):
    channel = make_channel(me())
    Channel.objects.update(trouble=f"mail server: refused {EVIL}")
    Notice.objects.create(
        channel=channel, event="test", key="1", title=EVIL, state="failed", trouble="550 no",
        due_at=channel.made_at,
    )  # fmt: skip

    page = mara.get("/notifications/").text

    assert "mail server: refused &lt;script&gt;" in page and "given up" in page and "550 no" in page
    assert "<script>alert" not in page


def test_the_page_asks_the_database_little_however_much_there_is(
    mara, django_assert_max_num_queries
):
    channel = make_channel(me())
    for number in range(30):
        job = make_job(1000001 + number)
        Follow.objects.create(user=me(), channel=channel, job=job, target=f"job:{job.pk}")
        Notice.objects.create(
            channel=channel,
            job=job,
            event="ended",
            key=str(number),
            title="t",
            due_at=job.submitted_at,
        )

    with django_assert_max_num_queries(12):
        mara.get("/notifications/")
