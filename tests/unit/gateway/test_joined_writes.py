"""Writes of one turn of the event loop are one, in their order, and none is lost by closing."""

import asyncio

from gateway.joined_writes import JoinedWrites


class Recorded(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes | str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.seen.append(bytes(data))

    def close(self) -> None:
        self.seen.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.seen


async def test_a_head_and_its_body_are_one_write() -> None:
    below = Recorded()
    joined = JoinedWrites(below, asyncio.get_running_loop())
    joined.write(b"head")
    joined.write(b"body")
    assert below.seen == []
    await asyncio.sleep(0)
    joined.write(b"next")
    await asyncio.sleep(0)

    assert below.seen == [b"headbody", b"next"]


async def test_what_was_written_comes_before_the_close() -> None:
    below = Recorded()
    joined = JoinedWrites(below, asyncio.get_running_loop())
    joined.write(b"last")
    joined.close()
    await asyncio.sleep(0)

    assert below.seen == [b"last", "closed"]
    assert joined.is_closing()
