"""What of a change is recorded."""

from consumer.audit.record import TEXT_LENGTH_MAX, differing, stored


def test_only_members_that_differ_are_kept() -> None:
    before = {"a": 1, "b": {"c": 1, "d": 2}, "gone": True, "list": [1, 2]}
    after = {"a": 1, "b": {"c": 1, "d": 3}, "new": "x", "list": [1, 3]}

    assert differing(before, after) == (
        {"b": {"d": 2}, "gone": True, "list": [1, 2]},
        {"b": {"d": 3}, "list": [1, 3], "new": "x"},
    )


def test_contexts_and_secrets_are_left_out_at_any_depth() -> None:
    value = {"context": {"code": "1"}, "a": [{"secret": "x", "b": {"context": 1, "c": 2}}]}

    assert stored(value) == {"a": [{"b": {"c": 2}}]}


def test_a_long_text_is_cut() -> None:
    [kept] = stored({"html": "x" * 10_000}).values()

    assert str(kept).startswith("x" * TEXT_LENGTH_MAX)
    assert str(kept).endswith("... (10,000 characters)")
