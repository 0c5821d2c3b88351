"""Kafka as the engine sees it: records, the installation's topics, partitions, readers, and what fences."""
