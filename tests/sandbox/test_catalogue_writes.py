"""POST and PUT of articles, templates, staff and incidents, over a real socket."""

import pytest

from reamaze_async.sandbox import Habits, Sandbox


async def test_article_made_and_changed(client, sandbox):
    """In a topic by its path or by its slug; the slug stays."""
    text = {"title": "How to return", "body": "## So\r\n", "status": 1}
    made = await client.post("topics/returns/articles", article=text)
    assert (made.status, made.json["slug"]) == (201, "how-to-return")
    assert (made.json["topic"]["slug"], made.json["body"]) == ("returns", "## So\r\n")
    path = f"articles/{made.json['slug']}"
    assert (await client.get(path)).body == made.body
    reply = await client.put(path, article={"title": "Else", "status": 0, "topic_id": "about-us"})
    assert (reply.json["title"], reply.json["slug"]) == ("Else", "how-to-return")
    assert (reply.json["status"], reply.json["topic"]["name"]) == (0, "About us")
    assert (await client.put(path, article={"topic_id": None})).json["topic"] is None


async def test_articles_of_one_title(client):
    """Have slugs of their own, and no topic unless given."""
    text = {"title": "Twice", "body": "x"}
    made = [(await client.post("articles", article=text)).json for _ in range(2)]
    assert made[0]["slug"] != made[1]["slug"]
    assert made[0]["topic"] is None


async def test_article_answered_by_its_slug_alone(connect):
    """If the server is of that habit."""
    async with Sandbox(1, habits=Habits(article_update="slug")) as sandbox:
        slug = sandbox.articles[0].slug
        reply = await (await connect(sandbox)).put(f"articles/{slug}", article={"title": "New"})
        assert (reply.json, sandbox.articles[0].title) == ({"slug": slug}, "New")


async def test_template_made_and_changed(client, sandbox):
    """`is_personal` as a number or a flag."""
    given = {"name": "Hi", "body": "Hello\r\n", "is_personal": 1}
    made = await client.post("response_templates", response_template=given)
    assert (made.status, sandbox.response_templates[-1].is_personal) == (201, True)
    path = f"response_templates/{made.json['id']}"
    reply = await client.put(path, response_template={"body": "Bye", "is_personal": False})
    assert (reply.json["name"], reply.json["body"]) == ("Hi", "Bye")
    assert (await client.get(path)).json == reply.json


async def test_new_staff_can_be_assigned_to(client, sandbox):
    """From then on."""
    made = await client.post("staff", staff={"name": "Zed", "email": "zed@acme.example"})
    assert (made.status, sandbox.staff[-1].email) == (201, "zed@acme.example")
    path = f"conversations/{sandbox.conversations[0].slug}"
    reply = await client.put(path, conversation={"assignee": {"email": "zed@acme.example"}})
    assert reply.json["assignee"]["name"] == "Zed"


async def test_life_of_an_incident(client, sandbox):
    """Told, felt by its systems, and over."""
    system = sandbox.systems[2]
    made = await client.post(
        "incidents",
        incident={
            "title": "Down",
            "updates_attributes": [{"status": "investigating", "message": "?"}],
            "incidents_systems_attributes": [{"system_id": system.key, "status": "major_outage"}],
        },
    )
    assert (made.status, system.status) == (201, "major_outage")
    (pair,) = made.json["incidents_systems"]
    ended = {
        "updates_attributes": [{"status": "resolved", "message": "!"}],
        "incidents_systems_attributes": [{"id": pair["id"], "status": "operational"}],
    }
    reply = await client.put(f"incidents/{made.json['id']}", incident=ended)
    assert [update["status"] for update in reply.json["updates"]] == ["investigating", "resolved"]
    assert [it["status"] for it in reply.json["incidents_systems"]] == ["operational"]
    assert (system.status, system.incidents) == ("operational", ())
    assert (await client.get("incidents")).json[0] == reply.json


async def test_pair_of_another_incident(client, sandbox):
    """A pair that isn't the incident's own is refused: an answer would say what wasn't done."""
    first, second = sandbox.incidents[:2]
    pair = {"id": second.json()["incidents_systems"][0]["id"], "status": "operational"}
    reply = await client.put(
        f"incidents/{first.key}", incident={"incidents_systems_attributes": [pair]}
    )
    assert (reply.status, reply.json["errors"]) == (422, {"incidents_systems": ["not found"]})


ARTICLE = {"title": "x", "body": "x"}
UNKNOWN = {"system_id": "x", "status": "operational"}


@pytest.mark.parametrize(
    ("path", "root", "given", "field"),
    [
        ("articles", "article", {"body": "x"}, "title"),
        ("articles", "article", {"title": "x"}, "body"),
        ("articles", "article", ARTICLE | {"status": 2}, "status"),
        ("articles", "article", ARTICLE | {"topic_id": "nowhere"}, "topic_id"),
        ("response_templates", "response_template", {"name": "x"}, "body"),
        (
            "response_templates",
            "response_template",
            {"name": "x", "body": "x", "is_personal": 2},
            "is_personal",
        ),
        ("staff", "staff", {"email": "x@y.example"}, "name"),
        ("staff", "staff", {"name": "x", "email": "x"}, "email"),
        ("staff", "staff", {"name": "x", "email": "ROBIN@acme.example"}, "email"),
        ("staff", "staff", {"name": "x", "email": "x@y.example", "password": 12345678}, "password"),
        ("incidents", "incident", {}, "title"),
        (
            "incidents",
            "incident",
            {"title": "x", "updates_attributes": [{"status": "bad"}]},
            "updates_attributes",
        ),
        (
            "incidents",
            "incident",
            {"title": "x", "incidents_systems_attributes": [UNKNOWN]},
            "incidents_systems.system",
        ),
        (
            "incidents",
            "incident",
            {"title": "x", "incidents_systems_attributes": [UNKNOWN | {"id": "x"}]},
            "incidents_systems",
        ),
    ],
)
async def test_refused(client, sandbox, path, root, given, field):
    """422 with the reason, and nothing is made."""
    version = sandbox.world.version
    reply = await client.post(path, **{root: given})
    assert (reply.status, list(reply.json["errors"])) == (422, [field])
    assert sandbox.world.version == version


async def test_change_that_takes_away_what_must_be(client, sandbox):
    """422 for a title made null or blank."""
    path = f"articles/{sandbox.articles[0].slug}"
    for title in (None, "", " "):
        assert (await client.put(path, article={"title": title})).status == 422


@pytest.mark.parametrize("path", ["articles/x", "response_templates/1", "incidents/x"])
async def test_unknown(client, path):
    """404, read or changed."""
    assert (await client.get(path)).status == (await client.put(path)).status == 404


async def test_body_without_its_root(client):
    """400."""
    for path in ("articles", "response_templates", "staff", "incidents", "contacts"):
        assert (await client.post(path, title="x")).status == 400
