"""Every reason is seen where it belongs: on the dead-letter topic, or in the execution record."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import orjson
import pytest

from consumer import lifecycle
from consumer.batch import Record
from consumer.consumer_suppressions import X
from tests.builders import EMAIL, PUSH, SMS, Json, campaign, failure, recipient, replayed, trigger
from tests.installation import Installation, eventually, headers
