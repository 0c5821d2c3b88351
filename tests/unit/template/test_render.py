"""What a template gives: values, what is missing, what fails. The attacks are in test_sandbox.py."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from consumer.template.render import (
    ContentTooLarge,
    Message,
    MissingVariables,
    Rendered,
    RenderFailed,
    Template,
    TemplateError,
    compile_template,
    render,
)

CAP = 1_000_000
ORDER = {
    "id": "42",
    "paid": True,
    "total": 19.9,
    "items": 2,
    "lines": [{"sku": "A", "price": 5, "gift": True}, {"sku": "B", "price": 14.9}],
}
VARIABLES: dict[str, object] = {
    "context": {"order": ORDER, "brand": "Tom & <b>Co</b>", "codes": ["x", None, 3], "by code": {"x": "ex"}},
    "profile": {"person": {"name": {"firstName": "Alice"}}},
    "recipient": {"namespace": "email", "userId": "alice@example.com"},
}

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def text(source: str) -> Template:
    return compile_template(source, autoescape=False)


def html(source: str) -> Template:
    return compile_template(source, autoescape=True)


def rendered(template: Template, variables: Mapping[str, object] = VARIABLES) -> str:
    answer = render(Message({"text": template}), variables, max_bytes=CAP)
    assert isinstance(answer, Rendered), answer
    return answer.parts["text"]


def missing(*templates: Template) -> tuple[str, ...]:
    parts = {str(number): template for number, template in enumerate(templates)}
    answer = render(Message(parts), VARIABLES, max_bytes=CAP)
    assert isinstance(answer, MissingVariables), answer
    return answer.names


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hi {{ profile.person.name.firstName }}", "Hi Alice"),
        ("{{ context.order.paid }} {{ context.order.total }} {{ 1 }}", "true 19.9 1"),
        ("{{ context.codes }} {{ context.codes[1] }}", '["x",null,3] null'),
        ("{{ context.order.items }}", "2"),
        ("{{ context['by code'].x }} {{ context['by code'][context.codes[0]] }}", "ex ex"),
        ("{% for key, value in context['by code'].items() %}{{ key }}={{ value }}{% endfor %}", "x=ex"),
        ("{{ context.order.get('id') }} {{ context.order.get('no', 'none') }}", "42 none"),
        ("{% for line in context.order.lines %}{{ loop.index }}{{ line.sku }} {% endfor %}", "1A 2B "),
        ("{{ context.order.lines | map(attribute='sku') | join(', ') }}", "A, B"),
        ("{{ context.order.lines | sum(attribute='price') }}", "19.9"),
        ("{{ (context.order.lines | sort(attribute='price', reverse=true) | first).sku }}", "B"),
        ("{{ context.order.lines | selectattr('gift', 'defined') | map(attribute='sku') | list }}", '["A"]'),
        ("{{ context.order.lines | selectattr('price', '>', 10) | length }}", "1"),
        ("{{ '%.2f' | format(context.order.total) }}", "19.90"),
        ("{{ context.order.items * 2 + 1 }} {{ -context.order.items }} {{ 7 // 2 }}", "5 -2 3"),
        ("{{ context.order.id ~ '/' ~ context.order.items }}", "42/2"),
        ("{{ profile.person.name.firstName[0] }}{{ context.order.id[:1] }}", "A4"),
        ("{% set name = profile.person.name %}{{ name.firstName.upper() }}", "ALICE"),
        ("{% with order = context.order %}{{ order.id }}{% endwith %}", "42"),
        ("{{ 'yes' if context.order.paid }}{{ 'no' if not context.order.paid }}", "yes"),
        ("{{ 'x' in context.codes and 'y' not in context.codes }}", "true"),
        ("{% for n in range(3) %}{{ loop.cycle('a', 'b') }}{% endfor %}", "aba"),
        ("{{ context.codes | map('string') | join('-') }}", "x-null-3"),
    ],
)
def test_a_template_gives(source: str, expected: str) -> None:
    assert rendered(text(source)) == expected


def test_every_missing_variable_is_named_not_only_the_first() -> None:
    subject = text("{{ context.b }}{{ profile.person.name.lastName }}")
    body = html("{% if context.c.d %}{% endif %}{% for x in context.e %}{% endfor %}{{ context.f | upper }}")
    more = html(
        "{{ context.g + 1 }}{{ context.h == 1 }}{{ context.b }}{{ other }}{{ context.order.lines[5].sku }}"
    )
    assert missing(subject, body, more) == (
        "context.b",
        "profile.person.name.lastName",
        "context.c.d",
        "context.e",
        "context.f",
        "context.g",
        "context.h",
        "other",
        "context.order.lines[5].sku",
    )


def test_a_missing_attribute_of_a_list_s_items_is_named_with_the_list() -> None:
    assert missing(text("{{ context.order.lines | map(attribute='size') | join }}")) == (
        "context.order.lines[].size",
    )


def test_a_missing_variable_is_named_by_its_whole_path_when_met_through_a_name_of_the_template_s_own() -> (
    None
):
    assert missing(text("{% set o = context.odrer %}{{ o.id }}")) == ("context.odrer.id",)


def test_a_null_in_the_middle_of_a_path_is_missing() -> None:
    assert missing(text("{{ context.codes[1].x }}")) == ("context.codes[1].x",)


def test_a_key_that_comes_from_a_variable_is_not_told() -> None:
    assert missing(text("{{ context[recipient.userId] }}")) == ("context[...]",)


def test_what_is_missing_is_told_before_what_failed_after_it() -> None:
    assert missing(text("{{ 1 / (context.nothing | int) }}{{ 1 / 0 }}")) == ("context.nothing",)


@pytest.mark.parametrize(
    "source",
    [
        "{{ context.a.b.c | default('x') }}",
        "{{ context.a | d(context.order.nothing) | d('x') }}",
        "{{ 'x' if context.a.b is undefined }}",
        "{% if context.a is defined %}{{ context.a }}{% else %}x{% endif %}",
        "{{ context.a[context.order.id] | default('x') }}",
    ],
)
def test_a_default_makes_a_missing_variable_harmless_at_any_depth(source: str) -> None:
    assert rendered(text(source)) == "x"


def test_required_variables_are_those_without_a_default() -> None:
    template = text(
        "{{ context.a.b }}{{ context.c | default(1) }}{% if context.d is defined %}{{ context.d }}{% endif %}"
        "{% for line in context.lines %}{{ line.sku }}{{ loop.index }}{% endfor %}"
        "{% set x = profile.y %}{{ x }}"
        "{{ context.e | default(1) }}{{ context.e }}{{ context.prices[context.code] }}"
    )
    assert template.variables == {
        "context.a.b", "context.lines", "profile.y", "context.e", "context.prices", "context.code",
    }  # fmt: skip


def test_a_part_that_fails_is_named_with_its_line_and_without_values() -> None:
    parts = {"subject": text("fine"), "html": html("\n{{ recipient.userId + 1 }}")}
    answer = render(Message(parts), VARIABLES, max_bytes=CAP)
    assert answer == RenderFailed(
        "html, line 2: arithmetic on something that is not a number (operator +, variable recipient.userId)"
    )


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("{{ context.text | round(2) }}", "(filter round, variable context.text)"),
        ("{{ 1 / context.zero }}", "(operator /, variable context.zero)"),
        ("{{ '%.2f' | format(context.text) }}", "(filter format, variable context.text)"),
        ("{% for l in context.lines %}{{ l.price * 2 }}{% endfor %}", "(operator *, variable l.price)"),
        ("{{ context.lines | sum(attribute='price') }}", "(filter sum, variable context.lines)"),
        ("{{ context.zero < context.text }}", "(comparison <, variable context.zero, context.text)"),
        ("{{ context.other }}{{ context.text | abs }}", "(filter abs, variable context.text)"),
    ],
)
def test_what_failed_is_named_with_what_it_was_given(source: str, named: str) -> None:
    context = {"text": "secret", "zero": 0, "lines": [{"price": "secret"}], "other": 1}
    answer = render(Message({"html": html(source)}), {"context": context}, max_bytes=CAP)
    assert isinstance(answer, RenderFailed)
    assert answer.detail.endswith(named)
    assert "secret" not in answer.detail


@pytest.mark.parametrize("odd", [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029"])
def test_a_subject_that_renders_with_a_line_break_or_control_fails(odd: str) -> None:
    subject = compile_template("Hi {{ context.name }}", autoescape=False, header=True)
    answer = render(Message({"subject": subject}), {"context": {"name": f"A{odd}Bcc: x"}}, max_bytes=CAP)
    assert answer == RenderFailed(
        f"subject, line 1: it must be one line without control characters, and holds U+{ord(odd):04X} "
        "(variable context.name)"
    )


def test_a_subject_may_hold_any_other_character_and_other_parts_even_line_breaks() -> None:
    parts = {
        "subject": compile_template("{{ context.a }}", autoescape=False, header=True),
        "title": text("{{ context.b }}"),
    }
    context = {"a": "\u00a0\u200b\u202a\u3000é😀", "b": "one\u2028two\nthree"}
    assert render(Message(parts), {"context": context}, max_bytes=CAP) == Rendered(
        {"subject": context["a"], "title": context["b"]}
    )


def test_a_subject_written_on_two_lines_is_refused_at_once() -> None:
    for odd in "\n\r\t\u2028":
        with pytest.raises(TemplateError, match="a subject is one line"):
            compile_template(f"Hi{odd}there", autoescape=False, header=True)
    compile_template("Hi\n", autoescape=False, header=True)  # as YAML's `subject: |` gives it


def test_the_cap_is_counted_in_bytes_over_all_parts() -> None:
    parts = {"subject": text("åä"), "text": text("{{ context.brand }}")}
    size = 4 + len("Tom & <b>Co</b>")
    assert isinstance(render(Message(parts), VARIABLES, max_bytes=size), Rendered)
    assert render(Message(parts), VARIABLES, max_bytes=size - 1) == ContentTooLarge(size - 1)


def test_nothing_a_part_sets_is_seen_by_another() -> None:
    assert missing(text("{% set x = 1 %}{{ x }}"), text("{{ x }}")) == ("x",)


def test_html_is_escaped_once_and_text_is_not() -> None:
    assert rendered(text("{{ context.brand }}")) == "Tom & <b>Co</b>"
    assert rendered(html("{{ context.brand }}")) == "Tom &amp; &lt;b&gt;Co&lt;/b&gt;"
    assert rendered(html("{{ context.brand | e }}")) == "Tom &amp; &lt;b&gt;Co&lt;/b&gt;"


ESCAPING = [
    html(f"<p>{source}</p>")
    for source in (
        "{{ context.x }}",
        "{{ context.x | e }}",
        "{{ [context.x, context.x | e] | join(context.x) }}",
        "{{ context.x ~ (context.x | e) }}",
        "{{ (context.x | e) + context.x }}",
        "{{ (context.x | e | upper)[1:] | replace('A', context.x) | trim(context.x) | title }}",
        "{{ '%s' | e | format(context.x) }}{{ context.x | truncate(9) | reverse }}",
        "{% for c in context.x %}{{ c }}{% endfor %}{{ [context.x] }}{{ {'x': context.x} }}",
    )
]


@given(st.text() | st.text("<>&'\"aA;"))
def test_no_value_breaks_out_of_html_escaping(value: str) -> None:
    for template in ESCAPING:
        answer = render(Message({"html": template}), {"context": {"x": value}}, max_bytes=CAP)
        if isinstance(answer, Rendered):
            inside = answer.parts["html"].removeprefix("<p>").removesuffix("</p>")
            assert not set(inside) & set("<>\"'")


@given(st.text())
def test_data_that_looks_like_a_template_is_inert(value: str) -> None:
    value = "{{ 7 * 7 }}{% include 'x' %}" + value
    assert rendered(text("{{ context.x }}"), {"context": {"x": value}}) == value
    assert rendered(html("{{ context.x }}"), {"context": {"x": value}}) == escape(value)


ANY_DATA = [
    text(source)
    for source in (
        "{{ context }}",
        "{{ context.x }}{{ context.x.y[0] | default(context.x) }}",
        "{% for a in context.x %}{% for b in a %}{{ b }}{{ loop.length }}{% endfor %}{% endfor %}",
        "{{ context.x | sort }}{{ context.x | unique }}{{ context.x | max }}",
        "{{ context.x + context.y }}{{ context.x ** context.y }}{{ context.x % context.y }}",
        "{{ context.x < context.y }}{{ context.x in context.y }}{{ context.y == context.x }}",
        "{{ context.x | join(context.y) }}{{ context.x | replace(context.y, 'z') }}",
        "{{ context.x | format(context.y) }}{{ context.x | int }}{{ context.x | round }}",
        "{{ context.x | urlencode }}{{ context.x | title | truncate(5) | wordcount }}",
        "{{ context.x | map(attribute='a') | list }}{{ context.x | dictsort }}{{ context.x.items() }}",
    )
]


@given(anything, anything, st.integers(0, 200))
def test_rendering_raises_for_no_data_and_never_exceeds_the_cap(x: object, y: object, cap: int) -> None:
    for template in ANY_DATA:
        answer = render(Message({"a": template, "b": template}), {"context": {"x": x, "y": y}}, max_bytes=cap)
        again = render(Message({"a": template, "b": template}), {"context": {"x": x, "y": y}}, max_bytes=cap)
        assert answer == again
        if isinstance(answer, Rendered):
            assert sum(len(part.encode()) for part in answer.parts.values()) <= cap


@given(anything)
def test_what_is_not_text_prints_as_json(value: object) -> None:
    printed = rendered(text("{{ context.x }}"), {"context": {"x": value}})
    # A double without decimals is printed as a whole number.
    read = printed if isinstance(value, str) else json.loads(printed, parse_int=float)
    assert read == json.loads(json.dumps(value), parse_int=float)
