"""Namespaces are compared without case; the canonical spelling is lower case, wherever one comes from."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from consumer.dead_letters.letter import read_letter
from consumer.projector.rows import read_dead_letter, read_execution
from consumer.replay.edit import Edit
from consumer.triggers.call import read_call
from schemas.campaign import CampaignFile
from schemas.channel import Channel
from schemas.ids import delivery_id
from schemas.namespace import Namespace, canonical_name
from schemas.profile import ProfileLine
from schemas.reasons import Reason
from schemas.trigger import Trigger, read_trigger
from tests.builders import campaign, failure, recipient, record, replayed, trigger

LETTERS = "ABCXYZabcxyz019._-"
SPELLINGS = st.text(LETTERS, min_size=1, max_size=64)


def read(*recipients: dict[str, Any]) -> Trigger:
    found = read_trigger(orjson.dumps(trigger(*recipients)))
    assert isinstance(found, Trigger), found
    return found


@given(SPELLINGS, st.text("Aa@b.c:", min_size=1))
def test_a_trigger_names_its_recipients_in_lower_case(namespace: str, user_id: str) -> None:
    [found] = read(recipient(user_id, namespace=namespace)).recipients
    assert (found.namespace, found.user_id) == (namespace.lower(), user_id)
    assert found.name == f"{namespace.lower()}:{user_id}"
    assert canonical_name(f"{namespace}:{user_id}") == found.name


@given(SPELLINGS)
def test_the_delivery_id_is_that_of_the_lower_case_spelling(namespace: str) -> None:
    ids = set()
    for spelling in (namespace, namespace.upper(), namespace.lower()):
        [found] = read(recipient("Alice", namespace=spelling)).recipients
        ids.add(delivery_id(execution_id_of("r"), found.namespace, found.user_id, Channel.EMAIL))
    assert ids == {delivery_id(execution_id_of("r"), namespace.lower(), "Alice", Channel.EMAIL)}


def execution_id_of(request_id: str) -> Any:
    found = read_trigger(orjson.dumps(trigger(requestId=request_id)))
    assert isinstance(found, Trigger)
    return found.execution_id


def test_two_spellings_of_a_namespace_are_one_recipient() -> None:
    found = read_trigger(orjson.dumps(trigger(recipient(), recipient(namespace="EMAIL"))))
    assert isinstance(found, Trigger) is False
    assert found.reason is Reason.DUPLICATE_RECIPIENT  # type: ignore[union-attr]


def test_two_spellings_of_a_user_id_are_two_recipients() -> None:
    assert len(read(recipient("alice@example.com"), recipient("Alice@example.com")).recipients) == 2


@pytest.mark.parametrize("namespace", ["\u212ax", "email:x", "", "x" * 65, "ö"])
def test_only_ascii_letters_have_two_cases(namespace: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Namespace).validate_python(namespace)


def test_campaigns_and_profile_lines_are_read_in_lower_case() -> None:
    file = CampaignFile.model_validate(campaign(namespace="ECID"))
    assert (file.namespace, file.definition()["namespace"]) == ("ecid", "ecid")
    line = ProfileLine.model_validate({"identities": [{"namespace": "Crm.Id", "id": "C-1"}]})
    assert (line.identities[0].namespace, line.identities[0].id) == ("crm.id", "C-1")


# --- what an older Clarion wrote -----------------------------------------------------------------------


def test_a_replay_executes_the_pairs_that_an_older_letter_names_in_another_spelling() -> None:
    bob = recipient("bob@example.com", namespace="Email")
    headers = replayed([failure("Email:bob@example.com")])
    call = read_call(record(trigger(recipient(namespace="Email"), bob), headers=headers))
    assert [found.name for found in call.recipients()] == ["email:bob@example.com"]
    assert call.replayed_pairs == {"email:bob@example.com": {Channel.EMAIL}}


def test_an_older_letter_can_be_changed_on_its_way_back() -> None:
    call = trigger(recipient(namespace="Email"), recipient("bob@example.com", namespace="Email"))
    written = record(
        call,
        headers=[
            *replayed([failure("Email:bob@example.com")]),
            ("clarion.reason", b"missing_address"),
            ("clarion.failed-at", b"2026-01-01T00:00:00Z"),
        ],
    )
    letter = read_letter(written)
    patch: dict[str, Any] = {"context": {"name": "Bob"}}
    edited = Edit(patch=patch).apply(letter, written.value)
    assert [each.recipient for each in edited.failures] == ["email:bob@example.com"]


def test_the_projector_shows_what_an_older_clarion_wrote_in_lower_case() -> None:
    execution = {
        "executionId": "30b58e1b-f26c-59e3-bc81-cdb9ef965e93",
        "requestId": "r",
        "campaignId": "c",
        "attempt": 1,
        "source": {"topic": "t", "partition": 0, "offset": 0},
        "triggeredAt": "2026-01-01T00:00:00Z",
        "executedAt": "2026-01-01T00:00:00Z",
        "outcomes": [{"recipient": "Email:A@b.c", "outcome": "rejection", "reason": "unknown_profile"}],
    }
    [outcome] = read_execution(record(execution)).outcomes
    assert outcome["recipient"] == "email:A@b.c"
    headers = [*replayed([failure("Email:A@b.c")]), ("clarion.reason", b"missing_address")]
    headers += [("clarion.detail", b"None."), ("clarion.failed-at", b"2026-01-01T00:00:00Z")]
    [failed] = read_dead_letter(record(b"{}", headers=headers)).failures or []
    assert failed["recipient"] == "email:A@b.c"
