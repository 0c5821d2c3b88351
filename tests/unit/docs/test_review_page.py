"""docs/review.md is made from the table of findings."""

from pathlib import Path

from consumer.campaigns.review.page import review_page

PAGE = Path(__file__).parents[3] / "docs" / "review.md"


def test_the_page_is_as_the_table_is() -> None:
    """`python -m consumer.campaigns.review.page > docs/review.md`."""
    assert PAGE.read_text(encoding="utf-8") == review_page()
