"""A call's headers, looked up by a dictionary: Starlette's own search them one by one for each name."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import Request


class IndexedHeaders(Headers):
    """`get` is by a name in lower case; of headers with one name, the first."""

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        super().__init__(raw=list(raw))
        self._index = dict(reversed(raw))

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override] # its own says Any
        value = self._index.get(key.encode())
        return default if value is None else value.decode("latin-1")


class Call(Request):
    @property
    def headers(self) -> Headers:
        if self._indexed is None:
            self._indexed = IndexedHeaders(self.scope["headers"])
        return self._indexed

    _indexed: IndexedHeaders | None = None
