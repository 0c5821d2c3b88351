"""YAML for people to read."""

import re
from typing import Final

import yaml

from consumer.campaigns.yaml_loader import resolve_as_json


def as_yaml(document: object, *, is_plain: bool = True) -> str:
    """Members in their order, long texts line by line; unless plain, letters beyond ASCII are escaped."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=is_plain, width=110)


# What PyYAML would break lines at, or cannot write without escapes.
_ODD: Final = re.compile(
    r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


class _Dumper(yaml.SafeDumper):
    pass


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _ODD.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
resolve_as_json(_Dumper)
_Dumper.add_multi_representer(str, _text)  # its subclasses too
