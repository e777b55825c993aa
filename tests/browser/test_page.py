"""The guard of the browser tests itself: it must see what it is there to see."""

import pytest

pytestmark = pytest.mark.browser


def test_a_local_page_opens_and_is_clean(page, tmp_path):
    (tmp_path / "x.html").write_text("<h1>Pose</h1>", encoding="utf-8")
    page.goto((tmp_path / "x.html").as_uri())
    assert page.inner_text("h1") == "Pose"
    assert page.errors == [] and page.outside == []


def test_a_request_to_the_outside_is_seen_and_refused(page):
    page.set_content(
        '<img src="https://example.org/a.png"><script src="http://example.com/b.js"></script>'
    )
    page.wait_for_timeout(200)
    assert {"https://example.org/a.png", "http://example.com/b.js"} == set(page.outside)
    page.outside.clear()


def test_a_script_that_throws_is_seen(page):
    page.set_content("<script>setTimeout(() => { throw new Error('lost joint') })</script>")
    page.wait_for_timeout(200)
    assert any("lost joint" in text for text in page.errors)
