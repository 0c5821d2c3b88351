"""The scenarios, act by act: people and campaigns are the samples of config/, and a few of samples.py."""

from typing import Final

from demo.samples import BEING_WRITTEN, ONE_SECOND_CODE, STOPPED
from demo.scenario import Act, delivered, excluded, person, rejected, scenario, trigger
from schemas.reasons import Reason

_ALICE: Final = person("email:alice@example.com")
_LATE_FLIGHT: Final = {"number": "AC123", "from": "Stockholm", "to": "Lisbon", "departure": "14:35"}
_RESET: Final = "https://acme.example/reset/8c1f"
_ASKED_ONCE: Final = trigger("reset-alice", "password-reset", _ALICE, resetUrl=_RESET)
_PICKED: Final = [{"name": "Linen shirt", "price": "39 €"}, {"name": "Straw hat", "price": "19 €"}]

SENT: Final = Act(
    "Messages that go out",
    [
        scenario(
            "Alice has forgotten her password",
            _ASKED_ONCE,
            delivered("email to alice@example.com", "Choose a new Acme password"),
        ),
        scenario(
            "So has Bo, who reads Swedish",
            trigger("reset-bo", "password-reset", person("email:bo@example.com"), resetUrl=_RESET),
            delivered("email to bo@example.com", "Välj ett nytt lösenord till Acme"),
        ),
        scenario(
            "Nora is new: she gets a profile as well",
            trigger("reset-nora", "password-reset", person("email:nora@example.com"), resetUrl=_RESET),
            delivered("email to nora@example.com", "profile was created"),
        ),
        scenario(
            "Alice signs in with a code",
            trigger("code-alice", "one-time-code", person("phone:+12025550142"), code="493817"),
            delivered("sms to +12025550142", "493817 is your Acme code"),
        ),
        scenario(
            "Her flight is late: she hears it twice",
            trigger("flight-alice", "flight-delay", person("crm:C-1001"), flight=_LATE_FLIGHT),
            delivered("sms to C-1001", "Stockholm to Lisbon"),
            delivered("push to C-1001", "AC123 now leaves at 14:35"),
        ),
        scenario(
            "The summer sale, with things picked for her",
            trigger("sale-alice", "summer-sale", _ALICE, discount=30, products=_PICKED),
            delivered("email to alice@example.com", "up to 30 % off"),
        ),
    ],
)

LEFT_ALONE: Final = Act(
    "People who are rightly left alone",
    [
        scenario(
            "The sale again, but David never opted in",
            trigger("sale-david", "summer-sale", person("email:david@example.com")),
            excluded(Reason.NO_CONSENT, "email to david@example.com"),
        ),
        scenario(
            "Farid opted in, but has unsubscribed since",
            trigger("sale-farid", "summer-sale", person("email:farid@example.com")),
            excluded(Reason.SUPPRESSED, "email to farid@example.com"),
        ),
        scenario(
            "His password is another matter",
            trigger("reset-farid", "password-reset", person("email:farid@example.com"), resetUrl=_RESET),
            delivered("email to farid@example.com"),
        ),
        scenario(
            "Greta's mailbox bounces, so nothing goes there",
            trigger("reset-greta", "password-reset", person("email:greta@example.com"), resetUrl=_RESET),
            excluded(Reason.SUPPRESSED, "email to greta@example.com"),
        ),
    ],
)

SENT_TWICE: Final = Act(
    "Sent twice",
    [
        scenario(
            "The first request again, by a nervous producer",
            _ASKED_ONCE,
            excluded(Reason.DUPLICATE, "email to alice@example.com"),
        ),
        scenario(
            "Its requestId once more, with another link",
            trigger("reset-alice", "password-reset", _ALICE, resetUrl="https://acme.example/reset/77aa"),
            rejected(Reason.REQUEST_CONFLICT, "email to alice@example.com", "requestId"),
        ),
    ],
)

NOT_NOW: Final = Act(
    "Campaigns that are not open",
    [
        scenario(
            "The spring sale of 2024 is over",
            trigger("spring-alice", "spring-sale-2024", _ALICE),
            rejected(Reason.AFTER_END, "", "spring-sale-2024"),
        ),
        scenario(
            "The store opens when 2040 begins",
            trigger("opening-alice", "store-opening", _ALICE),
            rejected(Reason.BEFORE_START, "", "store-opening"),
        ),
        scenario(
            "The autumn sale is still a draft",
            trigger("autumn-alice", BEING_WRITTEN, _ALICE),
            rejected(Reason.CAMPAIGN_NOT_LIVE, "", "draft"),
        ),
        scenario(
            "The winter sale was stopped",
            trigger("winter-alice", STOPPED, _ALICE),
            rejected(Reason.CAMPAIGN_NOT_LIVE, "", "stopped"),
        ),
        scenario(
            "Nobody has heard of this campaign",
            trigger("moon-alice", "moon-landing", _ALICE),
            rejected(Reason.UNKNOWN_CAMPAIGN, "", "moon-landing"),
        ),
        scenario(
            "A code that waited while nothing ran",
            trigger("late-alice", ONE_SECOND_CODE, person("phone:+12025550142"), code="550021"),
            rejected(Reason.EXPIRED, "", ONE_SECOND_CODE),
            is_early=True,
        ),
    ],
)

MISTAKES: Final = Act(
    "Mistakes, told so that they can be fixed",
    [
        scenario(
            "A booking number that nobody has",
            trigger("flight-nobody", "flight-delay", person("crm:C-9999"), flight=_LATE_FLIGHT),
            rejected(Reason.UNKNOWN_PROFILE, "C-9999"),
        ),
        scenario(
            "Bo hears of it; Hugo left no phone",
            trigger(
                "flight-two", "flight-delay", person("crm:C-1002"), person("crm:C-1006"), flight=_LATE_FLIGHT
            ),
            delivered("sms to C-1002"),
            delivered("push to C-1002", "AC123 avgår nu kl. 14:35"),
            rejected(Reason.MISSING_ADDRESS, "sms to C-1006"),
            rejected(Reason.MISSING_ADDRESS, "push to C-1006"),
        ),
        scenario(
            "Half of the flight is missing",
            trigger("flight-half", "flight-delay", person("crm:C-1003"), flight={"number": "AC123"}),
            *(
                rejected(Reason.MISSING_CONTEXT, to, "flight.from", "flight.to", "flight.departure")
                for to in ("sms to C-1003", "push to C-1003")
            ),
        ),
        scenario(
            "A telephone number that is a name",
            trigger(
                "code-name",
                "one-time-code",
                person("phone:+12025550184", channelData={"mobilePhoneNumber": "ask Jun"}),
                code="104466",
            ),
            rejected(Reason.INVALID_ADDRESS, "sms to +12025550184"),
        ),
        scenario(
            "An e-mail address instead of a booking number",
            trigger("flight-email", "flight-delay", _ALICE, flight=_LATE_FLIGHT),
            rejected(Reason.NAMESPACE_MISMATCH, "alice@example.com", "crm"),
        ),
        scenario(
            "Text where a list belongs, and no campaign",
            {"requestId": "list-text", "recipients": "alice@example.com"},
            rejected(Reason.INVALID, "", "recipients", "campaignId"),
        ),
        scenario("Bytes that are no JSON at all", b"\x89PNG\r\n\x1a\n", rejected(Reason.MALFORMED)),
    ],
)

ACTS: Final = (SENT, LEFT_ALONE, SENT_TWICE, NOT_NOW, MISTAKES)
SCENARIOS: Final = tuple(scenario for act in ACTS for scenario in act.scenarios)
