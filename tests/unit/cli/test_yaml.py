"""What is shown as YAML means the same when it is applied again."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from cli.as_yaml import as_yaml
from consumer.campaigns.documents import read_document

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts
values = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(texts, values, min_size=1, max_size=3))
@example({"a": "1e5", "b": "-0", "c": "1.5E3", "no": "~", "d": "0142", "e": "<<"})
@example({"a": 1e-5, "b": 1e22, "c": " a\n b", "d": "a\x85b", "e": "\u2028\r"})
def test_a_document_is_read_as_it_was_shown(document: dict[str, object]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shown.yaml"
        path.write_text(as_yaml(document), encoding="utf-8", newline="")
        assert repr(read_document(path).value) == repr(document)
