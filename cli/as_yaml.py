"""YAML as the terminal can print it."""

from cli.output import can_print
from consumer.campaigns import as_yaml as yaml


def as_yaml(document: object) -> str:
    """YAML for people to read; letters that the terminal's encoding lacks are escaped."""
    text = yaml.as_yaml(document)
    return text if can_print(text) else yaml.as_yaml(document, is_plain=False)
