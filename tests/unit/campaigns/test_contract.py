"""A campaign's schema accepts its sample, and not the sample without a variable that is required."""

import copy
import json
import shlex
import subprocess
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from config import SAMPLES
from consumer.campaigns.contract import required_paths, trigger_schema
from consumer.campaigns.files import read_campaign
from consumer.campaigns.sample import sample_trigger, sample_variables
from consumer.campaigns.snippets import Client, snippet
from consumer.campaigns.templates import message_sources
from consumer.campaigns.variables import variables_of
from consumer.rules.campaign import Content
from consumer.template.render import MissingVariables, Rendered, render
from schemas.campaign import CampaignFile
from schemas.trigger import Trigger, read_trigger

CAMPAIGNS = sorted((SAMPLES / "campaigns").glob("*.yaml"))
Json = dict[str, Any]


def campaign(html: str, **fields: Any) -> CampaignFile:
    email = {"configuration": "acme", "content": {"en": {"subject": "Hello", "html": html}}}
    written = {
        "id": "c",
        "title": "C",
        "type": "transactional",
        "namespace": "email",
        "channels": {"email": email},
    }
    return CampaignFile.model_validate(written | fields)


def accepts(schema: Json, trigger: Json) -> bool:
    Draft202012Validator.check_schema(schema)
    return bool(Draft202012Validator(schema).is_valid(trigger))


def without(context: Json, path: tuple[Any, ...]) -> Json:
    copied = copy.deepcopy(context)
    owner: Any = copied
    for key in path[:-1]:
        owner = owner[key]
    del owner[path[-1]]
    return copied


def check_contract(file: CampaignFile) -> None:
    """The schema's verdict on the sample and on what is left out of it, beside what rendering says."""
    schema, sample = trigger_schema(file), json.loads(orjson.dumps(sample_trigger(file)))
    assert isinstance(read_trigger(orjson.dumps(sample)), Trigger)
    assert accepts(schema, sample)
    assert schema["examples"] == [sample]
    variables = variables_of(file)
    values = sample_variables(file, variables)
    for message in message_sources(file):
        answer = render(Content(message.locale, message.templates).message, values, max_bytes=1_000_000)
        assert isinstance(answer, Rendered), answer
    for path in required_paths(file, variables):
        [recipient] = sample["recipients"]
        lacking = {**recipient, "context": without(recipient["context"], path[1:])}
        assert not accepts(schema, {**sample, "recipients": [lacking]}), path
        moved = {**sample, "context": recipient["context"], "recipients": [{**recipient, "context": {}}]}
        assert accepts(schema, moved)
        context = without(values["context"], path[1:])  # type: ignore[arg-type]
        answers = [
            render(
                Content(each.locale, each.templates).message,
                {**values, "context": context},
                max_bytes=1_000_000,
            )
            for each in message_sources(file)
        ]
        assert any(isinstance(answer, MissingVariables) for answer in answers), path


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.stem)
def test_a_sample_campaigns_schema_accepts_its_sample_and_nothing_less(path: Path) -> None:
    check_contract(read_campaign(path))


NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "context." + ".".join(names))
PRINTED = st.builds(
    "{{{{ {} {} }}}}".format,
    PATHS,
    st.sampled_from(
        ["", "| upper", "| default('x')", "| urlencode", "| tojson", "| length", "| truncate(9)"]
    ),
)
NUMBERS = st.builds("{{{{ {} }}}}".format, st.builds("context.n{}".format, st.integers(0, 3))).map(
    lambda text: (
        text.replace(" }}", " | round(2) }}").replace("context.n3", "'%.2f' | format(context.n3)")
        if "n3" not in text
        else "{{ '%.2f' | format(context.n3) }}"
    )
)
LOOPS = st.builds(
    "{{% for item in context.list{} %}}{{{{ item.{} }}}}{{{{ item.price * 2 }}}}{{% endfor %}}".format,
    st.integers(0, 2),
    NAMES,
)
ASKED = st.builds(
    "{{% if context.maybe{0} is defined %}}{{{{ context.maybe{0}.{1} }}}}{{% endif %}}".format,
    st.integers(0, 2),
    NAMES,
)
FLAGS = st.builds("{{% if context.flag{} %}}yes{{% endif %}}".format, st.integers(0, 2))
CHOICES = st.builds("{{% if context.kind{} == 'a' %}}yes{{% endif %}}".format, st.integers(0, 2))


