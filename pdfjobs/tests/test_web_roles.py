"""Who gets what from every address there is: the table below, over the whole URL map and every role.

An address that is not in the table fails the test: whoever adds a page says here who may see it.
"""

import re

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from pdfjobs.models import (
    Attachment,
    Channel,
    Follow,
    History,
    Member,
    Project,
    SavedView,
    Tag,
    Token,
)
from pdfjobs.services import joblines
from pdfjobs.tests.web_rows import make_intake, make_job, make_log, make_message

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60)]  # a PDF a role

ROLES = ("stranger", "disabled", "outsider", "viewer", "member", "manager", "owner", "staff")
"""outsider: a member of another project; owner: handed the job in, and belongs to no project."""
NUMBER = 1000001
SECRET = "hushhush"
"""In every word of the job that an outsider must not read."""


def rule(rest="in", **answers):
    """What each role gets: "in", or the status that keeps it out."""
    inside = {role: answers.get(role, rest) for role in ROLES[2:]}
    return {"stranger": "login", "disabled": "login"} | inside


OPEN = dict.fromkeys(ROLES, "in")
PEOPLE = rule()
SEE = rule(outsider=404)
REVIEW = START = rule(outsider=404, viewer=403)
STAFF = rule(rest=403, staff="in")
ADMIN = rule(rest="login", staff="in")
MINE = rule(rest=404, member="in")
"""Of the member alone."""
SEE_PROJECT = rule(outsider=404, owner=404)
MANAGE = rule(outsider=404, owner=404, viewer=403, member=403)
RULE_PROJECT = rule(outsider=404, owner=404, viewer=403, member=403, manager=403)
NO = rule(rest=405)
"""Not by this method."""
HIDDEN = rule(rest=404)


def program(said):
    """The API has no login page."""
    return {role: 401 if answer == "login" else answer for role, answer in said.items()}


NEVER = dict.fromkeys(ROLES, 405)
"""The API says by which methods before it asks who it is."""
LEAVES = dict.fromkeys(ROLES, "login")
NOWHERE = dict.fromkeys(ROLES, 404)

