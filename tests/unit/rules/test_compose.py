"""From a candidate to its message: layers of context, the locale, and what stands in the way."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.campaign import Campaign
from consumer.rules.compose import choose_locale, compose_message
from consumer.rules.decide import judge_channels
from consumer.rules.outcome import Candidate, Delivery, Profile, Rejection
from schemas.channel import Channel
from schemas.ids import delivery_id, execution_id
from schemas.reasons import Reason
from schemas.trigger import Trigger, read_trigger
from tests.builders import CHANNELS, EMAIL, PUSH, SMS, live, recipient, trigger

EXECUTION = execution_id("welcome", "r")


def subject(template: str, **more: str) -> dict[str, Any]:
    """The channels of a campaign with that subject."""
    return {"email": {**EMAIL, "content": {"en": {"subject": template, "text": "text", **more}}}}


def compose(
    campaign: Campaign, call: Trigger | None = None, attributes: dict[str, object] | None = None
) -> Delivery | Rejection:
    trigger_ = call or called()
    [candidate, *_] = judge_channels(campaign, trigger_.recipients[0], Profile(attributes or {}, {}))
    assert isinstance(candidate, Candidate)
    return compose_message(campaign, EXECUTION, candidate)


def called(shared: dict[str, Any] | None = None, **changes: Any) -> Trigger:
    """A trigger with one recipient; `shared` is the context at the top."""
    read = read_trigger(orjson.dumps(trigger(recipient(**changes), context=shared)))
    assert isinstance(read, Trigger)
    return read


def rendered(
    campaign: Campaign, call: Trigger | None = None, part: str = "subject", **profile: Any
) -> object:
    found = compose(campaign, call, profile)
    assert isinstance(found, Delivery), found
    return found.content[part]


def fault(campaign: Campaign, call: Trigger | None = None) -> Rejection:
    found = compose(campaign, call)
    assert isinstance(found, Rejection), found
    return found


# --- context ---------------------------------------------------------------------------------------------


def test_the_campaigns_context_lies_under_the_triggers_and_that_under_the_recipients() -> None:
    template = "{{ context.a }} {{ context.b }} {{ context.c }} {{ context.deep.x }} {{ context.deep.y }}"
    campaign = live(
        channels=subject(template),
        context={
            "a": "campaign",
            "b": "campaign",
            "c": "campaign",
            "deep": {"x": "campaign", "y": "campaign"},
        },
    )
    call = called({"b": "trigger", "c": "trigger", "deep": {"x": "trigger"}}, context={"c": "recipient"})
    assert rendered(campaign, call) == "campaign trigger recipient trigger campaign"


layers = st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from(["x", "y"]), "deep": st.just({}) | st.just({"name": "z"})}
)


@given(layers, layers, layers)
def test_the_nearest_layer_that_says_something_wins(
    campaign: dict[str, Any], shared: dict[str, Any], own: dict[str, Any]
) -> None:
    said = [layer["name"] for layer in (own, shared, campaign) if "name" in layer]
    deep = [layer["deep"]["name"] for layer in (own, shared, campaign) if layer.get("deep")]
    template = "{{ context.name | default('-') }}{{ context.deep.name | default('-') }}"
    found = rendered(live(channels=subject(template), context=campaign), called(shared, context=own))
    assert found == (said or ["-"])[0] + (deep or ["-"])[0]


def test_a_null_does_not_hide_a_lower_layer() -> None:
    campaign = live(channels=subject("{{ context.a }}{{ context.b }}"), context={"a": "A", "b": None})
    assert rendered(campaign, called({"b": "B"}, context={"a": None, "b": None})) == "AB"


@pytest.mark.parametrize(
    ("value", "printed"),
    [(True, "true"), (False, "false"), (19.9, "19.9"), (42, "42"), ("x", "x"), (-1, "-1")],
)
def test_numbers_and_booleans_print_as_json_prints_them(value: object, printed: str) -> None:
    assert rendered(live(channels=subject("{{ context.v }}")), called(context={"v": value})) == printed


def test_context_is_data_and_is_never_rendered_itself() -> None:
    campaign = live(channels=subject("{{ context.v }}"))
    assert rendered(campaign, called(context={"v": "{{ 7 * 7 }}"})) == "{{ 7 * 7 }}"


def test_the_inline_profile_lies_over_the_stored_one_for_this_message() -> None:
    campaign = live(channels=subject("{{ profile.a }} {{ profile.person.b }} {{ profile.person.c }}"))
    call = called(profile={"person": {"b": "inline"}})
    assert (
        rendered(campaign, call, a="stored", person={"b": "stored", "c": "stored"}) == "stored inline stored"
    )


def test_the_recipient_is_known_to_templates_by_namespace_and_user_id() -> None:
    campaign = live(channels=subject("{{ recipient.namespace }} {{ recipient.userId }}"))
    assert rendered(campaign) == "email alice@example.com"


def test_html_is_escaped_and_subject_and_text_are_not() -> None:
    campaign = live(channels=subject("{{ context.v }}", html="{{ context.v }}", text="{{ context.v }}"))
    call = called(context={"v": "<b>&"})
    assert rendered(campaign, call) == rendered(campaign, call, "text") == "<b>&"
    assert rendered(campaign, call, "html") == "&lt;b&gt;&amp;"


# --- what stands in the way ------------------------------------------------------------------------------


def test_every_missing_variable_is_named_not_just_the_first() -> None:
    channels = subject(
        "{{ context.a }}{{ profile.b }}", html="{{ context.order.id }}", text="{{ context.a }}"
    )
    found = fault(live(channels=channels))
    assert found.reason is Reason.MISSING_CONTEXT
    for name in ("context.a", "profile.b", "context.order.id"):
        assert name in found.detail


def test_a_variable_with_a_default_is_never_missing() -> None:
    assert rendered(live(channels=subject("{{ context.a | default('there') }}"))) == "there"


def test_many_missing_variables_are_bounded_and_counted() -> None:
    template = "".join(f"{{{{ context.variable_number_{n} }}}}" for n in range(200))
    found = fault(live(channels=subject(template)))
    assert len(found.detail) <= 1_000
    assert " more" in found.detail


@pytest.mark.parametrize("line_break", ["\r", "\n", "\r\n"])
def test_a_subject_with_a_line_break_fails(line_break: str) -> None:
    call = called(context={"v": f"a{line_break}Bcc: x@y.z"})
    found = fault(live(channels=subject("{{ context.v }}")), call)
    assert found.reason is Reason.RENDER_FAILED
    assert "x@y.z" not in found.detail


def test_a_template_that_fails_is_told() -> None:
    found = fault(live(channels=subject("{{ 1 / context.v }}")), called(context={"v": 0}))
    assert found.reason is Reason.RENDER_FAILED


def test_content_has_at_most_1_000_000_bytes_in_all() -> None:
    campaign = live(channels=subject("{{ context.v }}", html="{{ context.v }}" * 6, text=""))
    call = called(context={"v": "å" * 71_500})
    assert fault(campaign, call).reason is Reason.CONTENT_TOO_LARGE
    assert isinstance(compose(campaign, called(context={"v": "å" * 71_400})), Delivery)


def test_a_locale_without_content_is_told_and_raises_nothing() -> None:
    assert fault(live(defaultLocale="sv")).reason is Reason.RENDER_FAILED


# --- the message -----------------------------------------------------------------------------------------


def test_a_delivery_has_the_deterministic_id_of_its_recipient_and_channel() -> None:
    found = compose(live(), called({"name": "Alice"}))
    assert isinstance(found, Delivery)
    assert found.delivery_id == delivery_id(EXECUTION, "email", "alice@example.com", "email")
    assert (found.channel, found.address, found.locale) == (Channel.EMAIL, "alice@example.com", "en")
    assert found.content == {"subject": "Hello Alice", "html": "<p>Hello Alice</p>"}


def test_each_channel_has_its_own_content() -> None:
    call = called(
        {"name": "Bo"},
        channelData={"mobilePhoneNumber": "12345", "pushInfo": {"token": "t", "platform": "fcm"}},
    )
    sms, push = compose(live(channels={"sms": SMS}), call), compose(live(channels={"push": PUSH}), call)
    assert isinstance(sms, Delivery)
    assert isinstance(push, Delivery)
    assert sms.content == {"text": "Hello Bo"}
    assert push.content == {"title": "Hello", "body": "Bo", "data": {"id": "Bo"}}
    assert push.address == {"token": "t", "platform": "fcm", "appId": None}


def test_the_sender_is_the_configuration_without_its_channel() -> None:
    [plan] = live().channels
    assert plan.sender == {name: value for name, value in CHANNELS["mail"].items() if name != "channel"}


# --- the locale ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preferred", "chosen"),
    [
        ("sv", "sv"),
        ("sv-SE", "sv"),
        ("sv_SE", "sv"),
        ("SV", "sv"),
        ("en-GB", "en-gb"),
        ("en-US", "en"),
        ("pt-BR-x-private", "pt-br"),
        ("pt", "en"),
        ("fi", "en"),
        ("", "en"),
        ("-", "en"),
        (7, "en"),
        (["sv"], "en"),
        (None, "en"),
    ],
)
def test_the_preferred_language_is_chosen_if_the_campaign_has_it(preferred: object, chosen: str) -> None:
    texts = {"subject": "s", "text": "t"}
    content = {"en": texts, "sv": texts, "en-GB": texts, "pt-BR": texts}
    [plan] = live(channels={"email": {"configuration": "mail", "content": content}}).channels
    assert choose_locale(plan, [preferred], "en") == chosen


TAGS = st.sampled_from(["sv", "sv-SE", "sv-SE-x-a", "en", "en-GB", "pt-BR", "pt", "zh-Hant-TW", "zh", "fi"])


@given(
    contents=st.lists(TAGS, unique=True, max_size=5),
    wanted=st.lists(TAGS | st.none() | st.integers(), max_size=3),
    default=TAGS,
)
def test_the_language_is_the_first_wanted_that_there_is_step_by_step(
    contents: list[str], wanted: list[object], default: str
) -> None:
    texts = {"subject": "s", "text": "t"}
    content = dict.fromkeys([*contents, default], texts)
    [plan] = live(
        channels={"email": {"configuration": "mail", "content": content}}, defaultLocale=default
    ).channels
    folded = {tag.lower() for tag in content}
    steps = [
        "-".join(parts[:length])
        for tag in wanted
        if isinstance(tag, str)
        for parts in [tag.lower().split("-")]
        for length in range(len(parts), 0, -1)
    ]
    expected = next((step for step in steps if step in folded), default.lower())
    assert choose_locale(plan, wanted, default.lower()) == expected
    # In another spelling it is the same language.
    respelled = [tag.replace("-", "_").upper() if isinstance(tag, str) else tag for tag in wanted]
    assert choose_locale(plan, respelled, default.lower()) == expected


def test_the_recipients_locale_goes_before_the_profiles_language() -> None:
    content = {locale: {"subject": locale, "text": "t"} for locale in ("en", "sv", "fi")}
    campaign = live(channels={"email": {"configuration": "mail", "content": content}})
    assert rendered(campaign, called(locale="sv-SE"), preferredLanguage="fi") == "sv"
    assert rendered(campaign, called(locale="pt"), preferredLanguage="fi-FI") == "fi"
    assert rendered(campaign, called(locale="pt"), preferredLanguage="de") == "en"


def test_a_delivery_names_the_locale_as_its_author_spells_it() -> None:
    content = {locale: {"subject": locale, "text": "t"} for locale in ("en", "sv_SE")}
    campaign = live(channels={"email": {"configuration": "mail", "content": content}})
    found = compose(campaign, attributes={"preferredLanguage": "sv-se"})
    assert isinstance(found, Delivery)
    assert (found.locale, found.content["subject"]) == ("sv_SE", "sv_SE")


def test_an_inline_preferred_language_wins_over_the_stored_one() -> None:
    content = {locale: {"subject": locale, "text": "t"} for locale in ("en", "sv", "fi")}
    campaign = live(channels={"email": {"configuration": "mail", "content": content}})
    assert rendered(campaign, called(profile={"preferredLanguage": "fi"}), preferredLanguage="sv") == "fi"
