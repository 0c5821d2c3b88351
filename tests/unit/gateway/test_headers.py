"""The index of a call's headers finds what Starlette's own search finds."""

from starlette.datastructures import Headers

from gateway.headers import IndexedHeaders

RAW = [(b"accept", b"a/b"), (b"x-twice", b"1"), (b"x-twice", b"2"), (b"x-latin", b"\xe5")]


def test_a_header_is_found_as_starlette_finds_it() -> None:
    theirs, ours = Headers(raw=list(RAW)), IndexedHeaders(RAW)
    for name in ("accept", "x-twice", "x-latin", "missing"):
        assert ours.get(name) == theirs.get(name)
    assert ours.get("missing", "") == ""
    assert ours["x-twice"] == "1"
    assert ours.getlist("x-twice") == ["1", "2"]