TABLE = {
    # address: (GET, POST)
    "": (PEOPLE, NO),
    "<int:number>/": (SEE, NO),
    "account/tokens/": (PEOPLE, PEOPLE),
    "account/tokens/<int:pk>/revoke/": (NO, MINE),
    "api/v1/": (NOWHERE, NOWHERE),
    "api/v1/decks": (NEVER, program(PEOPLE)),
    "api/v1/decks/<int:drop>": (program(SEE), NEVER),
    "api/v1/jobs": (program(PEOPLE), NEVER),
    "api/v1/jobs/<int:number>": (program(SEE), NEVER),
    "api/v1/jobs/<int:number>/automatic": (NEVER, program(REVIEW)),
    "api/v1/jobs/<int:number>/files": (program(SEE), NEVER),
    "api/v1/jobs/<int:number>/files/<path:path>": (program(HIDDEN), NEVER),
    "api/v1/jobs/<int:number>/history": (program(SEE), NEVER),
    "api/v1/jobs/<int:number>/messages": (program(SEE), NEVER),
    "api/v1/jobs/<int:number>/retry": (NEVER, program(START)),
    "api/v1/jobs/<int:number>/review": (program(SEE), NEVER),
    "api/v1/jobs/<int:number>/series": (program(SEE), NEVER),
    "api/v1/jobs/<int:number>/stop": (NEVER, program(START)),
    "api/v1/me": (program(PEOPLE), NEVER),
    "api/v1/openapi.json": (program(PEOPLE), program(PEOPLE)),
    "audit/": (STAFF, NO),
    "compare/": (PEOPLE, NO),
    "enter/<str:token>": (dict.fromkeys(ROLES, 403), dict.fromkeys(ROLES, 403)),
    "healthz": (OPEN, dict.fromkeys(ROLES, 405)),
    "help/": (PEOPLE, NO),
    "intake/": (PEOPLE, NO),
    "jobs/<int:number>/": (SEE, NO),
    "jobs/<int:number>/attachments/": (NO, REVIEW),
    "jobs/<int:number>/attachments/<int:attachment_id>/": (HIDDEN, NO),
    "jobs/<int:number>/attachments/<int:attachment_id>/remove/": (NO, REVIEW),
    "jobs/<int:number>/attachments/list/": (SEE, NO),
    "jobs/<int:number>/automatic/": (NO, REVIEW),
    "jobs/<int:number>/deck/": (HIDDEN, NO),
    "jobs/<int:number>/difference/": (SEE, NO),
    "jobs/<int:number>/family/": (SEE, NO),
    "jobs/<int:number>/files.zip": (HIDDEN, HIDDEN),
    "jobs/<int:number>/files/": (SEE, NO),
    "jobs/<int:number>/files/<inside:path>": (HIDDEN, NO),
    "jobs/<int:number>/history/": (SEE, NO),
    "jobs/<int:number>/history/<int:row>/undo/": (NO, REVIEW),
    "jobs/<int:number>/live/": (SEE, NO),
    "jobs/<int:number>/preview/": (NO, SEE),
    "jobs/<int:number>/raw/<inside:path>": (HIDDEN, NO),
    "jobs/<int:number>/report.html": (SEE, NO),
    "jobs/<int:number>/report.pdf": (SEE, NO),
    "jobs/<int:number>/report/": (SEE, NO),
    "jobs/<int:number>/retry/": (NO, START),
    "jobs/<int:number>/review/": (PEOPLE, REVIEW),
    "jobs/<int:number>/rows/<inside:path>": (HIDDEN, NO),
    "jobs/<int:number>/run-again/": (NO, START),
    "jobs/<int:number>/run-again/new/": (SEE, NO),
    "jobs/<int:number>/series.csv": (SEE, NO),
    "jobs/<int:number>/series.json": (SEE, NO),
    "jobs/<int:number>/stop/": (NO, START),
    "jobs/bulk/": (NO, PEOPLE),
    "jobs/bulk/undo/": (NO, PEOPLE),
    "jobs/export.csv": (PEOPLE, NO),
    "jobs/export.xlsx": (PEOPLE, NO),
    "jobs/filters/": (PEOPLE, NO),
    "jobs/shape/": (NO, PEOPLE),
    "login/": (OPEN, OPEN),
    "logout/": (NO, LEAVES),
    "metrics": (STAFF, NEVER),
    "notifications/": (PEOPLE, NO),
    "notifications/channels/": (NO, PEOPLE),
    "notifications/channels/<int:pk>/": (NO, MINE),
    "notifications/channels/<int:pk>/remove/": (NO, MINE),
    "notifications/channels/<int:pk>/test/": (NO, MINE),
    "notifications/follow/": (NO, PEOPLE),
    "notifications/follows/<int:pk>/": (NO, MINE),
    "notifications/follows/<int:pk>/remove/": (NO, MINE),
    "password/": (PEOPLE, PEOPLE),
    "projects/": (PEOPLE, STAFF),
    "projects/<int:pk>/": (SEE_PROJECT, NO),
    "projects/<int:pk>/members/": (NO, MANAGE),
    "projects/<int:pk>/members/remove/": (NO, MANAGE),
    "projects/<int:pk>/remove/": (NO, RULE_PROJECT),
    "readyz": (OPEN, dict.fromkeys(ROLES, 405)),
    "status/": (PEOPLE, NO),
    "tags/": (PEOPLE, NO),
    "upload/": (PEOPLE, PEOPLE),
    "views/": (PEOPLE, PEOPLE),
    "views/<int:pk>/delete/": (NO, MINE),
}
"""Pages whose files are not there answer 404 to those who may see them, too: what they say of files that are there
is held by the tests of each page."""


