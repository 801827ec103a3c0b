"""The truth: deterministic, changed by its verbs, and remembered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.sandbox import Query, World

OPEN, ALL, DEFAULT = Query("open"), Query("all"), Query()


def slugs(world, query=ALL):
    """What a query lists."""
    view = world.view(query)
    return [c.slug for c in view.slice(0, len(view))]


def picture(world):
    """All there is, to the last byte."""
    return [c.encoded() for c in world.conversations]


def test_same_seed_same_world():
    """To the last byte, and another for another seed."""
    assert picture(World(50, seed=4)) == picture(World(50, seed=4))
    assert picture(World(50, seed=4)) != picture(World(50, seed=5))


def test_same_verbs_same_world():
    """What the world picks by itself is decided by its seed too."""

    def lived():
        world = World(90, seed=2)
        for verb in (world.create, world.insert, world.archive, world.delete, world.reopen):
            verb()
        world.merge(), world.touch(), world.archive_burst(5)
        return picture(world)

    assert lived() == lived()


def test_create_is_at_the_front():
    """In every order."""
    world = World(40)
    new = world.create()
    for sort in (None, "updated", "changed"):
        assert slugs(world, Query("all", sort))[0] == new.slug


def test_create_at_a_moment_is_in_the_middle():
    """By its age."""
    world = World(40)
    old = world.create(at=world.conversations[20].created_at)
    assert slugs(world).index(old.slug) in (20, 21)


def test_insert_is_somewhere():
    """In the middle of every list more often than at the front."""
    world = World(40)
    inserted = [world.insert().slug for _ in range(20)]
    places = sorted(map(slugs(world).index, inserted))
    assert places[0] < 15
    assert places[-1] > 45


def test_reopen_enters_the_default_list_by_age():
    """An archived conversation is open again where it was before."""
    world = World(60)
    archived = world.conversations[30]
    world.archive(archived.slug)
    assert archived.slug not in slugs(world, DEFAULT)
    world.reopen(archived.slug)
    assert archived.slug in slugs(world, OPEN)
    assert slugs(world)[30] == archived.slug


def test_archive_leaves_the_default_list_only():
    """It stays in `all`."""
    world = World(60)
    gone = world.archive()
    assert gone.slug not in slugs(world, DEFAULT)
    assert gone.slug in slugs(world)
    assert gone.slug in slugs(world, Query("archived"))


def test_delete_leaves_every_list():
    """And can't be read any more."""
    world = World(60)
    gone = world.delete()
    assert gone.slug not in slugs(world)
    assert world.get(gone.slug) is world.get(str(gone.id)) is None
    assert len(world) == 59


def test_burst_is_of_neighbours():
    """Forty in a row leave the default list at once."""
    world = World(300)
    before = slugs(world, DEFAULT)
    burst = [c.slug for c in world.archive_burst()]
    first = before.index(burst[0])
    assert before[first : first + 40] == burst
    assert slugs(world, DEFAULT) == before[:first] + before[first + 40 :]


def test_merge_absorbs_one():
    """One is gone, the other counts the messages of both and has just changed."""
    world = World(60)
    absorbed, into = world.conversations[3], world.conversations[50]
    count = absorbed.message_count + into.message_count
    world.merge(absorbed.slug, into.slug)
    assert absorbed.slug not in slugs(world)
    assert (into.message_count, into.updated) == (count, world.now)
    assert world.merge(into.slug, into.slug) is None


@pytest.mark.parametrize(("by", "moves"), [("customer", True), ("staff", False)])
def test_touch_jumps_where_it_should(by, moves):
    """Under `changed` always, under `updated` for a customer, in default order never."""
    world = World(60)
    last = slugs(world, Query(sort="changed"))[-1]
    place = slugs(world).index(last)
    world.touch(last, by=by)
    assert slugs(world, Query(sort="changed"))[0] == last
    assert (slugs(world, Query(sort="updated"))[0] == last) is moves
    assert slugs(world)[place] == last


def test_customer_opens_what_was_done():
    """A reply sets Done to Open (documented)."""
    world = World(60)
    done = next(c for c in world.conversations if c.status == 2)
    world.touch(done.slug)
    assert done.status == 0


def test_nothing_happens_where_nothing_is():
    """The verbs that pick for themselves find nothing in an empty world."""
    world = World(0)
    for verb in (world.archive, world.delete, world.reopen, world.merge, world.touch):
        assert verb() is None
    assert world.archive_burst() == []
    assert world.history == []
    assert world.insert().slug in slugs(world)


def test_change_of_the_unknown():
    """A wrong slug in a test is an error, not silence."""
    with pytest.raises(KeyError):
        World(1).archive("nobody")


def test_looking_things_up():
    """Channels by slug; people by address whatever its case; contacts made once."""
    world = World(1)
    assert [world.channel(channel.slug) for channel in world.channels] == [*world.channels]
    assert world.channel("nowhere") is world.user("nobody@example.com") is None
    assert world.user(world.staff[0].email.upper()) is world.staff[0]
    made = world.contact("New@example.com", "New")
    assert world.contact("new@example.com") is made


def test_slugs_are_not_used_again():
    """Not even after a deletion."""
    world = World(0)
    first = world.create(subject="Hello!")
    world.delete(first.slug)
    assert (first.slug, world.create(subject="hello").slug) == ("hello", "hello-2")
    assert world.create(subject="x" * 9999).slug == "x" * 200


def test_left_and_came_back_did_not_stay():
    """Though it matches at both ends."""
    world = World(60)
    it = next(c for c in world.conversations if c.status == 0)
    mark = world.mark()
    world.archive(it.slug)
    world.reopen(it.slug)
    assert it.slug not in world.stayed(mark, OPEN)
    assert it.slug in world.stayed(mark, ALL)
    assert it.slug in world.stayed(world.mark(), OPEN)


EVENTS = st.lists(
    st.sampled_from(["create", "insert", "reopen", "archive", "delete", "merge", "touch"]),
    max_size=20,
)


@given(EVENTS, EVENTS, st.sampled_from([OPEN, ALL, DEFAULT, Query(sort="changed")]))
def test_stayed_and_seen_are_what_looking_all_the_time_would_show(before, after, query):
    """What matched at every moment since the mark, and at any."""
    world = World(12, seed=len(before))
    for event in before:
        getattr(world, event)()
    mark, always, ever = world.mark(), set(slugs(world, query)), set(slugs(world, query))
    for event in after:
        getattr(world, event)()
        always &= set(slugs(world, query))
        ever |= set(slugs(world, query))
    assert world.stayed(mark, query) == [slug for slug in slugs(world, query) if slug in always]
    assert world.seen(mark, query) >= ever


def test_changed_names_what_changed():
    """Since the mark, new and gone ones among them."""
    world = World(30)
    world.touch()
    mark = world.mark()
    new, touched, gone = world.create(), world.touch(), world.delete()
    assert world.changed(mark) == {new.slug, touched.slug, gone.slug}


def test_version_moves_on():
    """With every change."""
    world = World(30)
    versions = [world.version]
    for verb in (world.create, world.touch, world.delete):
        verb()
        versions.append(world.version)
    assert versions == sorted(set(versions))


def test_views_are_bounded():
    """Old ones are dropped, and made anew when asked for."""
    world = World(30)
    first = world.view(ALL)
    for number in range(70):
        world.view(Query(for_id=str(number)))
    assert world.view(ALL) is not first
    assert len(world.view(ALL)) == len(first)
