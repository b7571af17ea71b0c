"""One call of XML-RPC: who calls, and the REST API asked on its behalf, so that rights and rules are the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xmlrpc.client import Fault

from starlette.requests import Request

from blog.errors import Refused
from blog.web.api import answers, dispatch
from blog.web.api.answers import Answer, ApiError
from blog.web.api.caller import Caller

FAULTS = {400: 403, 403: 401, 409: 403, 410: 404, 501: 403}  # the statuses of REST that have another number here


@dataclass(frozen=True)
class Asked:
    """A call that was signed in: `args` are its parameters without name and password."""

    request: Request
    caller: Caller
    args: list[Any]

    def arg(self, place: int, default: Any = None) -> Any:
        """Return a parameter; without a default it has to be there, or a Fault is raised."""
        if place < len(self.args):
            return self.args[place]
        if default is None:
            raise Fault(400, "Insufficient arguments passed to this XML-RPC method.")
        return default

    def struct(self, place: int) -> dict[str, Any]:
        """Return a parameter that is a struct; an empty array counts as one, as PHP sends it."""
        value = self.arg(place, {})
        if value in ([], ""):
            return {}
        if not isinstance(value, dict):
            raise Fault(400, "Invalid value: a struct is expected.")
        return value

    async def ask(self, method: str, path: str, **given: Any) -> Any:
        """Return what the REST API answers; raise Fault for its errors."""
        return (await self.answer(method, path, given)).data

    async def answer(self, method: str, path: str, given: Mapping[str, Any]) -> Answer:
        try:
            return await dispatch.inner(self.request, self.caller, (method, f"/wp/v2/{path}"), given)
        except ApiError as error:
            raise _fault(error) from error
        except Refused as refusal:
            raise _fault(answers.of_refusal(refusal)) from refusal


def _fault(error: ApiError) -> Fault:
    if error.status == 403 and error.code.startswith("rest_comment"):
        return Fault(403, error.message)
    return Fault(FAULTS.get(error.status, error.status), error.message)
