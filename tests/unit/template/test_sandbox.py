"""A template cannot reach what it is not given, nor use memory or time without bound."""

import resource
from time import process_time

import pytest

from consumer.template.render import (
    ContentTooLarge,
    Message,
    MissingVariables,
    RenderFailed,
    TemplateError,
    compile_template,
    render,
)

LONG = "ab " * 60_000
VARIABLES: dict[str, object] = {
    "context": {
        "text": LONG,
        "lt": "<" * 190_000,
        "numbers": list(range(20_000)),
        "names": [f"k{number:05}" for number in range(15_000)],
        "rows": [{"a": number, "b": "x"} for number in range(5_000)],
    }
}
SECONDS = 5.0
"""Of the processor, not of the clock: each takes under one, on a machine under load as well."""


def many(body: str) -> str:
    return "{% for i in context.numbers %}{% set x = " + body + " %}{% endfor %}"


def doubled(start: str, step: str, end: str = "{{ a }}") -> str:
    return f"{{% set a = {start} %}}" + f"{{% set a = {step} %}}" * 64 + end


REFUSED = {
    "{% include 'x' %}": "include",
    "{% import 'x' as x %}": "import",
    "{% from 'x' import y %}": "from",
    "{% extends 'x' %}": "extends",
    "{% block x %}{% endblock %}": "block",
    "{% macro m() %}{% endmacro %}": "macro",
    "{% call m() %}{% endcall %}": "call",
    "{% filter upper %}{% endfilter %}": "filter",
    "{% set x %}{% endset %}": "set",
    "{% set x.y = 1 %}": "namespace",
    "{% do x %}": "do",
    "{% autoescape false %}{{ context.lt }}{% endautoescape %}": "autoescape",
    "{% for x in context.numbers recursive %}{{ loop(x) }}{% endfor %}": "recursive",
    "{% set context = 1 %}": "context",
    "{% for loop in [1] %}{% endfor %}": "loop",
    "{{ loop }}": "loop",
    "{{ loop.__class__ }}": "loop",
    "{{ loop['_iterable'] }}": "loop",
    "{{ loop.changed(1) }}": "changed",
    "{{ self }}": "self",
    "{{ self.__init__.__globals__ }}": "self",
    "{{ range.__class__ }}": "range",
    "{{ ''.__class__.__mro__ }}": "variables have parts",
    "{{ ().__class__.__base__.__subclasses__() }}": "__subclasses__",
    "{{ context.text.__class__() }}": "__class__",
    "{{ context | attr('__class__') }}": "attr",
    "{{ context.numbers | map('attr', '__class__') | list }}": "map",
    "{{ context.numbers | map('.lookup', [], 'x') | list }}": "map",
    "{{ context.numbers | map(context.text) | list }}": "map",
    "{{ context.numbers | map(attribute=context.text) | list }}": "attribute",
    "{{ context.numbers | select(context.text) | list }}": "select",
    "{{ context.text | upper(*context.numbers) }}": "upper",
    "{{ context.text | truncate(1, 2, 3, 4, 5, 6) }}": "arguments",
    "{{ context.lt | safe }}": "safe",
    "{{ context.numbers | random }}": "random",
    "{% if false %}{{ 1 | nope }}{% endif %}": "nope",
    "{{ 1 is nope }}": "nope",
    "{{ 1 is sameas 1 }}": "sameas",
    "{{ '{:>999999999}'.format(1) }}": "format",
    "{{ 'a'.ljust(10**9) }}": "ljust",
    "{{ context.numbers.append(1) }}": "append",
    "{{ 'a' | center(10**9) }}": "center",
    "{{ 'a' | indent(10**9) }}": "indent",
    "{{ [1] | batch(10**9, 1) }}": "batch",
    "{{ [1] | slice(10**9) }}": "slice",
    "{{ lipsum(n=10**6) }}": "called",
    "{{ cycler(1) }}": "called",
    "{{ joiner() }}": "called",
    "{{ dict(a=1) }}": "called",
    "{{ namespace(a=1) }}": "called",
    "{{ context.f() }}": "method f",
    "{{ {1: 2} }}": "key",
    "{{ 1 < 2 < 3 }}": "compare",
    "{{ 1e999 }}": "too large",
    "{{ " + "9" * 5_000 + " }}": "number",
    "{{ " + "(" * 10_000 + "1" + ")" * 10_000 + " }}": "nested",
    "{{ " + "1 + " * 10_000 + "1 }}": "nested",
    "{% if 1 %}" * 200 + "{% endif %}" * 200: "nested",
    "{% for a in [1] %}" * 25 + "{% endfor %}" * 25: "nested",
    "{% if 0 %}" + "{% elif 1 %}x" * 5_000 + "{% endif %}": "nested",
    "{{ context.x": "unexpected end",
}

