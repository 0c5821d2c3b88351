"""Anyone can compute the ids: they are RFC 9562's version 5, as every language's library makes them."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import CLARION_NAMESPACE, delivery_id, execution_id

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
