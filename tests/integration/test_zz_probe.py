import asyncio, orjson, pytest
from aiokafka import AIOKafkaProducer
from tests.builders import campaign, trigger, recipient
from tests.installation import headers, eventually

async def test_compressed(installation):
    await installation.activate(campaign())
    async with AIOKafkaProducer(bootstrap_servers=installation.settings.kafka_bootstrap_servers, compression_type="gzip", max_request_size=50_000_000) as p:
      async with installation.engine():
        big = orjson.dumps(trigger(context={"name": "x"*8_000_000}))
        await p.send_and_wait(installation.topics.triggers("unitary"), big, partition=0)
        await installation.send(trigger())
        ex = await asyncio.wait_for(installation.executions(2), 6)

async def test_header_key(installation):
    from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
    await installation.activate(campaign())
    class S(str):
        def encode(self, *a): return b"\xff\xfe"
    async with installation.engine():
        b = installation.producer.create_batch()
        b._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 1_000_000)
        b.append(key=b"k", value=orjson.dumps(trigger()), timestamp=1, headers=[(S("x"), b"1")])
        fut = await installation.producer.send_batch(b, installation.topics.triggers("unitary"), partition=0)
        await fut
        await installation.send(trigger())
        ex = await asyncio.wait_for(installation.executions(2), 6)
        print([e["outcomes"] for e in ex])

async def test_forged_failures_bomb(installation):
    await installation.activate(campaign())
    f = orjson.dumps([{"recipient": f"{n}", "reason": "x"} for n in range(20000)])
    print(len(f))
    async with installation.engine():
        hs = [("clarion.origin.topic", b"x"), ("clarion.origin.partition", b"0"), ("clarion.origin.offset", b"0"), ("clarion.origin.timestamp", b"0"), ("clarion.attempt", b"1"), ("clarion.failures", f)]
        await installation.send(trigger(campaignId="nope"), headers=hs)
        await installation.send(trigger())
        ex = await asyncio.wait_for(installation.executions(2), 6)
        print([e["outcomes"] for e in ex])
