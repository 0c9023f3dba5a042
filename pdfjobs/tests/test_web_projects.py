"""Projects: staff make them, managers say who belongs, everybody else reads; every change is kept."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from pdfjobs.models import Member, Project
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def mara(client):
    """Logged in, and manager of the project rotor."""
    user = User.objects.create_user("mara")
    project = Project.objects.create(name="rotor")
    Member.objects.create(project=project, user=user, role="manager")
    client.force_login(user)
    return user


@pytest.fixture
def jens():
    return User.objects.create_user("jens")


@pytest.fixture
def page(mara):
    return f"/projects/{Project.objects.get().pk}/"


def roles():
    return dict(Member.objects.values_list("user__username", "role"))


def trail():
    return list(LogEntry.objects.order_by("id").values_list("user__username", "change_message"))


def test_a_manager_adds_changes_and_takes_out_people(client, page, jens):
    client.post(f"{page}members/", {"username": "jens", "role": "viewer"})
    assert roles() == {"mara": "manager", "jens": "viewer"}
    client.post(f"{page}members/", {"username": "jens", "role": "member"})
    client.post(f"{page}members/", {"username": "jens", "role": "member"})
    assert roles() == {"mara": "manager", "jens": "member"}
    client.post(f"{page}members/remove/", {"username": "jens"})
    client.post(f"{page}members/remove/", {"username": "jens"})
    assert roles() == {"mara": "manager"}

    assert trail() == [
        ("mara", "jens added as viewer"),
        ("mara", "jens: viewer -> member"),
        ("mara", "jens taken out, was member"),
    ]
    assert "jens taken out, was member" in client.get(page).text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"username": "nobody", "role": "member"}, "There is no open account called nobody."),
        ({"username": "jens", "role": "emperor"}, "There is no role emperor."),
        ({"username": "jens"}, "There is no role ."),
        ({"username": EVIL, "role": "member"}, "There is no open account called &lt;script&gt;"),
        ({}, "There is no role ."),
        ({"username": "x\0y", "role": "member"}, "There is no open account called xy."),
    ],
)
def test_what_cannot_be_is_said_on_the_page(client, page, jens, sent, said):
    response = client.post(f"{page}members/", sent)

    assert response.status_code == 409
    assert said in response.text
    assert roles() == {"mara": "manager"}


def test_a_closed_account_cannot_be_added(client, page, jens):
    User.objects.filter(username="jens").update(is_active=False)

    assert client.post(f"{page}members/", {"username": "jens", "role": "member"}).status_code == 409
    assert roles() == {"mara": "manager"}


def test_who_takes_themselves_out_is_led_to_their_other_projects(client, page, mara):
    response = client.post(f"{page}members/remove/", {"username": "mara"})

    assert (response.status_code, response["Location"]) == (302, "/projects/")
    assert client.get(page).status_code == 404


def test_staff_make_projects_of_the_names_that_jobs_have(client, mara):
    make_job(1, project="wing")
    make_job(2, project="wing")
    make_job(3, project="rotor")
    make_job(4)
    make_job(5, project=EVIL)
    User.objects.update(is_staff=True)

    page = client.get("/projects/")
    assert page.context["unmade"] == [EVIL, "wing"]
    assert EVIL not in page.text
    assert client.post("/projects/", {"name": "wing"}).status_code == 302

    assert client.get("/projects/").context["unmade"] == [EVIL]
    again = client.post("/projects/", {"name": "wing"})
    assert (again.status_code, "The project wing is there already." in again.text) == (409, True)
    assert client.post("/projects/", {"name": " "}).status_code == 409
    assert trail() == [("mara", "made the project")]


def test_a_project_that_is_removed_leaves_its_jobs(client, page, mara):
    job = make_job(project="rotor")
    User.objects.update(is_staff=True)

    client.post(f"{page}remove/")

    job.refresh_from_db()
    assert (Project.objects.count(), Member.objects.count(), job.project) == (0, 0, "rotor")
    assert trail() == [("mara", "removed, with its members")]


def test_one_sees_ones_own_projects_with_the_role(client, mara):
    Project.objects.create(name="secret")

    rows = client.get("/projects/").context["projects"]

    assert [(row["project"].name, row["role"], row["project"].people) for row in rows] == [
        ("rotor", "manager", 1)
    ]


def test_who_has_no_project_is_told_what_to_do(client, jens):
    client.force_login(jens)

    assert "Ask a manager of the project" in client.get("/projects/").text


def test_a_member_reads_and_is_offered_no_change(client, page, jens):
    Member.objects.create(project=Project.objects.get(), user=jens, role="member")
    client.force_login(jens)

    shown = client.get(page)

    assert "mara" in shown.text
    assert "Take out" not in shown.text and "Remove this project" not in shown.text