STOPPED = [
    "{{ 'a' * 10**9 }}",
    "{{ [0] * 10**9 }}",
    "{{ 9**9**9 }}",
    doubled("2", "a * a"),
    "{{ 1.5 ** 1000000 }}",
    "{{ 5 | round(10**9, 'floor') }}",
    "{{ 5 | round(-1000000000) }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%999999999d' | format(1) }}",
    "{{ '%(x)s' | format(1) }}",
    "{{ range(10**9) }}",
    "{{ range(10**12, 10**15) | length }}",
    "{{ 9**18 * 9**18 }}",
    doubled("'x'", "a ~ a"),
    doubled("'x'", "a + a"),
    doubled("'x'", "[a, a] | join"),
    doubled("'%'", "a | replace('%', '%%%%%%%%')"),
    doubled("'ab'", "a | list | join(a)"),
    doubled("'<'", "a | e | replace('&', '&&')"),
    doubled("'\"'", "a | tojson"),
    doubled("[1]", "a + a"),
    doubled("[1]", "[a, a]"),
    doubled("[1]", "(a, a)"),
    doubled("{}", "{'a': a, 'b': a}"),
    doubled("[1]", "[a, a]", "{% set b = [a, a] %}{{ [[b, b], b] == [[a, b], a] }}"),
    doubled("[1]", "[a, a]", "{{ [a, a] | sort }}"),
    doubled("[1]", "[a, a]", "{{ [a] in [a, [a]] }}"),
    "{% set a = [1] %}" + "{% set a = [a] %}" * 2_000 + "{{ a }}",
    "{{ context.lt }}" * 100,
    "{% for i in range(9999) %}{{ range(9999) }}{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    "{% for i in context.numbers %}{% for j in context.numbers if i == j %}{% endfor %}{% endfor %}",
    "{% for i in context.numbers if 'zzz' in context.names %}{% endfor %}",
    *map(
        many,
        [
            "context.text == context.text ~ 'x'",
            "context.text | title",
            "context.text | wordcount",
            "context.lt | urlencode",
            "context.lt | e",
            "context.text.split(' ')",
            "context.text | replace('a', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb')",
            "context.text | trim(context.text)",
            "context.names | sort",
            "context.names | unique",
            "context.names | join(context.text)",
            "context.names | map('replace', 'k', 'kk') | list",
            "context.rows | tojson",
            "context.rows | selectattr('a', '>', 3) | list",
            "context.numbers[::-1]",
            "'%99.99f' | format(10.0 ** 300)",
        ],
    ),
]


@pytest.mark.parametrize(("source", "word"), REFUSED.items(), ids=[source[:40] for source in REFUSED])
def test_what_is_not_in_the_language_is_refused_when_compiled(source: str, word: str) -> None:
    start = process_time()
    with pytest.raises(TemplateError, match=rf"^line \d+: .*{word}"):
        compile_template(source, autoescape=True)
    assert process_time() - start < SECONDS


@pytest.mark.parametrize("source", STOPPED, ids=[source[:60] for source in STOPPED])
def test_a_template_that_would_use_memory_or_time_without_bound_is_stopped(source: str) -> None:
    template = compile_template(source, autoescape=True)
    memory, start = _peak_megabytes(), process_time()
    answer = render(Message({"html": template}), VARIABLES, max_bytes=1_000_000)
    assert isinstance(answer, RenderFailed | ContentTooLarge)
    assert process_time() - start < SECONDS
    assert _peak_megabytes() - memory < 200


@pytest.mark.parametrize("key", ["__class__", "__init__", "keys", "update", "format", "_evaluation"])
def test_an_attribute_is_a_key_of_the_data_and_nothing_else(key: str) -> None:
    template = compile_template(f"{{{{ context.{key} }}}}{{{{ context.text.{key} }}}}", autoescape=False)
    answer = render(Message({"text": template}), VARIABLES, max_bytes=1_000_000)
    assert answer == MissingVariables((f"context.{key}", f"context.text.{key}"))


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
