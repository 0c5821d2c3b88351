from typing import Any

import orjson
import pytest

from consumer.dead_letters.letter import DeadLetter, read_letter
from consumer.replay.assignment import Assignment
from consumer.replay.changes import ABSENT, Change
from consumer.replay.edit import Edit, Edited
from consumer.replay.refusal import RefusalError, Why
from tests.builders import failure, recipient, trigger
from tests.letters import letter_record

ALICE, BOB, CAROL = (recipient(f"{name}@example.com") for name in ("alice", "bob", "carol"))


def letter(*failed: str) -> DeadLetter:
    failures = [failure(f"email:{name}@example.com") for name in failed]
    return read_letter(letter_record(b"", failures=failures or None))


def edited(
    document: Any, *sets: str, patch: Any = None, of: DeadLetter | None = None, force: bool = False
) -> Edited:
    value = document if isinstance(document, bytes) else orjson.dumps(document)
    edit = Edit(tuple(map(Assignment.parse, sets)), patch)
    return edit.apply(of or letter(), value, force=force)


def test_the_value_the_patch_and_the_changes_agree() -> None:
    before = trigger(context={"name": "Alice", "old": 1})
    done = edited(before, "context.name=Bob", "context.old:=null")
    assert orjson.loads(done.value) == before | {"context": {"name": "Bob"}}
    assert done.patch == {"context": {"name": "Bob", "old": None}}
    assert done.changes == [Change("context.name", "Alice", "Bob"), Change("context.old", 1, ABSENT)]


def test_a_patch_comes_before_the_assignments() -> None:
    done = edited(trigger(), "context.name=Bob", patch={"context": {"name": "Carol", "city": "Oslo"}})
    assert orjson.loads(done.value)["context"] == {"name": "Bob", "city": "Oslo"}


def test_changes_are_told_value_by_value() -> None:
    done = edited(trigger(ALICE, BOB), "recipients[1].userId=bobby@example.com")
    assert done.changes == [Change("recipients[1].userId", "bob@example.com", "bobby@example.com")]


@pytest.mark.parametrize("value", [b"", b"{garbage", b"[]", b'"x"'])
def test_what_is_no_object_cannot_be_changed(value: bytes) -> None:
    with pytest.raises(RefusalError, match="not a JSON object"):
        edited(value, "a=b")


def test_what_would_not_be_a_trigger_is_refused_unless_forced() -> None:
    with pytest.raises(RefusalError, match=r"it would be invalid: .*campaignId"):
        edited(trigger(), "campaignId:=1")
    assert edited(trigger(), "campaignId:=1", force=True).patch == {"campaignId": 1}


def test_a_mended_garbage_is_a_trigger() -> None:
    assert edited({"recipients": [ALICE], "campaignId": "welcome"}, "requestId=r-1").patch == {
        "requestId": "r-1"
    }


# --- partly failed triggers: the others got their message ---------------------------------------------


def test_a_failed_recipient_keeps_its_failure_under_its_new_name() -> None:
    done = edited(trigger(ALICE, BOB), "recipients[1].userId=bobby@example.com", of=letter("bob"))
    assert [failed.recipient for failed in done.failures] == ["email:bobby@example.com"]


def test_failures_stay_when_nobody_is_renamed() -> None:
    done = edited(trigger(ALICE, BOB), "context.name=x", of=letter("bob"))
    assert [failed.recipient for failed in done.failures] == ["email:bob@example.com"]


@pytest.mark.parametrize("change", ["requestId=other", "campaignId=other"])
def test_the_request_must_stay_the_same(change: str) -> None:
    with pytest.raises(RefusalError, match="requestId and campaignId must stay"):
        edited(trigger(ALICE, BOB), change, of=letter("bob"), force=True)


def test_nobody_may_come_or_go() -> None:
    with pytest.raises(RefusalError, match="number of its recipients"):
        edited(trigger(ALICE, BOB), patch={"recipients": [BOB]}, of=letter("bob"))


def test_those_who_have_their_message_must_stay_in_their_places() -> None:
    with pytest.raises(RefusalError, match="did not fail must stay"):
        edited(trigger(ALICE, BOB), "recipients[0].userId=carol@example.com", of=letter("bob"))
    with pytest.raises(RefusalError, match="did not fail must stay"):
        edited(trigger(ALICE, BOB), patch={"recipients": [BOB, ALICE]}, of=letter("bob"))


def test_a_failed_one_cannot_become_one_who_has_it_even_by_force() -> None:
    with pytest.raises(RefusalError, match="duplicate_recipient"):
        edited(trigger(ALICE, BOB), "recipients[1].userId=alice@example.com", of=letter("bob"), force=True)


def test_two_that_failed_may_change_places() -> None:
    done = edited(
        trigger(ALICE, BOB, CAROL), patch={"recipients": [BOB, ALICE, CAROL]}, of=letter("alice", "bob")
    )
    assert [failed.recipient for failed in done.failures] == [
        "email:bob@example.com",
        "email:alice@example.com",
    ]


def test_a_value_with_a_key_twice_is_not_changed_as_one_of_the_two_would_be_lost() -> None:
    value = orjson.dumps(trigger())[:-1] + b',"context":{"name":"Bob"}}'
    with pytest.raises(RefusalError, match="context is given twice") as raised:
        edited(value, "context.name=Carol", force=True)
    assert raised.value.why is Why.UNCHANGEABLE


def test_a_number_that_would_lose_digits_is_replaced_and_the_others_keep_theirs() -> None:
    value = orjson.dumps(trigger(context={"id": 1, "price": 19.9, "big": 2**64 - 1}))
    value = value.replace(b'"id":1', b'"id":12345678901234567890123')
    done = edited(value, "context.id=12345678901234567890123")
    assert b'{"id":"12345678901234567890123","price":19.9,"big":18446744073709551615}' in done.value


@pytest.mark.parametrize("force", [False, True])
def test_a_number_that_would_lose_digits_is_never_rewritten(*, force: bool) -> None:
    value = orjson.dumps(trigger()).replace(b'"Alice"', b"1e-400")
    with pytest.raises(RefusalError, match=r"Change this as well: context\.name is a decimal"):
        edited(value, "context.city=Oslo", force=force)
