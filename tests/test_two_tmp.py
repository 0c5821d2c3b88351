import asyncio, orjson
from collections import Counter
from tests.integration.test_replay import Installation, replay, eventually, letter_headers, resolutions, triggers
async def _some(i): return bool(await resolutions(i))
async def put(i,n):
    for k in range(n):
        await i.producer.send_and_wait(i.topics.dead_letters, b"%d"%k, key=b"k", partition=0, headers=letter_headers(origin_topic=i.topics.triggers("unitary")))
async def test_two(installation: Installation) -> None:
    await put(installation, 60)
    first = asyncio.create_task(replay(installation, per_second=50))
    await eventually(lambda: _some(installation))
    print("second starts", len(await resolutions(installation)))
    second = await replay(installation)
    try:
        r = await first; print("first finished", r.replayed)
    except BaseException as e: print(repr(e))
    print("second", second.replayed)
    t = await triggers(installation)
    print(len(t), Counter(r.value for r in t).most_common(4))
    ress = await resolutions(installation)
    print(len(ress), Counter(r["at"] for r in ress).most_common(4))
    print([(r.offset, r.value) for r in t])
    assert 0
