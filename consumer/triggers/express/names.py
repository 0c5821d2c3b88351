"""The ids of what comes of many triggers, worked out together."""

from collections.abc import Iterator, Sequence

from consumer.triggers.express.read import Item
from schemas.ids import DeliveryId, ExecutionId, delivery_ids, execution_ids

Names = tuple[ExecutionId, list[DeliveryId]]
"""Of a trigger's execution, and of its deliveries by recipient and channel, in their order."""


def name(items: Sequence[Item]) -> Iterator[Names]:
    executions = execution_ids([(item.form.campaign.id, item.request_id) for item in items])
    wanted: list[tuple[bytes, str]] = []
    ends: list[int] = []
    for item, (_, execution) in zip(items, executions, strict=True):
        form = item.form
        for recipient in item.recipients:
            start = f"{form.namespace}:{recipient.user_id}/"
            wanted += [(execution, start + channel.plan.channel) for channel in form.channels]
        ends.append(len(wanted))
    deliveries, begin = delivery_ids(wanted), 0
    for (execution_id, _), end in zip(executions, ends, strict=True):
        yield execution_id, deliveries[begin:end]
        begin = end
