"""Articles and templates as they are served."""

from reamaze_async.sandbox import World

WORLD = World(1)


def test_article_in_the_order_of_real_answers():
    """With and without a topic."""
    items = [it.json() for it in WORLD.articles.everything()]
    keys = ["title", "body", "slug", "status", "created_at", "updated_at", "url", "author"]
    assert list(items[0]) == [*keys, "embedded_url", "topic"]
    assert {item["topic"] is None for item in items} == {True, False}


def test_template_with_and_without_a_group():
    """Null where it stands in none."""
    items = [it.json() for it in WORLD.response_templates.everything()]
    assert list(items[0]) == ["id", "name", "body", "response_template_group"]
    assert {item["response_template_group"] is None for item in items} == {True, False}
