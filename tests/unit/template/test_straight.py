"""The straight way renders what the bounded way renders, to the byte, and leaves all else to it."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import escape

from consumer.template.render import Message, Rendered, compile_template, render, render_bounded
from consumer.template.straight import NotStraightError, _escape

texts = st.text(alphabet=st.sampled_from("ab {}'\"\\&<>\n\u2028\x85\N{SNOWMAN}é%"), max_size=8)
# A brace opens nothing, whatever comes behind it.
literals = texts.map(lambda text: text.replace("{", "{."))
roots = st.sampled_from(["context", "profile", "recipient"])
steps = st.sampled_from([".a", ".b", "['a b']", "[0]", "[-1]", ".missing"])
defaults = st.sampled_from(["", "", " | default('none')", " | default('<&>')", ' | d("it\'s")'])
variables = st.builds(
    lambda root, keys, default: f"{{{{ {root}{''.join(keys)}{default} }}}}",
    roots,
    st.lists(steps, min_size=1, max_size=3),
    defaults,
)
sources = st.lists(literals | variables, max_size=6).map("".join)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | st.just("\ud800")
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "a b"]), inner),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from(["a", "b", "a b"]), values, max_size=3)
LIKELY: dict[str, object] = {"a": "<A>", "b": {"a": 1.5, "b": True}, "a b": ["x", None]}


def message(*, subject: str | None = None, **sources: str) -> Message:
    parts = {name: compile_template(source, autoescape=name == "html") for name, source in sources.items()}
    if subject is not None:
        parts["subject"] = compile_template(subject, autoescape=False, header=True)
    return Message(parts)


def assert_the_same(found: Message, given: Mapping[str, object], max_bytes: int = 1_000_000) -> None:
    assert render(found, given, max_bytes=max_bytes) == render_bounded(found, given, max_bytes=max_bytes)


@given(
    sources, sources, objects | st.just(LIKELY), objects | st.just(LIKELY), st.sampled_from([0, 60, 10**6])
)
@example("{{ context.a }}", "x", {"a": "\ud800"}, {}, 10**6)
@example("{{ context.a }}", "", {"a": float("inf")}, {}, 10**6)
def test_it_renders_what_the_bounded_way_does(
    html: str, text: str, context: dict[str, object], profile: dict[str, object], max_bytes: int
) -> None:
    given = {"context": context, "profile": profile, "recipient": LIKELY}
    assert_the_same(message(html=html, text=text), given, max_bytes)


@given(objects)
def test_a_subject_is_one_line_in_both(context: dict[str, object]) -> None:
    assert_the_same(message(subject="Hi {{ context.a }}"), {"context": context})


LETTER = message(
    subject="Order {{ context.order.id }}",
    html="<p>{{ profile.name }}, {{ context.order.id }} costs {{ context.total | default('nothing') }}</p>",
)


def test_a_message_of_text_and_variables_goes_straight() -> None:
    assert LETTER.write is not None
    given = {"context": {"order": {"id": 7}}, "profile": {"name": "A & B"}}
    expected = {"html": "<p>A &amp; B, 7 costs nothing</p>", "subject": "Order 7"}
    assert LETTER.write(given, 1_000_000) == expected
    assert render(LETTER, given, max_bytes=1_000_000) == Rendered(expected)


@pytest.mark.parametrize(
    "source",
    [
        "{% if context.a %}x{% endif %}",
        "{{ context.a | upper }}",
        "{{ context }}",
        "{{ other.a }}",
        "{{ context[context.a] }}",
        "{{ context.a | default(context.b) }}",
        "{{ context.a | default('x', true) }}",
        "{{ context.a }}" * 501,
    ],
)
def test_more_than_that_is_left_to_the_bounded_way(source: str) -> None:
    found = message(text=source)
    assert found.write is None
    assert_the_same(found, {"context": {"a": "a", "b": "b"}})


def test_a_long_value_printed_many_times_is_never_joined() -> None:
    """Else 200 kB of context and a short template would make 80 MB."""
    found = message(text="{{ context.a }}" * 400)
    assert found.write is not None
    given = {"context": {"a": "x" * 200_000}}
    with pytest.raises(NotStraightError):
        found.write(given, 1_000_000)
    assert_the_same(found, given)


@given(st.text() | texts)
def test_escaping_is_markupsafes(text: str) -> None:
    found: Any = _escape(text)
    assert found == str(escape(text))
