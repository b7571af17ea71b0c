"""The parameters of a route: what each may be, how it is read from an address, a form or JSON, and what is wrong."""

import ipaddress
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from blog.journal.events import stamp
from blog.text import EMAIL
from blog.web.api.answers import ApiError

DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
LARGEST = 10**15  # of a number
INDEXED = re.compile(r"([^\[\]]+)\[(\w*)\]")
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Param:
    """One parameter. `early` ones are checked before the others, as in WordPress, which reports the first kind alone.

    The type `text` is a string, or an object with the string as `raw`. A time without a zone is the site's, or UTC's
    with `utc`.
    """

    type: str = "string"
    default: Any = None
    enum: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    format: str = ""
    items: str = "integer"
    required: bool = False
    early: bool = False
    least: int = 0
    nullable: bool = False
    utc: bool = False

    def described(self) -> dict[str, Any]:
        """Return what OPTIONS says of it."""
        known: dict[str, Any] = {"type": "object" if self.type == "text" else self.type}
        if self.type == "array":
            known["items"] = {"type": self.items, **({"enum": list(self.enum)} if self.enum else {})}
        elif self.enum:
            known["enum"] = list(self.enum)
        parts = {
            "format": self.format or None,
            "default": self.default,
            "minimum": self.minimum,
            "maximum": self.maximum,
        }
        return {
            **known,
            **{name: value for name, value in parts.items() if value is not None},
            "required": self.required,
        }


Params = Mapping[str, Param]
NUMBERS = Param("array", items="integer")
MOMENT = Param(format="date-time", early=True)


