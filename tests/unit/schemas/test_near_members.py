"""A member near a known name is named with what was meant; any other is nobody's business."""

from typing import Any

import orjson
import pytest

from schemas.near_members import WARNINGS_MAX, near_members
from tests.ajo import SAMPLES
from tests.builders import recipient, trigger


def found(value: dict[str, Any]) -> list[str]:
    return near_members(orjson.dumps(value))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"chanelData": {}}, "recipients[0].chanelData is not a member that is read; channelData "),
        ({"channel_data": {}}, "recipients[0].channel_data is not a member that is read; channelData "),
        ({"Context": {}}, "recipients[0].Context is not a member that is read; context "),
        ({"attachements": []}, "recipients[0].attachements is not a member that is read; attachments "),
        ({"channelData": {"emailAdress": "a"}}, "recipients[0].channelData.emailAdress is not "),
        ({"channelData": {"phoneNumber": "1"}}, "recipients[0].channelData.phoneNumber is not "),
        ({"channelData": {"pushInfo": {"tokken": "1"}}}, "recipients[0].channelData.pushInfo.tokken is not "),
    ],
)
def test_a_near_miss_is_named(written: dict[str, Any], meant: str) -> None:
    [warning] = found(trigger({**recipient(), **written}))
    assert warning.startswith(meant)


def test_the_trigger_itself_is_looked_at() -> None:
    [warning] = found({**trigger(), "contexts": {}})
    assert warning == "contexts is not a member that is read; context was probably meant."


def test_what_is_near_nothing_or_null_or_free_is_not_named() -> None:
    free = {"chanelData": 1, "recipient": 2}
    assert not found(trigger({**recipient(), "comment": "x", "mergePolicyName": "d", "chanelData": None}))
    assert not found(trigger({**recipient(), "context": free, "profile": free}))
    assert not found(
        trigger({**recipient(), "channelData": {"pushInfo": {"appID": "a", "token": "t", "platform": "fcm"}}})
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_published_samples_have_none(path: Any) -> None:
    assert near_members(path.read_bytes()) == []


def test_a_hundred_thousand_members_are_not_all_compared() -> None:
    many = {f"chanelData{number}": 1 for number in range(100_000)}
    assert len(found(trigger(*({**recipient(f"{n}@example.com"), **many} for n in range(2))))) == WARNINGS_MAX
