"""An experiment on the wire: the treatment in delivery and execution, the holdout as an exclusion."""

from consumer.rules.campaign import Campaign
from schemas.delivery import EmailDelivery
from schemas.execution import Execution
from tests.builders import EMAIL, SMS, Json, live, recipient, record, replayed, trigger
from tests.unit.triggers.test_batch import Executed

PEOPLE = [f"p{number}@acme.example" for number in range(20)]


def email(text: str) -> Json:
    return {"en": {"subject": "Hello", "text": text}}


TREATMENTS = {"a": {"weight": 50, "content": email("A")}, "b": {"weight": 50, "content": email("B")}}


def experimental(version: int = 1, holdout: float = 20, **changes: Json) -> Campaign:
    channels = {"email": {"configuration": "mail", "treatments": TREATMENTS}, **changes}
    return live(version, experiment={"name": "x", "holdout": holdout}, channels=channels)


def executed(campaign: Campaign, *people: Json) -> Executed:
    given = people or [recipient(person) for person in PEOPLE]
    return Executed(record(trigger(*given)), campaigns={"welcome": campaign})


def test_deliveries_and_outcomes_name_the_treatment_and_the_holdout_is_excluded() -> None:
    batch = executed(experimental())
    [execution] = batch.values("executions")
    Execution.model_validate(execution)
    treatments = {o["recipient"]: o.get("treatment") for o in execution["outcomes"]}
    assert set(treatments.values()) == {"a", "b", None}
    excluded = [o for o in execution["outcomes"] if o["outcome"] != "delivery"]
    assert [o["reason"] for o in excluded] == ["holdout"] * len(excluded)
    assert len(excluded) == sum(treatment is None for treatment in treatments.values())
    for delivery in batch.values("deliveries.email"):
        EmailDelivery.model_validate(delivery)
        assert delivery["treatment"] == treatments[f"email:{delivery['recipient']['userId']}"]
        assert delivery["content"]["text"] == delivery["treatment"].upper()


def test_a_new_version_a_resent_trigger_and_a_replay_leave_everybody_where_they_were() -> None:
    first = executed(experimental()).values("executions")[0]["outcomes"]
    people = [recipient(person) for person in reversed(PEOPLE)]
    again = Executed(
        record(trigger(*people), headers=replayed()), campaigns={"welcome": experimental(version=7)}
    ).values("executions")[0]["outcomes"]
    assert {o["recipient"]: o.get("treatment") for o in first} == {
        o["recipient"]: o.get("treatment") for o in again
    }


def test_a_person_has_one_treatment_by_all_channels_and_a_channel_without_treatments_names_none() -> None:
    sms: Json = {name: {"weight": 50, "content": {"en": {"text": name}}} for name in "ab"}
    both = experimental(0, 0, sms={"configuration": "text", "treatments": sms})
    person = recipient(channelData={"mobilePhoneNumber": "12345"})
    batch = executed(both, person)
    [email], [text] = batch.values("deliveries.email"), batch.values("deliveries.sms")
    assert email["treatment"] == text["treatment"] == text["content"]["text"]

    [plain] = executed(experimental(0, 0, sms=SMS), person).values("deliveries.sms")
    assert "treatment" not in plain


def test_a_campaign_without_an_experiment_names_no_treatment() -> None:
    batch = executed(live(channels={"email": EMAIL}), recipient())
    assert "treatment" not in batch.values("deliveries.email")[0]
    assert "treatment" not in batch.values("executions")[0]["outcomes"][0]
