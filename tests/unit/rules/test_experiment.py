"""Who gets which treatment: by weight, the same for ever, and as few people as possible move."""

from collections import Counter
from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.experiment import Experiment, build_experiment
from schemas.campaign import CampaignFile
from tests.builders import EMAIL, Json, campaign

PEOPLE = [f"email:person-{number}@example.com" for number in range(10_000)]
FEW = PEOPLE[:60]
Weights = Mapping[str | None, float]
TREATMENTS = st.sampled_from(["a", "b", "c", "d", None])
WEIGHTS = st.dictionaries(TREATMENTS, st.integers(1, 100), min_size=1)


def assigned(weights: Weights, people: list[str] = PEOPLE, name: str = "subject") -> list[str | None]:
    experiment = Experiment(name, weights)
    return [experiment.assign("sale", person) for person in people]


@pytest.mark.parametrize(
    "weights",
    [{"a": 50, "b": 50}, {"a": 45, "b": 45, None: 10}, {"a": 34, "b": 33, "c": 33}, {"a": 90, "b": 10}],
)
def test_ten_thousand_people_fall_into_treatments_within_a_point_of_their_weights(weights: Weights) -> None:
    counts = Counter(assigned(weights))
    assert {treatment: pytest.approx(weight, abs=1) for treatment, weight in weights.items()} == {
        treatment: count / 100 for treatment, count in counts.items()
    }


@given(WEIGHTS, st.randoms())
def test_the_order_of_treatments_does_not_matter(weights: Weights, random: Random) -> None:
    names = list(weights)
    random.shuffle(names)
    assert assigned(weights, FEW) == assigned({name: weights[name] for name in names}, FEW)


@given(WEIGHTS, st.integers(2, 9))
def test_only_the_weights_proportions_matter(weights: Weights, factor: int) -> None:
    assert assigned(weights, FEW) == assigned({name: factor * w for name, w in weights.items()}, FEW)


@given(WEIGHTS, WEIGHTS)
def test_nobody_moves_to_a_treatment_that_lost_against_the_one_they_had(
    before: Weights, after: Weights
) -> None:
    for old, new in zip(assigned(before, FEW), assigned(after, FEW), strict=True):
        if old != new and old in after and new in before:
            assert after[new] * before[old] > after[old] * before[new]


@given(WEIGHTS, TREATMENTS, st.integers(1, 100))
def test_a_change_of_one_weight_moves_people_only_to_or_from_that_treatment(
    before: Weights, changed: str | None, weight: int
) -> None:
    after = {**before, changed: weight}
    for old, new in zip(assigned(before, FEW), assigned(after, FEW), strict=True):
        assert old == new or changed in (old, new)


def test_ten_points_from_one_treatment_to_another_move_a_tenth_of_the_people() -> None:
    before, after = assigned({"a": 50, "b": 50}), assigned({"a": 60, "b": 40})
    moved = Counter((old, new) for old, new in zip(before, after, strict=True) if old != new)
    assert set(moved) == {("b", "a")}
    assert moved.total() / len(PEOPLE) == pytest.approx(0.1, abs=0.01)


def test_a_smaller_holdout_leaves_everybody_else_where_they_were() -> None:
    before, after = assigned({"a": 45, "b": 45, None: 10}), assigned({"a": 50, "b": 50})
    assert {old for old, new in zip(before, after, strict=True) if old != new} == {None}


def test_another_name_or_campaign_assigns_again() -> None:
    weights: Weights = {"a": 50, "b": 50}
    same = [x == y for x, y in zip(assigned(weights), assigned(weights, name="other"), strict=True)]
    assert sum(same) / len(PEOPLE) == pytest.approx(0.5, abs=0.02)
    other = [Experiment("subject", weights).assign("other", person) for person in PEOPLE]
    assert other != assigned(weights)


def test_the_assignment_is_what_it_was_when_the_first_message_went_out() -> None:
    """Of a running experiment nobody may move with an upgrade: these are fixed for ever."""
    experiment = Experiment("subject-july", {"a": 45, "b": 45, None: 10})
    people = [experiment.assign("summer-sale", f"email:{number}@acme.example") for number in range(24)]
    assert "".join(name or "-" for name in people) == "b-abbaaaa-abbababbaaaaab"


def file(experiment: Json, **treatments: Json) -> CampaignFile:
    email: Json = {"configuration": "mail", "treatments": treatments} if treatments else EMAIL
    return CampaignFile.model_validate(campaign(experiment=experiment, channels={"email": email}))


def treatment(weight: float) -> Json:
    return {"weight": weight, "content": EMAIL["content"]}


def test_the_holdout_is_taken_from_everybody_and_the_rest_shared_by_weight() -> None:
    written = file({"name": "x", "holdout": 20}, a=treatment(75), b=treatment(25), c=treatment(0))
    built = build_experiment(written.experiment, written.channels)
    assert built == Experiment("x", {"a": 60, "b": 20, None: 20})


def test_a_holdout_needs_no_treatments() -> None:
    written = file({"name": "x", "holdout": 10})
    built = build_experiment(written.experiment, written.channels)
    assert built == Experiment("x", {"": 90, None: 10})
