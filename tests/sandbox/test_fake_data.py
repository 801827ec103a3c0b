"""Made-up people and text."""

from random import Random

import pytest

from reamaze_async.sandbox.fake_data import (
    body,
    channels,
    customer,
    huge_body,
    slugify,
    staff,
    subject,
    tags,
)


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Knock, knock!", "knock-knock"), ("  -a-  ", "a"), ("שאלה", ""), ("50% off", "50-off")],
)
def test_slugify(text, slug):
    """Lower case and hyphens, maybe nothing."""
    assert slugify(text) == slug


def test_customers_are_the_same_every_time():
    """And different ones have different ids and addresses."""
    people = [customer(number) for number in range(300)]
    assert people == [customer(number) for number in range(300)]
    emails = [person.email for person in people if person.email]
    assert len({person.id for person in people}) == 300
    assert len(set(emails)) == len(emails) < 300


def test_staff_and_channels_are_told_apart():
    """Each with a slug or an address of its own."""
    assert len({user.email for user in staff("acme")}) == len(staff("acme"))
    assert len({channel.slug for channel in channels("acme")}) == len(channels("acme"))


def test_subjects_and_tags_of_all_luck():
    """Every number from 0 to 1 gives one."""
    lucks = [number / 1000 for number in range(1000)]
    assert all(subject(luck, luck) for luck in lucks)
    assert {len(tags(luck)) for luck in lucks} == {0, 1, 2}
    assert all(len(set(tags(luck))) == len(tags(luck)) for luck in lucks)


def test_bodies_of_every_size():
    """Small is a few words, large about a kilobyte, huge 100 KB."""
    lengths = [len(body(Random(1), size).encode()) for size in ("small", "normal", "large")]
    assert lengths[0] < 50 < 800 < lengths[2] < 2000
    assert lengths[1] < 200
    assert 100_000 <= len(huge_body(Random(1)).encode()) < 110_000
