"""XML-RPC messages: a call in, an answer or a fault out. No DTD, and limits on depth and number of values."""

import re
from typing import Any, NamedTuple
from xml.parsers import expat
from xmlrpc.client import Fault, ResponseError, Unmarshaller, dumps

MOST_VALUES = 20_000  # elements of one message
DEEPEST = 40
UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NOT_WELL_FORMED = Fault(-32700, "parse error. not well formed")
NO_CALL = Fault(-32600, "server error. invalid xml-rpc. not conforming to spec. Request must be a methodCall")


class MethodCall(NamedTuple):
    name: str
    params: list[Any]


class _Refused(Exception):
    """The message has what none needs: a DTD, too many values, or values too deep within others."""


def read(body: bytes) -> MethodCall:
    """Return the call of a message; raise Fault for anything else."""
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except (expat.ExpatError, _Refused, ValueError, TypeError, LookupError, AttributeError, ResponseError) as error:
        raise NOT_WELL_FORMED from error
    try:
        params, name = list(reader.target.close()), reader.target.getmethodname()
    except (ResponseError, Fault, ValueError, TypeError, LookupError) as error:
        raise NO_CALL from error
    if not name or not reader.is_call:
        raise NO_CALL
    return MethodCall(name, params)


class _Reader:
    def __init__(self) -> None:
        self.target = Unmarshaller()
        self.target.xml("", None)  # texts come decoded
        self.is_call = False
        self._values = self._depth = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.target.data
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._values += 1
        self._depth += 1
        if self._values > MOST_VALUES or self._depth > DEEPEST:
            raise _Refused
        self.is_call = self.is_call or (self._depth == 1 and tag == "methodCall")
        self.target.start(tag, attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self.target.end(tag)

    def _doctype(self, *_: Any) -> None:
        raise _Refused


def answer(value: Any) -> bytes:
    """Return the message that answers with a value."""
    return dumps((_fit(value),), methodresponse=True, encoding="utf-8").encode()


def fault(error: Fault) -> bytes:
    """Return the message that says what is wrong."""
    return dumps(Fault(error.faultCode, _fit(error.faultString)), encoding="utf-8").encode()


def _fit(value: Any) -> Any:
    """Return a value without the characters that XML cannot hold, and with numbers that are too large as texts."""
    if isinstance(value, str):
        return UNFIT.sub("", value)
    if isinstance(value, dict):
        return {name: _fit(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_fit(each) for each in value]
    if isinstance(value, int) and not -(2**31) <= value < 2**31:
        return str(value)
    return "" if value is None else value
