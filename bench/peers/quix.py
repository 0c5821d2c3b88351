"""Quix Streams with its guarantee set to exactly once."""

from quixstreams import Application
from quixstreams.context import message_context
from quixstreams.models import SerializationContext, Serializer

from bench.peers.arguments import where
from bench.peers.work import Output, Source, Work

COMMIT_SECONDS = 0.5
"""By default 5: readers of committed records wait less, and it costs nothing here."""


class OutputSerializer(Serializer):  # type: ignore[misc]  # not in the checked environment
    """The work's outputs are encoded already."""

    def __call__(self, value: Output, ctx: SerializationContext) -> bytes:  # noqa: ARG002
        return value.value


def main() -> None:
    place = where()
    work = Work(place.prefix)
    app = Application(
        broker_address=place.servers,
        consumer_group=place.group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=COMMIT_SECONDS,
        auto_create_topics=False,
        loglevel="WARNING",
    )
    triggers = app.topic(place.topic, value_deserializer="bytes", key_deserializer="bytes")
    topics = {
        name: app.topic(name, value_serializer=OutputSerializer(), key_serializer="bytes")
        for name in work.topics
    }

    def execute(value: bytes, key: bytes, timestamp: int, _headers: object) -> list[Output]:
        met = message_context()
        return work.outputs(key, value, Source(met.topic, met.partition, met.offset, timestamp))

    flow = app.dataframe(triggers).apply(execute, expand=True, metadata=True)
    flow = flow.set_headers(lambda output, *_: [(name, text.encode()) for name, text in output.headers])
    flow.to_topic(lambda output, *_: topics[output.topic], key=lambda output: output.key)
    app.run()


if __name__ == "__main__":
    main()
