"""Anyone can compute the ids: they are RFC 9562's version 5, as every language's library makes them."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import CLARION_NAMESPACE, delivery_id, delivery_ids, execution_id, execution_ids

texts = st.text(st.characters(exclude_categories=["Cs"]))


def test_the_namespace_is_the_published_one() -> None:
    assert str(CLARION_NAMESPACE) == "30b58e1b-f26c-59e3-bc81-cdb9ef965e93"


@given(texts, texts)
def test_an_execution_id_is_the_uuid5_of_campaign_and_request(campaign: str, request: str) -> None:
    assert execution_id(campaign, request) == str(uuid5(CLARION_NAMESPACE, f"{campaign}/{request}"))


@given(texts, texts, texts, st.sampled_from(["email", "sms", "push"]))
def test_a_delivery_id_is_the_uuid5_of_recipient_and_channel_in_its_execution(
    request: str, namespace: str, user_id: str, channel: str
) -> None:
    execution = execution_id("welcome", request)
    expected = uuid5(UUID(execution), f"{namespace}:{user_id}/{channel}")
    assert delivery_id(execution, namespace, user_id, channel) == str(expected)


@given(st.lists(st.tuples(texts, texts, texts)))
def test_ids_that_are_made_together_are_the_same(requests: list[tuple[str, str, str]]) -> None:
    executions = execution_ids([(campaign, request) for campaign, request, _ in requests])
    assert [id_ for id_, _ in executions] == [
        execution_id(campaign, request) for campaign, request, _ in requests
    ]
    assert [UUID(id_).bytes for id_, _ in executions] == [raw for _, raw in executions]
    names = zip(executions, requests, strict=True)
    together = delivery_ids([(raw, f"email:{user}/sms") for (_, raw), (_, _, user) in names])
    names = zip(executions, requests, strict=True)
    assert together == [delivery_id(id_, "email", user, "sms") for (id_, _), (_, _, user) in names]
