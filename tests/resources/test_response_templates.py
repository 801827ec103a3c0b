"""Response templates over real sockets: counted or not, read, written."""

import pytest
from written import asked, written

from reamaze_async import InvalidParameter, NotFound
from reamaze_async.sandbox import Answer, Sandbox


@pytest.mark.parametrize("templates", ["paged", "bare", "whole"])
async def test_templates_that_nobody_counts(connect, templates):
    """Paged, paged without counts or all at once: everything comes once, and is counted right."""
    async with Sandbox(5, templates=templates) as sandbox:
        session = await connect(sandbox)
        listing = session.response_templates.list()
        found = [template.id async for template in listing]
        assert found == [template.id for template in sandbox.response_templates]
        assert listing.stats.requests == (1 if templates == "whole" else 2)
        assert await session.response_templates.count() == len(found) == 41


@pytest.mark.parametrize("count", [0, 1, 29, 30, 31])
async def test_templates_at_once_by_the_page(sandbox, session, count):
    """Without counts a page that isn't full ends the list, and so does one with nothing new."""
    items = b",".join(b'{"id":%d}' % number for number in range(count))
    sandbox.script = lambda _: Answer(200, b'{"response_templates":[%b]}' % items)
    listing = session.response_templates.list()
    assert [template.id async for template in listing] == list(range(count))
    assert listing.stats.requests == (2 if count == 30 else 1)
    assert await session.response_templates.count() == count


async def test_condition_lost_on_the_way(sandbox, session):
    """`q` arrives; an empty one is refused."""
    await session.response_templates.page(1, q="refund")
    assert asked(sandbox) == {"q": "refund"}
    with pytest.raises(InvalidParameter, match=r"^q=''"):
        session.response_templates.list(q="")


async def test_template_of_another_number(sandbox, session):
    """One template by its number, as a number or as text."""
    truth = sandbox.response_templates[7]
    for key in (truth.id, str(truth.id)):
        assert (await session.response_templates.get(key)).body == truth.body
    with pytest.raises(NotFound):
        await session.response_templates.get(1)


@pytest.mark.parametrize("key", ["", "..", None, True, 1.5])
async def test_key_that_names_nothing(sandbox, session, key):
    """A key that can be none is refused before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"^id="):
        await session.response_templates.get(key)
    with pytest.raises(InvalidParameter, match=r"^id="):
        await session.response_templates.update(key, name="x")
    assert sandbox.requests == []


async def test_template_sent_changed(sandbox, session):
    """Texts go to the letter, and whose it is as a number."""
    made = await session.response_templates.create("Hi ", "a\r\nb ", is_personal=True)
    sent = {"name": "Hi ", "body": "a\r\nb ", "is_personal": 1}
    assert written(sandbox) == ("POST", "/response_templates", {"response_template": sent})
    changed = await session.response_templates.update(made.id, is_personal=False)
    path = f"/response_templates/{made.id}"
    assert written(sandbox) == ("PUT", path, {"response_template": {"is_personal": 0}})
    assert changed.body == "a\r\nb "


@pytest.mark.parametrize(
    "given", [{"name": "", "body": "x"}, {"name": "x", "body": ""}, {"name": None, "body": "x"}]
)
async def test_template_that_would_be_refused(sandbox, session, given):
    """One sentence, before anything is sent."""
    with pytest.raises(InvalidParameter, match=r"\.$"):
        await session.response_templates.create(**given)
    with pytest.raises(InvalidParameter, match=r"^is_personal=1"):
        await session.response_templates.update(7, is_personal=1)
    with pytest.raises(InvalidParameter, match="nothing to change"):
        await session.response_templates.update(7)
    assert sandbox.requests == []
