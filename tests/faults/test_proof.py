"""The proof in its short form: every kind of fault at least once; and it must be able to fail."""

import pytest

from proof.director import Event
from proof.faults import KINDS
from proof.perform import perform
from proof.plan import SHOWN_BY, Plan
from proof.report import Report
from proof.stage import Stage
from proof.verify import Kind
from tests.faults.processes import IMPATIENT

SEED = 20260801
SMALL_BATCHES = {"batch_max": 20}
# With one broker, they are all the same as its leader.
OF_A_CLUSTER = {"group-coordinator", "transaction-coordinator", "blackout"}


class Silence:
    """An audience for a test."""

    def say(self, sentence: str) -> None: ...

    def tell(self, event: Event) -> None: ...

    def watch(self, stage: Stage) -> None: ...


async def proved(**changes: object) -> Report:
    """A proof in a hurry, with small batches, so that faults meet many of them."""
    short = {"seconds": 1.0, "rate": 60.0, "away_seconds": 5.0, "is_hurried": True}
    plan = Plan(**{"seed": SEED, "faults": (), "engine": IMPATIENT | SMALL_BATCHES, **short, **changes})  # type: ignore[arg-type]
    return await perform(plan, Silence())


async def test_every_kind_of_fault_leaves_exactly_once_as_it_is() -> None:
    report = await proved(faults=[*KINDS], nodes=3)

    assert report.findings == []
    assert {event.kind for event in report.events} == {*KINDS}
    assert [event for event in report.events if event.detail.startswith("not as meant")] == []
    assert [event for event in report.events if event.first_delivery is None] == []


# --- it can fail -----------------------------------------------------------------------------------------

FOUND_BY = {"claims": "deliveries", "transactions": "deliveries", "gate": "deliveries"}


@pytest.mark.parametrize("sabotage", SHOWN_BY)
async def test_a_sabotage_is_found_by_the_check_for_it(
    sabotage: str, bootstrap_servers: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLARION_KAFKA_BOOTSTRAP_SERVERS", bootstrap_servers)
    monkeypatch.setenv("CLARION_DATABASE_URL", postgres_url)
    faults, moments = SHOWN_BY[sabotage]

    report = await proved(sabotage=sabotage, seconds=5.0, faults=faults, moments=moments)

    assert (Kind.DUPLICATED, FOUND_BY[sabotage]) in {(f.kind, f.check) for f in report.findings}
    assert not report.holds
    assert report.counts[Kind.DIED] == 0, "it is not noticed by a crash"


async def test_without_faults_and_sabotage_nothing_is_found(
    bootstrap_servers: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the sabotages are to be compared with."""
    monkeypatch.setenv("CLARION_KAFKA_BOOTSTRAP_SERVERS", bootstrap_servers)
    monkeypatch.setenv("CLARION_DATABASE_URL", postgres_url)

    report = await proved(seconds=5.0)

    assert report.findings == []
    assert report.line().endswith("lost=0 duplicated=0 misordered=0 phantom=0 wrong=0 unsettled=0 died=0")
