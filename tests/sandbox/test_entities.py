"""People and channels as the API shows them."""

from reamaze_async.sandbox import User
from reamaze_async.sandbox.fake_data import channels, staff


def test_category():
    """The last key is that of mail."""
    shown = [channel.category() for channel in channels("acme")]
    assert {item["settings_display_html_email"] for item in shown} == {"0", "1"}
    assert {item["email"] for item in shown} >= {None, "", "support@acme.reamaze.com"}


def test_follower_keys():
    """Three more than an author, with their question marks."""
    follower = staff("acme")[0].follower()
    assert [*follower][-3:] == ["staff?", "customer?", "bot?"]
    assert (follower["staff?"], follower["customer?"]) == (True, False)


def test_channel_in_the_order_of_real_answers():
    """With its brand, and nulls where it is no mail."""
    items = [channel.json() for channel in channels("acme")]
    assert list(items[0])[:6] == ["name", "slug", "email", "created_at", "updated_at", "channel"]
    assert list(items[0])[-2:] == ["settings_signature", "brand"]
    assert {item["last_verified"] is None for item in items} == {True, False}
    assert {item["created_at"][:4] for item in items} == {"2019"}
    assert set(channels("acme")[0].brief()) == {"id", "name", "slug", "email", "channel"}


def test_friendly_name():
    """The one given, else the first word of what stands for a name, else none."""
    named = User(1, "Ana Silva", None)
    assert [named.friendly, User(1, None, "a@b").friendly] == ["Ana", "a@b"]
    named.friendly_name = "A."
    assert (named.json()["friendly_name"], User(1, None, None).friendly) == ("A.", None)
