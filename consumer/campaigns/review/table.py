"""Everything that a review can find: what docs/review.md shows.

To add a finding: its entry here, the code that finds it, a test, and
`python -m consumer.campaigns.review.page > docs/review.md`.
"""

from typing import Final, NamedTuple

from consumer.campaigns.errors import Finding, Severity
from schemas.channel import Channel


class FindingKind(NamedTuple):
    code: str
    severity: Severity
    sentence: str
    """With what differs from case to case in braces."""
    fix: str
    needs_database: bool = False
    """So `clarion campaigns check` cannot find it."""


_ERRORS: Final = (
    ("unreadable_file", "{problem}", "Correct the file's syntax at that line."),
    ("unknown_key", "unknown key '{key}'{meant}", "Correct or remove the key; docs/campaigns.md lists all."),
    ("invalid_value", "{problem}", "Write a value that docs/campaigns.md allows for this key."),
    ("no_channel", "The campaign has no channel.", "Add email, sms or push under `channels`."),
    ("end_before_start", "The end must come after the start.", "Correct `start` or `end`."),
    (
        "wrong_lane",
        "The high-throughput lane takes transactional campaigns only.",
        "Make the campaign transactional, or set `lane: unitary`.",
    ),
    (
        "lane_without_profiles",
        "The high-throughput lane has no profiles, so it cannot create them.",
        "Remove `createProfiles`, or set `lane: unitary`.",
    ),
    ("reserved_context", "The context's member 'system' is reserved.", "Give the member another name."),
    (
        "unfit_configuration",
        "The channel configuration '{name}' cannot be used: {problem}.",
        "Correct it in the file of channel configurations and apply that.",
        True,
    ),
    (
        "unknown_configuration",
        "There is no channel configuration '{name}'{meant}.",
        "Add it with `clarion channels apply`, or name another.",
        True,
    ),
    (
        "mismatching_configuration",
        "The configuration '{name}' is for {other}, not for {channel}.",
        "Name a configuration that is for {channel}.",
        True,
    ),
    (
        "no_default_content",
        "There is no content in the default locale '{locale}'.",
        "Add content in it, or change `defaultLocale`.",
    ),
    (
        "treatment_without_content",
        "The treatment '{treatment}' has no content.",
        "Add some, or remove the treatment.",
    ),
    (
        "weights_not_100",
        "The weights add up to {total}; they must add up to 100.",
        "Correct the weights of the treatments.",
    ),
    (
        "different_treatments",
        "All channels with treatments must have the same ones, with the same weights.",
        "Give each channel the same treatments: a person has one, whichever the channel.",
    ),
    (
        "rule_set_in_fast_lane",
        "The high-throughput lane has neither quiet hours nor caps.",
        "Remove `ruleSet`, or set `lane: unitary`.",
    ),
    (
        "unknown_rule_set",
        "There is no rule set '{name}'{meant}.",
        "Add it with `clarion rules apply`, or name another.",
        True,
    ),
    (
        "audience_in_fast_lane",
        "The high-throughput lane has no profiles, and so no audiences.",
        "Remove `audience` and `throttle`, or set `lane: unitary`.",
    ),
    (
        "unknown_audience",
        "There is no audience '{name}'{meant}.",
        "Add it with `clarion audiences apply`, or name another.",
        True,
    ),
    ("locale_twice", "This locale is given twice, in two spellings.", "Remove one of them."),
    (
        "template_error",
        "The template cannot be used: {problem}.",
        "Correct the template; see docs/templates.md.",
    ),
    (
        "unknown_root",
        "The variable '{variable}' does not exist{meant}.",
        "Begin it with context, profile or recipient.",
    ),
    (
        "unknown_recipient_member",
        "There is no '{variable}'; a recipient has namespace and userId.",
        "Use recipient.namespace or recipient.userId.",
    ),
    ("empty_subject", "The {part} is empty.", "Write a text."),
    ("empty_body", "The message has no text.", "Write a text, or remove this language or channel."),
    (
        "personalised_host",
        "A value decides which host a link leads to: '{link}'. Triggers could lead people anywhere.",
        "Write the host in the template, and a slash after it.",
    ),
    ("never_renders", "The message can never be sent: {problem}.", "Correct the template."),
)
_WARNINGS: Final = (
    (
        "rule_set_without_effect",
        "Transactional campaigns obey no rule set.",
        "Remove `ruleSet`, or make the campaign marketing.",
    ),
    ("end_passed", "The end has passed: every trigger would be rejected as after_end.", "Move `end`."),
    (
        "mistaken_namespace",
        "In the namespace '{namespace}' no channel uses the userId as an address; did you mean '{meant}'?",
        "Use the channel's own namespace, or give addresses in profiles or channelData.",
    ),
    (
        "namespace_without_address",
        "A userId in '{namespace}' is no address for {channels}; without a profile there is no other.",
        "Give the address in channelData of each trigger.",
    ),
    (
        "no_consent_of_new_profiles",
        "A new profile has not consented: it gets no message, unless CLARION_CONSENT_DEFAULT is opt-out.",
        "Remove `createProfiles`, or import people with their consents.",
    ),
    (
        "profile_in_fast_lane",
        "'{variable}' must come with each trigger: the high-throughput lane has no stored profiles.",
        "Give it in the recipient's `profile`, or in the context.",
    ),
    (
        "unknown_locale",
        "No registry knows the language '{locale}'.",
        "Correct it, such as `sv`, `pt-BR`, `zh-Hant`.",
    ),
    (
        "near_variable",
        "'{variable}' is used only here, beside '{near}'; is it the same?",
        "Correct the spelling, if it is.",
    ),
    (
        "variable_in_some_contents",
        "'{variable}' is used in {used}, but not in {others}.",
        "Use it in every language and treatment, if it belongs there.",
    ),
    (
        "html_in_some_languages",
        "There is no html in {others}, but in {used}.",
        "Add html in every language.",
    ),
    ("html_without_text", "There is html, but no text.", "Add `text`, for programs that show no HTML."),
    (
        "sms_segments",
        "With the sample's values the text takes {segments} segments: {encoding}, {length} of {most} in one.",
        "Shorten it{odd}.",
    ),
    (
        "long_subject",
        "With the sample's values the subject has {length} characters; after 78 it may be cut.",
        "Shorten it.",
    ),
    (
        "large_html",
        "With the sample's values the HTML has {size:,} bytes; programs clip what is over 100,000.",
        "Shorten it.",
    ),
    (
        "large_push",
        "With the sample's values the push message has {size:,} bytes; services refuse what is over 4,096.",
        "Shorten it.",
    ),
    ("insecure_link", "The link '{link}' is not https.", "Begin it with https://."),
    ("empty_link", "A link leads nowhere.", "Give it an address in href."),
    (
        "no_unsubscribe_link",
        "A marketing e-mail has no link to unsubscribe.",
        "Add a link whose address or text says so.",
    ),
    (
        "image_without_alt",
        "An image has no alternative text.",
        'Add alt="...", or alt="" where it is decoration.',
    ),
    (
        "unescaped_output",
        "A value stands {where}, where escaping does not protect.",
        "Put it between quotes in an attribute; inside <script> write it with `| tojson`.",
    ),
    (
        "sample_fails",
        "With the sample's values the message cannot be rendered: {problem}.",
        "See whether the template can work with the values that triggers will give.",
    ),
)

FINDINGS: Final = {
    kind.code: kind
    for severity, rows in (("error", _ERRORS), ("warning", _WARNINGS))
    for kind in (FindingKind(code, severity, *rest) for code, *rest in rows)  # type: ignore[arg-type]
}
"""By code; errors first."""


def found(code: str, path: str, line: int | None = None, **values: object) -> Finding:
    """The finding of this code at a place."""
    kind = FINDINGS[code]
    steps = path.split(".")
    channel = steps[1] if steps[0] == "channels" and len(steps) > 1 and steps[1] in set(Channel) else None
    locale = steps[steps.index("content") + 1] if channel and "content" in steps[:-1] else None
    return Finding(
        code,
        kind.severity,
        path,
        kind.sentence.format(**values).replace("?.", "?"),
        kind.fix.format(**values),
        Channel(channel) if channel else None,
        locale,
        line,
    )
