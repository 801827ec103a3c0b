"""People and channels as the API shows them."""

from reamaze_async.sandbox.fake_data import channels, staff


def test_category():
    """The last key is that of mail."""
    shown = [channel.json() for channel in channels("acme")]
    assert {item["settings_display_html_email"] for item in shown} == {"0", "1"}
    assert {item["email"] for item in shown} >= {None, "", "support@acme.reamaze.com"}


def test_follower_keys():
    """Three more than an author, with their question marks."""
    follower = staff("acme")[0].follower()
    assert [*follower][-3:] == ["staff?", "customer?", "bot?"]
    assert (follower["staff?"], follower["customer?"]) == (True, False)
