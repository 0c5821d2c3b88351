"""`clarion demo`: the whole story on a Kafka and a PostgreSQL of its own.

The scenarios are data (scenarios.py), each with what it must come to. The stage is set with what an
installation has (servers.py, samples.py, stage.py), and what happened is read from the topics as anyone could
read it (reader.py, chronicle.py). The story is a row of chapters (story.py); to add one, write its function.
"""

from demo.log_tail import LogTail
from demo.screen import Screen
from demo.stage import DemoError
from demo.story import perform

__all__ = ["DemoError", "LogTail", "Screen", "perform"]
