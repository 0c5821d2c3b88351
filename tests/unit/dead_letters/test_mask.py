from consumer.dead_letters.mask import MASK, masked, masked_at, masked_headers, masked_name, masked_trigger
from tests.builders import recipient, trigger


def test_of_a_trigger_the_structure_and_the_ids_are_seen() -> None:
    told = trigger(
        recipient(
            type="aep", context={"order": {"lines": [{"sku": "A"}]}}, channelData={"emailAddress": "x@y.z"}
        ),
        requestId="r-1",
        context={"url": "https://secret", "none": None, "empty": {}},
        more=1,
    )
    assert masked_trigger(told) == {
        "requestId": "r-1",
        "campaignId": "welcome",
        "context": {"url": MASK, "none": None, "empty": {}},
        "recipients": [
            {
                "type": "aep",
                "namespace": "email",
                "userId": MASK,
                "context": {"order": {"lines": [{"sku": MASK}]}},
                "channelData": {"emailAddress": MASK},
            }
        ],
        "more": MASK,
    }


def test_what_is_no_trigger_is_masked_too() -> None:
    assert masked_trigger("secret") == MASK
    assert masked_trigger(["secret"]) == [MASK]
    assert masked_trigger({"requestId": {"a": "secret"}, "recipients": ["x", 1]}) == {
        "requestId": {"a": MASK},
        "recipients": [MASK, MASK],
    }
    assert masked_trigger({"recipients": "secret"}) == {"recipients": MASK}
    assert masked([None, 0, False]) == [None, MASK, MASK]


def test_a_recipient_keeps_its_namespace() -> None:
    assert masked_name("email:alice@example.com") == f"email:{MASK}"
    assert masked_name("alice") == MASK


def test_the_originals_headers_are_masked_and_failures_with_them() -> None:
    told = {"authorization": "secret", "content-type": "a", "clarion.reason": "b", "clarion.failures": "c"}
    assert masked_headers(told) == {
        "authorization": MASK,
        "content-type": "a",
        "clarion.reason": "b",
        "clarion.failures": MASK,
    }


def test_of_a_change_what_cannot_be_secret_is_seen() -> None:
    assert masked_at("campaignId", "welcom") == "welcom"
    assert masked_at("recipients[3].namespace", "email") == "email"
    for path in ("context.campaignId", "recipients[0].userId", "recipients[0].context.type", "more"):
        assert masked_at(path, "secret") == MASK
    assert masked_at("campaignId", {"a": "secret"}) == {"a": MASK}
