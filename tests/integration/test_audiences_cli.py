"""`clarion audiences`, as a person types it, mistakes too."""

from pathlib import Path

from tests.audiences import import_people, person
from tests.builders import campaign
from tests.commands import run
from tests.installation import Installation

CONDITIONS = """\
id: swedes
title: Swedes
where:
  - attribute: preferredLanguage
    startsWith: sv
"""
LIST = "id: some\ntitle: Some\nmembers: some.txt\n"


async def test_an_audience_with_conditions_is_applied_counted_and_executed(
    installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "swedes.yaml"
    file.write_text(CONDITIONS)
    swede = {"preferredLanguage": "sv-SE"}
    await import_people(installation.database, [person("a", attributes=swede), person("b")])
    await installation.activate(campaign())
    applied = await run(installation, "audiences", "apply", str(file))
    again = await run(installation, "audiences", "apply", str(file))
    assert (applied.out, again.out) == (
        "Audience 'swedes' is applied.\n",
        "Audience 'swedes' is unchanged.\n",
    )
    assert (await run(installation, "audiences", "count", "swedes")).out == "1\n"
    [member] = (await run(installation, "audiences", "members", "swedes", "--json")).json
    assert member["identities"] == ["email:a@example.com"]
    assert (await run(installation, "audiences", "list", "--json")).json[0]["id"] == "swedes"
    execute = ("audiences", "execute", "welcome", "--audience", "swedes", "--request-id", "r", "--json")
    first, second = await run(installation, *execute), await run(installation, *execute)
    assert first.json == second.json
    id_ = first.json["executionId"]
    paused = await run(installation, "audiences", "executions", "pause", id_)
    assert paused.out == "The execution is paused: 0 of 0 were sent a message, 0 were not.\n"
    cancelled = await run(installation, "audiences", "executions", "cancel", id_, "--json")
    assert (cancelled.json["status"], cancelled.json["reason"]) == ("Failed", "cancelled")
    resumed = await run(installation, "audiences", "executions", "resume", id_)
    assert (resumed.code, "has failed (cancelled)" in resumed.err) == (1, True)
    audit = (await run(installation, "audit", "list", "--json")).json
    whats = [entry["what"] for entry in audit]
    assert {"audience.apply", "audience.execute", "audience.execution.cancel"} <= set(whats)


async def test_a_list_is_stored_whole_or_not_at_all(installation: Installation, tmp_path: Path) -> None:
    file, members = tmp_path / "some.yaml", tmp_path / "some.txt"
    file.write_text(LIST)
    members.write_text("email:a@example.com\n\nEMAIL:b@example.com\nphone:+4670\nemail:a@example.com\n")
    # Two names of one person.
    both = [{"namespace": "email", "id": "b@example.com"}, {"namespace": "phone", "id": "+4670"}]
    await import_people(installation.database, [person("b", identities=both)])
    applied = await run(installation, "audiences", "apply", str(file))
    assert applied.out == "Audience 'some' is applied, with 3 on its list.\n"
    assert (await run(installation, "audiences", "count", "some")).out == "2\n"
    members.write_text("email:c@example.com\nnobody\nemail:\n")
    refused = await run(installation, "audiences", "apply", str(file))
    assert refused.code == 1
    assert [line.split(": ")[0].rpartition(":")[2] for line in refused.err.splitlines()] == ["2", "3"]
    assert (await run(installation, "audiences", "count", "some")).out == "2\n"
    members.unlink()
    assert (await run(installation, "audiences", "apply", str(file))).code == 2


async def test_mistakes_are_named_with_their_lines(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "swedes.yaml"
    file.write_text(CONDITIONS.replace("startsWith", "startWith").replace("title", "tittle"))
    done = await run(installation, "audiences", "apply", str(file))
    assert done.code == 1
    assert f"{file}:2: tittle: is no key here; did you mean 'title'?" in done.err
    assert f"{file}:5: where[0].startWith: is no key here; did you mean 'startsWith'?" in done.err
    for command in (
        ("show", "nobody"),
        ("count", "nobody"),
        ("delete", "nobody"),
        ("executions", "show", "x"),
    ):
        done = await run(installation, "audiences", *command)
        assert (done.code, done.err.count("\n")) == (1, 1), done.err
    done = await run(installation, "audiences", "execute", "nothing", "--audience", "nobody")
    assert (done.code, "no campaign 'nothing'" in done.err) == (1, True)
