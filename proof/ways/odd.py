"""What is odd, or at a border, of each part of a trigger."""
# fmt: off

from typing import Any, Final

from proof.ways.memory import POISON

PEOPLE: Final = [f"person-{number}@example.com" for number in range(8)]
TEXTS: Final[list[Any]] = [
    "", "a" * 255, "a" * 256, "\u00e5sa@example.com", "a\u00a0b", "a\tb", "a\x00b", "a\u0085b", "\u200b",
    "\U0001f600", "x@b\u00fccher.example", "<b>&\"'</b>", "a\u2028b", " ", "null", "\u212aim", POISON,
    7, None, True, ["a"], {"a": 1},
]
NAMESPACES: Final[list[Any]] = [
    "\u212aakao", "Kakao", "Email", "EMAIL", "phone", "ecid", "e mail", "", "a" * 65, 5, None, ["email"],
]
LOCALES: Final[list[Any]] = [
    "sv", "SV-se", "pt-BR", "pt", "de", "x", "sv_SE", "english-", "", "i-klingon", 7, None, ["sv"],
]
NAMES: Final[list[Any]] = [
    "<b>", "a\r\nBcc: x", "\u2028", "'\"&", "{{ context.name }}", 5, True, 19.9, None, {},
]
NUMBERS: Final = [
    0, -0.0, 1e15, 1e16, 19.9, 1.0, -7, 2**53 + 1, 2**64 - 1, 2**64, -(2**63) - 1, 1e-7, 0.1 + 0.2, 1e300,
]
EMAILS: Final[list[Any]] = [
    "", "x", "a@b", "a@b@c", "\u00e5@b.example", "stop@example.com", "x@stop.example", "A@B.Example", 5, None,
]
PHONES: Final[list[Any]] = [
    "+46 70 123 45 67", "12", "+4670stop", "0046701234567", "70123", "111-111-1111", 5, None,
]
PUSHES: Final[list[Any]] = [
    {"token": "t", "platform": "apns", "appId": "com.acme.app"}, {"token": "t", "appID": "com.acme.app"},
    {"token": "t", "appID": "a", "appId": "b"}, {"token": ""}, {"token": None}, {"platform": "apns"},
    {"token": "t\nu"}, {"token": 5}, {"token": "s", "x": 1}, {"token": "t", "platform": "web"}, {}, None, "t",
]
RAW: Final = [
    None, b"", b"null", b"[]", b"5", b'"x"', b"{", b"\xff", b"\xef\xbb\xbf{}", b'{"a":NaN}',
    b"\x00\x00\x00\x00\x05{}",
]
DAMAGES: Final = [
    (b"", b"\xef\xbb\xbf"), (b"Alice", b"\\ud800"), (b"Alice", b"\xff"), (b'"name":', b'"name":1,"name":'),
    (b"}", b"},"), (b"null", b"nul"), (b":19.9", b":NaN"), (b":19.9", b":1e999"),
    (b'"A-1"', b"0.1234567890123456789"), (b"campaignId", b"campaign\\u0049d"),
    (b'"requestId":', b'"requestId":"a","requestId":'),
]
