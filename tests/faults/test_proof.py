"""The proof in its short form: every kind of fault at least once; and it must be able to fail."""

import asyncio
from typing import cast

import pytest

from proof.director import Event
from proof.faults import KINDS
from proof.faults.kinds import Kind as FaultKind
from proof.perform import perform
from proof.plan import SHOWN_BY, Plan
from proof.processes import ProofError
from proof.report import Report
from proof.stage import Stage
from proof.verify import Kind
from tests.faults.processes import IMPATIENT

SEED = 20260801
# Small, so that faults meet many of them; but none without a delivery to lose or to make twice.
BATCHES = {"batch_max": 20, "batch_linger_ms": 200}


class Silence:
    """An audience for a test."""

    def say(self, sentence: str) -> None: ...

    def tell(self, event: Event) -> None: ...

    def watch(self, stage: Stage) -> None: ...


async def proved(**changes: object) -> Report:
    """A proof in a hurry, by two processes."""
    short = {"seconds": 0.0, "rate": 60.0, "away_seconds": 5.0, "is_hurried": True, "workers": 2}
    plan = Plan(**{"seed": SEED, "faults": (), "engine": IMPATIENT | BATCHES, **short, **changes})  # type: ignore[arg-type]
    return await perform(plan, Silence())


async def test_every_kind_of_fault_leaves_exactly_once_as_it_is() -> None:
    report = await proved(faults=[*KINDS])

    assert report.findings == []
    assert {event.kind for event in report.events} == {*KINDS}
    assert [event for event in report.events if event.detail.startswith("not as meant")] == []
    assert [event for event in report.events if event.first_delivery is None] == []


# --- it can fail -----------------------------------------------------------------------------------------


@pytest.fixture
def given_servers(bootstrap_servers: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the other tests, where the proof has topics and a database to itself."""
    monkeypatch.setenv("CLARION_KAFKA_BOOTSTRAP_SERVERS", bootstrap_servers)
    monkeypatch.setenv("CLARION_DATABASE_URL", postgres_url)


@pytest.mark.usefixtures("given_servers")
@pytest.mark.parametrize("sabotage", SHOWN_BY)
async def test_a_sabotage_is_found_by_the_check_for_it(sabotage: str) -> None:
    faults, moments = SHOWN_BY[sabotage]

    # The claims are needed without any fault, as soon as requests are sent again.
    report = await proved(sabotage=sabotage, seconds=0.0 if faults else 3.0, faults=faults, moments=moments)

    assert (Kind.DUPLICATED, "deliveries") in {(finding.kind, finding.check) for finding in report.findings}
    assert not report.holds
    assert report.counts[Kind.DIED] == 0, "it is not noticed by a crash"


@pytest.mark.usefixtures("given_servers")
async def test_without_faults_and_sabotage_nothing_is_found() -> None:
    """What the sabotages are to be compared with."""
    report = await proved(seconds=3.0)

    assert report.findings == []
    assert report.line().endswith("lost=0 duplicated=0 misordered=0 phantom=0 wrong=0 unsettled=0 died=0")


async def the_end_of_all(stage: Stage) -> str:
    await asyncio.gather(*(worker.kill() for worker in stage.workers.running()))
    return "everybody"


@pytest.mark.usefixtures("given_servers")
async def test_a_proof_without_processes_cannot_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast("dict[str, FaultKind]", KINDS), "the-end", FaultKind(the_end_of_all))

    with pytest.raises(ProofError, match="No process of the engine is left"):
        await proved(faults=["the-end"])