class Wrong(Exception):
    """What is wrong with a value."""

    def __init__(self, code: str, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data

    def detail(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "data": self.data}


def pairs_as_values(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs of an address or a form as values; `name[]` and `name[0]` make lists, as in PHP."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if not (match := INDEXED.fullmatch(name)):
            values[name] = value
            continue
        name, key = match.groups()
        if key and not key.isdigit():
            held = values.setdefault(name, {})
            if isinstance(held, dict):
                held[key] = value
            continue
        held = values.setdefault(name, [])
        if isinstance(held, list):
            held.append(value)
    return values


def checked(params: Params, given: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Return the values of the known parameters, with defaults; raise ApiError with what is missing or wrong."""
    missing = [name for name, param in params.items() if param.required and given.get(name) is None]
    if missing:
        names = ", ".join(missing)
        raise ApiError(400, "rest_missing_callback_param", f"Missing parameter(s): {names}", params=missing)
    values: dict[str, Any] = {name: param.default for name, param in params.items() if param.default is not None}
    for early in (True, False):
        wrong: dict[str, Wrong] = {}
        for name, param in params.items():
            if param.early is not early or name not in given:
                continue
            if given[name] is None:
                if param.nullable:
                    values[name] = None
                continue
            try:
                values[name] = _value(name, param, given[name], zone)
            except Wrong as error:
                wrong[name] = error
        if wrong:
            raise invalid(wrong)
    return values


def invalid(wrong: Mapping[str, Wrong]) -> ApiError:
    """Return the error for wrong parameters."""
    return ApiError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(wrong)}",
        params={name: error.message for name, error in wrong.items()},
        details={name: error.detail() for name, error in wrong.items()},
    )


def _value(name: str, param: Param, given: Any, zone: ZoneInfo) -> Any:
    if param.type == "text":
        return _text(given)
    if param.type == "any":
        return given
    if param.type == "array":
        return _array(name, param, given)
    value = _typed(name, param.type, given)
    if param.enum and value not in param.enum:
        raise Wrong("rest_not_in_enum", f"{name} is not one of {listed(param.enum)}.")
    if param.type == "integer":
        _check_bounds(name, param, value)
    if isinstance(value, str):
        return _formatted(name, param, value, zone)
    return value


def _text(given: Any) -> str | None:
    """Return the text of a string or of an object with `raw`; None for anything else, which says nothing."""
    if isinstance(given, dict):
        given = given.get("raw")
    if isinstance(given, int | float) and not isinstance(given, bool):
        return str(given)
    return given if isinstance(given, str) else None


def _array(name: str, param: Param, given: Any) -> list[Any]:
    if isinstance(given, dict):
        given = given.get("terms", list(given.values()))
    if not isinstance(given, list):
        given = [part.strip() for part in re.split(r"[\s,]+", str(given))] if str(given).strip() else []
    values = []
    for place, each in enumerate(given):
        value = _typed(f"{name}[{place}]", param.items, each)
        if param.enum and value not in param.enum:
            raise Wrong("rest_not_in_enum", f"{name}[{place}] is not one of {listed(param.enum)}.")
        values.append(value)
    return values


def _typed(name: str, kind: str, given: Any) -> Any:
    """Return a value as an integer, a boolean or a string; raise Wrong for what is none."""
    wrong = Wrong("rest_invalid_type", f"{name} is not of type {kind}.", {"param": name})
    if kind == "integer":
        if isinstance(given, bool):
            raise wrong
        if isinstance(given, int) or (isinstance(given, float) and given.is_integer()):
            if abs(given) < LARGEST:
                return int(given)
            raise wrong
        if isinstance(given, str) and re.fullmatch(r"\s*[+-]?\d{1,15}(\.0+)?", given, re.ASCII):
            return int(float(given))
        raise wrong
    if kind == "boolean":
        if isinstance(given, bool):
            return given
        if str(given).lower() in BOOLEANS and isinstance(given, str | int):
            return BOOLEANS[str(given).lower()]
        raise wrong
    if kind == "string" and isinstance(given, str):
        return given
    if kind == "object" and isinstance(given, dict | list):
        return given
    raise wrong


def _check_bounds(name: str, param: Param, value: int) -> None:
    low, high = param.minimum, param.maximum
    if low is not None and high is not None and not low <= value <= high:
        raise Wrong("rest_out_of_bounds", f"{name} must be between {low} (inclusive) and {high} (inclusive)")
    if low is not None and value < low:
        raise Wrong("rest_out_of_bounds", f"{name} must be greater than or equal to {low}")


def _formatted(name: str, param: Param, value: str, zone: ZoneInfo) -> str:
    if param.format == "date-time":
        moment = moment_of(value, UTC if param.utc else zone)
        if moment is None and value:
            raise Wrong("rest_invalid_date", "Invalid date.")
        return moment or ""
    if param.format == "email" and value and not EMAIL.fullmatch(value):
        raise Wrong("rest_invalid_email", "Invalid email address.")
    if param.format == "ip" and value and not _is_ip(value):
        raise Wrong("rest_invalid_ip", f"{name} is not a valid IP address.")
    if param.format == "uuid" and not is_uuid(value):
        raise Wrong("rest_invalid_uuid", f"{name} is not a valid UUID.")
    if len(value) < param.least:
        letters = "character" if param.least == 1 else "characters"
        raise Wrong("rest_too_short", f"{name} must be at least {param.least} {letters} long.")
    if param.least and not value.strip():
        raise Wrong("rest_invalid_pattern", f"{name} does not match pattern .*\\S.*.")
    return value


def moment_of(value: str, zone: tzinfo) -> str | None:
    """Return a date and time as it is stored; one without a zone is of the given one. None for what is no such time."""
    if not DATE.fullmatch(value):
        return None
    try:
        read = datetime.fromisoformat(value.replace("z", "Z").replace("Z", "+00:00").replace("t", "T"))
        return stamp(read if read.tzinfo else read.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def is_uuid(value: str) -> bool:
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def _is_ip(value: str) -> bool:
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def listed(words: Iterable[str]) -> str:
    """Return words as WordPress lists them: a, b, and c."""
    each = list(words)
    return " and ".join(each) if len(each) < 3 else f"{', '.join(each[:-1])}, and {each[-1]}"
