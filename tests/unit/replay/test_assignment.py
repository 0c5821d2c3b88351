from typing import Any

import pytest

from consumer.replay.assignment import Assignment, UnassignableError


def assigned(text: str, document: Any) -> Any:
    Assignment.parse(text).apply(document)
    return document


def test_a_value_is_a_string() -> None:
    assert assigned("context.count=3", {"context": {"count": 1}}) == {"context": {"count": "3"}}


def test_after_a_colon_it_is_json() -> None:
    assert assigned("context.count:=3", {"context": {}}) == {"context": {"count": 3}}
    assert assigned('context.order:={"id":"a=b"}', {}) == {"context": {"order": {"id": "a=b"}}}


def test_null_removes() -> None:
    assert assigned("context.old:=null", {"context": {"old": 1, "new": 2}}) == {"context": {"new": 2}}
    assert assigned("context.none:=null", {"context": {}}) == {"context": {}}


def test_a_null_on_the_way_counts_as_absent() -> None:
    assert assigned("context.a=1", {"context": None}) == {"context": {"a": "1"}}


def test_elements_are_found_by_their_index() -> None:
    document = {"recipients": [{}, {"channelData": {"emailAddress": "old"}}]}
    assigned("recipients[1].channelData.emailAddress=new", document)
    assert document == {"recipients": [{}, {"channelData": {"emailAddress": "new"}}]}


def test_an_element_itself_can_be_replaced() -> None:
    assert assigned("tags[0][1]=x", {"tags": [["a", "b"]]}) == {"tags": [["a", "x"]]}


@pytest.mark.parametrize("path", ["tags[2]", "tags.a", "name.first", "name[0]", "missing[0]", "missing[0].a"])
def test_what_has_no_place_is_told(path: str) -> None:
    with pytest.raises(UnassignableError, match="has no place"):
        assigned(f"{path}=x", {"tags": ["a"], "name": "Alice"})


def test_a_number_that_would_lose_digits_is_told() -> None:
    with pytest.raises(ValueError, match=r"b\[0\] is an integer beyond 64 bits"):
        Assignment.parse('a:={"b":[-9223372036854775809]}')


def test_a_key_given_twice_in_the_json_is_told() -> None:
    with pytest.raises(ValueError, match=r"b\.c is given twice"):
        Assignment.parse('a:={"b":{"c":1,"c":2}}')


@pytest.mark.parametrize("text", ["", "a", "=x", "a..b=x", "a[x]=1", "[0]=1", "a:=", "a:={", "a:=x"])
def test_what_is_no_assignment_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as|JSON is expected"):
        Assignment.parse(text)
