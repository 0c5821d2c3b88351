"""Numbers from a producer to a message, digit by digit."""

from pathlib import Path

import orjson

from tests.builders import campaign, trigger
from tests.commands import dead_letters, run
from tests.installation import Installation, headers
from tests.replays import triggers

DIGITS = "12345678901234567890123"


async def test_a_number_that_would_lose_digits_is_invalid_until_it_is_a_string(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    value = orjson.dumps(trigger(requestId="r-1")).replace(b'"Alice"', DIGITS.encode())
    await installation.send(value)
    async with installation.engine():
        [letter] = await installation.dead_letters(1)
    told = headers(letter)
    assert (told["clarion.reason"], told["clarion.request-id"]) == ("invalid", "r-1")
    assert "context.name: is an integer beyond 64 bits (send it as a string)" in told["clarion.detail"]
    at = f"{letter.partition}:{letter.offset}"
    await assert_shown(installation, at)
    replay = ("replay", "--at", at, "--execute")
    other = await run(installation, "dead-letters", *replay, "--set", "context.city=Oslo")
    assert other.code == 1
    assert "Change this as well: context.name is an integer beyond 64 bits" in other.out
    assert (await dead_letters(installation, *replay, "--set", f"context.name={DIGITS}"))["replayed"] == 1
    async with installation.engine():
        [execution] = [one for one in await installation.executions(2) if one["attempt"] == 2]
        assert [outcome["outcome"] for outcome in execution["outcomes"]] == ["delivery"]
    [delivery] = await installation.deliveries()
    assert delivery["content"]["html"] == f"<p>Hello {DIGITS}</p>"


async def assert_shown(installation: Installation, at: str) -> None:
    """With all its digits, when they may be seen at all."""
    shown = await dead_letters(installation, "show", at, "--reveal")
    assert shown["trigger"]["context"] == {"name": DIGITS}
    assert DIGITS in (await run(installation, "dead-letters", "show", at, "--reveal")).out
    assert DIGITS not in (await run(installation, "dead-letters", "show", at)).out


async def test_numbers_that_keep_their_digits_are_printed_plainly(installation: Installation) -> None:
    numbers = [
        "0.00001",
        "10000000000000000000000.0",
        "18446744073709551615",
        "-9223372036854775808",
        "19.90",
    ]
    plain = ["0.00001", "10000000000000000000000", "18446744073709551615", "-9223372036854775808", "19.9"]
    await installation.activate(campaign())
    async with installation.engine():
        for number in numbers:
            value = orjson.dumps(trigger(requestId=number)).replace(b'"Alice"', number.encode())
            await installation.send(value)
        await installation.executions(len(numbers))
    deliveries = {one["requestId"]: one["content"]["subject"] for one in await installation.deliveries()}
    assert deliveries == {number: f"Hello {printed}" for number, printed in zip(numbers, plain, strict=True)}


async def test_an_array_is_sent_as_it_is_written(installation: Installation, tmp_path: Path) -> None:
    written = [
        orjson.dumps(trigger(requestId=f"r-{number}")).replace(b'"Alice"', f"{number}.10E+2".encode())
        for number in (1, 2)
    ]
    file = tmp_path / "triggers.json"
    file.write_bytes(b"[ %s ,\n%s]" % tuple(written))
    assert (await run(installation, "send", str(file))).code == 0
    assert sorted(record.value or b"" for record in await triggers(installation)) == sorted(written)
