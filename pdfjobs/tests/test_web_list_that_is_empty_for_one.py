"""A diary where people see the jobs of their projects and their own: what somebody reads who sees none."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pdfjobs.models import Member, Project
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(settings):
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": False})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})


def said_of_nothing(client, address="/"):
    """The words in the place of the list, without their marks."""
    box = re.search(r'<div class="empty">(.*?)</div>', client.get(address).text, re.DOTALL)
    return re.sub(r"<[^>]+>", "", box[1].replace("</p>", "\n")).strip().splitlines()


def of_a_person(name="jens"):
    client = Client()
    client.force_login(User.objects.create_user(name))
    return client


def test_who_belongs_to_no_project_is_told_who_can_change_that(closed):
    make_job(1000001, project="P1", owner="lena")

    assert said_of_nothing(of_a_person()) == [
        "There is no job here that you may see.",
        "You see the jobs of your projects and your own. You belong to no project yet.",
        "Ask a manager of the project, or whoever runs this diary, to add your account: jens",
        "What you hand in is yours, and appears here by itself: Hand in a deck",
    ]


def test_who_belongs_to_projects_without_jobs_is_told_their_names(closed):
    make_job(1000001, project="P1", owner="lena")
    jens = of_a_person()
    for name in ("P9", "P2 <b>"):
        project = Project.objects.create(name=name)
        Member.objects.create(project=project, user=User.objects.get(), role="viewer")

    assert said_of_nothing(jens)[1] == (
        "You see the jobs of your projects and your own. None is in your projects yet: P2 &lt;b&gt;, P9."
    )


def test_a_search_without_a_hit_says_where_it_looked(closed):
    assert said_of_nothing(of_a_person(), "/?q=bracket")[2] == (
        "You see the jobs of your projects and your own. Projects"
    )


def test_who_sees_all_jobs_or_some_is_told_nothing_of_limits(closed, mara, settings):
    User.objects.filter(username="mara").update(is_staff=True)
    jens = of_a_person()
    assert said_of_nothing(mara)[0] == "No jobs yet."

    make_job(1000001, owner="jens")
    page = jens.get("/")
    assert [int(row["number"]) for row in page.context["rows"]] == [1000001]
    assert "that you may see" not in page.text
