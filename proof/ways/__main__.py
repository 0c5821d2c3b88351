"""`python -m proof.ways [--triggers N] [--seed S]`: exits with 1 at the first difference."""

import argparse
import asyncio
import logging
import sys
from random import Random, randrange

import structlog

from proof.ways.compare import Comparison, DifferenceError

_BATCHES = 8


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m proof.ways")
    options.add_argument("--triggers", type=int, default=100_000, help="how many to decide both ways")
    options.add_argument("--seed", type=int, default=None, help="of the first batches; random unless given")
    given = options.parse_args()
    # What is rejected is no news here.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    seed, count = randrange(2**32) if given.seed is None else given.seed, 0  # noqa: S311 - no secret
    try:
        while count < given.triggers:
            count += asyncio.run(Comparison(Random(seed)).run(_BATCHES))  # noqa: S311 - repeatable
            seed += 1
            _show(f"\r{count:,} triggers decided both ways")
    except DifferenceError as error:
        _show(f"\nThe ways differ; repeat it with --seed {seed} --triggers 1:\n{error}\n")
        return 1
    _show(f"\r{count:,} triggers decided both ways: every record alike.\n")
    return 0


def _show(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
