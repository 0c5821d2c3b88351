"""Payloads as Adobe publishes them, unchanged: AdobeDocs/journey-optimizer-apis (Apache License 2.0).

`example-N.json` are those of src/pages/references/messaging-samples.md for recipients, without the comment
in the third, which is no JSON. `unitary.json` and `high-throughput.json` put together the examples that
static/messaging.yaml gives for each member.
"""

from pathlib import Path

SAMPLES = sorted(Path(__file__).parent.glob("*.json"))