@settings(max_examples=40)
@given(
    st.lists(PRINTED | NUMBERS | LOOPS | ASKED | FLAGS | CHOICES, min_size=1, max_size=6),
    st.sampled_from([{}, {"alpha": {"beta": "B"}}]),
)
def test_a_made_up_campaigns_schema_accepts_its_sample_and_nothing_less(
    pieces: list[str], defaults: Json
) -> None:
    # A name that is a text here and an object there fits no value: such a campaign cannot be sent.
    file = campaign("".join(pieces), context=defaults)
    paths = set(variables_of(file))
    is_consistent = not any(
        path[:length] in paths for path in paths for length in range(2, len(path)) if 0 not in path
    )
    if is_consistent and not (defaults and ("context", "alpha") in paths):
        check_contract(file)


def test_values_fit_what_the_templates_do_with_them() -> None:
    html = (
        "{{ context.total | round(2) }}{{ '%.2f' | format(context.price) }}"
        "{% for n in range(context.count) %}{% endfor %}"
        "{{ context.lines | map(attribute='name') | join(', ') }}"
        "{{ context.lines | selectattr('cost', '>', 5) | length }}"
        "{{ context.lines | sum(attribute='cost') }}{{ context.text[:context.most] }}"
        "{% if context.member %}x{% endif %}"
        "{% for key, value in context.labels.items() %}{{ key }}{{ value.upper() }}{% endfor %}"
        "{{ context.resetUrl }}"
    )
    sample: Json = sample_trigger(campaign(html))
    assert sample["recipients"][0]["context"] == {
        "total": 19.9,
        "price": 19.9,
        "count": 2,
        "lines": [{"name": "name", "cost": 5}],
        "text": "text",
        "most": 2,
        "member": True,
        "labels": {"key": "labels"},
        "resetUrl": "https://example.com/resetUrl",
    }
    check_contract(campaign(html))


def test_a_variable_may_be_missing_where_its_object_may_be_missing() -> None:
    file = campaign("{% if context.order is defined %}{{ context.order.id }}{% endif %}")
    assert required_paths(file, variables_of(file)) == []
    schema = trigger_schema(file)
    assert accepts(
        schema,
        {"requestId": "r", "campaignId": "c", "recipients": [{"namespace": "EMAIL", "userId": "a@b.c"}]},
    )


@pytest.mark.parametrize(
    "change",
    [
        {"campaignId": "other"},
        {"recipients": []},
        {"recipients": [{"namespace": "phone", "userId": "1", "context": {"lines": []}}]},
        {"context": {"lines": "none"}},
        {"context": {"lines": [{"name": "a"}]}},
        {"context": {"lines": None}},
    ],
)
def test_what_the_campaign_cannot_execute_is_not_accepted(change: Json) -> None:
    file = campaign("{% for line in context.lines %}{{ line.name }}{{ line.price * 2 }}{% endfor %}")
    sample: Json = sample_trigger(file)
    if "context" in change:
        sample = {**sample, "recipients": [{"namespace": "email", "userId": "a@b.c"}]}
    assert not accepts(trigger_schema(file), {**sample, **change})


def test_a_recipient_of_the_fast_lane_is_external_and_brings_its_address() -> None:
    file = campaign("{{ context.x }}", lane="high-throughput", namespace="crm")
    sample: Json = sample_trigger(file)
    [recipient] = sample["recipients"]
    assert accepts(trigger_schema(file), sample)
    for name in ("type", "channelData"):
        lacking = {key: value for key, value in recipient.items() if key != name}
        assert not accepts(trigger_schema(file), {**sample, "recipients": [lacking]})


# --- snippets ------------------------------------------------------------------------------------------

TRIGGER: Json = {
    "requestId": "sample-1",
    "campaignId": "c",
    "recipients": [{"namespace": "email", "userId": "a@b.c", "context": {"text": 'It\'s "å" \\ 100 %\n'}}],
}


@pytest.mark.parametrize("client", get_args(Client))
def test_every_client_has_a_snippet_that_names_what_it_needs(client: Client) -> None:
    text = snippet(client, TRIGGER, "unitary", "clarion.triggers")
    needed = {"curl": "/ajo/im/executions/unitary", "kafka": "clarion send -"}.get(client, "clarion.triggers")
    assert needed in text


def test_the_shell_reads_what_was_meant() -> None:
    words = shlex.split(snippet("curl", TRIGGER, "high-throughput", "t").replace("\\\n", ""))
    assert json.loads(words[words.index("-d") + 1]) == TRIGGER
    assert words[2].endswith("/highthroughput")
    shown = snippet("kafka", TRIGGER, "unitary", "t").partition(" | clarion")[0]
    printed = subprocess.run(["sh", "-c", shown], capture_output=True, check=True).stdout
    assert json.loads(printed) == TRIGGER


def test_the_python_program_is_one() -> None:
    text = snippet("python", TRIGGER, "unitary", "t")
    compile(text, "send.py", "exec")
    names: Json = {}
    exec(text[text.index("trigger =") : text.index("producer =")], {"json": json}, names)  # noqa: S102
    assert names["trigger"] == TRIGGER
