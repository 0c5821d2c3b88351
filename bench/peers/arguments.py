"""Where a peer reads and writes: the same four words for each."""

import argparse
from typing import NamedTuple


class Where(NamedTuple):
    servers: str
    topic: str
    prefix: str
    group: str


def where() -> Where:
    parser = argparse.ArgumentParser()
    for name in Where._fields:
        parser.add_argument(name)
    return Where(**vars(parser.parse_args()))