def addresses(patterns=None, prefix=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here


PLAIN = sorted({address for address in addresses() if not address.startswith("admin/")})
ADMINS = sorted({address for address in addresses() if address.startswith("admin/")})


class World:
    """A project with its people, one job in it, and one of everything that a page may be about."""

    def __init__(self):
        self.users = {
            role: User.objects.create_user(role, is_staff=role == "staff") for role in ROLES[1:]
        }
        project = Project.objects.create(name=f"{SECRET}-project")
        other = Project.objects.create(name="elsewhere")
        for role in ("viewer", "member", "manager"):
            Member.objects.create(project=project, user=self.users[role], role=role)
        Member.objects.create(project=project, user=self.users["disabled"], role="manager")
        Member.objects.create(project=other, user=self.users["outsider"], role="member")
        self.users["disabled"].is_active = False
        self.users["disabled"].save()
        job = make_job(
            NUMBER,
            name=f"{SECRET}.inp",
            title=f"{SECRET} title",
            owner="owner",
            project=project.name,
            # Neither of them lets anybody in.
            reviewer="outsider",
            info=f"{SECRET} @outsider",
            solver=f"{SECRET}solver",
            run_values={"folder": "seen_by_nobody_else"},
        )
        Tag.objects.create(job=job, name=f"{SECRET}tag")
        joblines.refresh([job.pk])
        make_message(make_log(job, f"{SECRET}.log"), text=f"{SECRET} message")
        row = History.objects.create(job=job, actor="member", field="info", after=job.info)
        drop = make_intake(f"{SECRET}.zip", state="taken", job=job, owner="owner")
        make_intake(f"{SECRET}-2.zip", owner="owner")
        attachment = Attachment.objects.create(
            job=job,
            name=f"{SECRET}.png",
            sha256="0" * 64,
            size=1,
            media_type="image/png",
            by="owner",
        )
        member = self.users["member"]
        token = Token.objects.create(user=member, name=f"{SECRET}-token", sha256="1" * 64)
        view = SavedView.objects.create(owner=member, name=f"{SECRET}-view", query="q=x")
        channel = Channel.objects.create(user=member, name=f"{SECRET}-channel", url="json://x")
        follow = Follow.objects.create(user=member, channel=channel, job=job)
        self.values = {
            "number": NUMBER,
            "path": "absent.log",
            "token": "void",
            "drop": drop.pk,
            "row": row.pk,
            "attachment_id": attachment.pk,
        }
        self.owned = {
            "account/tokens/": token.pk,
            "views/": view.pk,
            "projects/": project.pk,
            "notifications/channels/": channel.pk,
            "notifications/follows/": follow.pk,
        }
        ContentType.objects.clear_cache()

    def address(self, pattern):
        """With one of the world's things in each parameter's place."""

        def value(match):
            name = match[1]
            kinds = [found for kind, found in self.owned.items() if pattern.startswith(kind)]
            return str((kinds or [self.values.get(name, 1)])[0])

        pattern += {"api/v1/jobs/<int:number>/series": "?names=x"}.get(pattern, "")
        plain = re.sub(r"<(?:\w+:)?(\w+)>", value, pattern)
        plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", "1", plain)
        return "/" + plain.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")

    def browser(self, role):
        client = Client(raise_request_exception=True)
        if role != "stranger":
            client.force_login(self.users[role])
        return client

    def asked(self, method, address, role):
        """The answer in a word; what it changed is taken back."""
        with transaction.atomic():
            response = getattr(self.browser(role), method)(address)
            answer = kind(response)
            read(response)
            transaction.set_rollback(True)
        return answer


def kind(response):
    where = response.get("Location", "")
    if response.status_code == 302 and where.startswith(("/login/", "/admin/login/")):
        return "login"
    return response.status_code if response.status_code in (401, 403, 404, 405) else "in"


def read(response):
    """All of it; with its last byte the client ends what is streamed, and leaves our connection open."""
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def world(settings):
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": False})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})
    return World()


def test_every_address_is_in_the_table():
    assert set(PLAIN) - set(TABLE) == set(), "say in TABLE who gets what from these"
    assert set(TABLE) - set(PLAIN) == set(), "these are no addresses any more"


@pytest.mark.parametrize("pattern", sorted(TABLE))
def test_each_role_gets_what_the_table_says(world, pattern):
    said = dict(zip(("get", "post"), TABLE[pattern], strict=True))

    got = {
        method: {role: world.asked(method, world.address(pattern), role) for role in ROLES}
        for method in said
    }

    if pattern == "login/":  # who is in already is led on
        assert set(got["get"].values()) == {"in"}
    else:
        assert got == said


@pytest.mark.parametrize("pattern", ADMINS)
def test_the_administration_is_for_staff(world, pattern):
    address = world.address(pattern)
    for role in ROLES[:-1]:
        # 401: what programs ask for; everybody may log out.
        assert world.asked("get", address, role) in ("login", 401) or "logout" in pattern, role


@pytest.mark.parametrize("pattern", sorted(set(TABLE) | set(PLAIN)))
def test_no_page_tells_an_outsider_a_word_of_it(world, pattern):
    client = world.browser("outsider")

    response = client.get(world.address(pattern))

    assert SECRET.encode() not in read(response)


@pytest.mark.parametrize("pattern", sorted(TABLE))
def test_where_the_diary_is_open_everybody_may_what_a_member_may(world, settings, pattern):
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": True})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})
    address = world.address(pattern)
    own = pattern.startswith(("projects/", "account/", "views/", "notifications/"))
    for method, said in zip(("get", "post"), TABLE[pattern], strict=True):
        for role in ("outsider", "viewer"):
            expected = said[role] if own else said["member"]
            assert world.asked(method, address, role) == expected, (method, role)


@pytest.mark.django_db(transaction=True)  # the service's own application closes its connection
@pytest.mark.parametrize("role", ROLES[:-1])
def test_the_queues_pages_are_for_staff(world, role):
    from werkzeug.test import Client as WsgiClient

    from pdfjobs.wsgi import application

    browser = WsgiClient(application)
    for name, morsel in world.browser(role).cookies.items():
        browser.set_cookie(name, morsel.value, domain="localhost")

    answer = browser.get("/rq/")

    if role in ("stranger", "disabled"):
        assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=/rq/")
    else:
        assert (answer.status_code, SECRET in answer.text) == (403, False)


def test_a_refusal_is_said_in_words(world):
    response = world.browser("viewer").post(f"/jobs/{NUMBER}/stop/")

    assert response.status_code == 403
    assert f"This needs the role “member” in the project {SECRET}-project." in response.text
