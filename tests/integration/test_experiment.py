"""An experiment from the file to its winner: treatments, clicks, the command, and the promotion."""

from collections import Counter

import pytest

from consumer.campaigns import lifecycle
from schemas.campaign import CampaignFile
from tests.builders import Json, campaign, recipient, trigger
from tests.commands import run
from tests.feedback import event, report, take_in
from tests.installation import Installation
from tests.projecting import project

PEOPLE = [f"p{number}@acme.example" for number in range(300)]


def email(text: str) -> Json:
    return {"en": {"subject": "Hello", "text": text}}


def experimental(**weights: float) -> Json:
    treatments = {name: {"weight": weight, "content": email(name)} for name, weight in weights.items()}
    channels = {"email": {"configuration": "mail", "treatments": treatments}}
    return campaign(experiment={"name": "x", "holdout": 10}, channels=channels)


async def test_an_experiment_is_reported_and_its_winner_promoted(installation: Installation) -> None:
    await installation.activate(experimental(a=50, b=50))
    # A second version with the same experiment: the same people, counted together.
    await installation.activate({**experimental(a=50, b=50), "title": "Again"})
    async with installation.engine():
        await installation.send_all(trigger(recipient(person)) for person in PEOPLE)
        await installation.executions(len(PEOPLE))
        deliveries = await installation.deliveries()
    await project(installation)
    made = Counter(delivery["treatment"] for delivery in deliveries)

    done = await run(installation, "campaigns", "experiment", "welcome", "--json")
    treatments = {each["treatment"]: each for each in done.json["treatments"]}
    assert {name: each["people"] for name, each in treatments.items()} == made
    assert done.json["holdout"]["people"] == len(PEOPLE) - len(deliveries) > 0
    assert done.json["sentence"] == "Nothing can be said yet: no clicks were reported."
    assert treatments["a"]["conversions"] is None

    # Of a, one in ten clicks; of b, all do.
    clicked = [each for n, each in enumerate(deliveries) if each["treatment"] == "b" or n % 10 == 0]
    await report(installation, *(event(each, "clicked", link="https://acme.example") for each in clicked))
    await take_in(installation)
    done = await run(installation, "campaigns", "experiment", "welcome", "--json")
    treatments = {each["treatment"]: each for each in done.json["treatments"]}
    assert treatments["b"]["conversions"] == treatments["b"]["people"] == made["b"]
    assert treatments["a"]["conversions"] == len(clicked) - made["b"]
    low, high = treatments["b"]["interval"]
    assert 0 < low < treatments["b"]["difference"] < high
    assert (done.json["isConclusive"], done.json["sentence"]) == (
        True, "Conclusive at 95%: b has more clicks than a.",
    )  # fmt: skip
    shown = await run(installation, "campaigns", "experiment", "welcome")
    assert "Experiment 'x', versions 1, 2" in shown.out

    refused = await run(installation, "campaigns", "promote", "welcome", "c")
    assert (refused.code, "there are: a, b" in refused.err) == (1, True)
    assert (await run(installation, "campaigns", "promote", "welcome", "b")).code == 0
    async with installation.database.connection() as connection:
        stored = await lifecycle.find(connection, "welcome")
    assert stored.live
    file = lifecycle.read_definition(stored.live)
    assert stored.live.number == 3
    assert file.experiment is None
    assert file.channels.email
    assert file.channels.email.model_dump(exclude_none=True)["content"] == email("b")
    assert (await run(installation, "campaigns", "experiment", "welcome")).code == 1
    assert (await run(installation, "campaigns", "promote", "welcome", "b")).code == 1


async def test_a_promotion_does_not_lose_a_draft(installation: Installation) -> None:
    await installation.activate(experimental(a=50, b=50))
    draft = CampaignFile.model_validate({**experimental(a=60, b=40), "title": "Next"})
    await lifecycle.apply(installation.database, draft)
    refused = await run(installation, "campaigns", "promote", "welcome", "a")
    assert (refused.code, "would be lost" in refused.err) == (1, True)


@pytest.mark.parametrize("command", [("experiment", "welcome"), ("promote", "welcome", "a")])
async def test_what_is_not_there_is_said_in_a_sentence(
    installation: Installation, command: tuple[str, ...]
) -> None:
    assert (await run(installation, "campaigns", *command)).code == 1
    await installation.activate(campaign())
    done = await run(installation, "campaigns", *command)
    assert (done.code, "has no experiment" in done.err) == (1, True)
