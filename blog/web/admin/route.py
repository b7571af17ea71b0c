"""A route of the desk: it answers whoever is signed in and has its permission, and nobody else."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, request_response
from starlette.types import Receive, Scope, Send

from blog.web import errors, forms
from blog.web import site as sites
from blog.web.admin import access, pending_form, reauth
from blog.web.admin.access import Permission
from blog.web.admin.reauth import Reauth
from blog.wording import gettext

Handler = Callable[[Request], Awaitable[Response]]


class DeskRoute(Route):
    """A route with the permission that it needs ("nobody": it is open) and when it asks for the password again."""

    def __init__(
        self,
        path: str,
        handler: Handler,
        *,
        needs: Permission | Literal["nobody"],
        methods: Sequence[str] = ("GET",),
        confirm: Reauth | None = None,
    ) -> None:
        super().__init__(path, handler, methods=methods)
        self.handler, self.needs, self.confirm = handler, needs, confirm
        self.app = request_response(self._answer)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(
            scope, receive, send
        )  # Starlette's own would answer another method before the session is checked

    async def _answer(self, request: Request) -> Response:
        if self.needs != "nobody" and await access.load_session(request) is None:
            return await login(request)
        methods = self.methods or set()
        if request.method not in methods:
            raise HTTPException(405, headers={"Allow": ", ".join(methods)})
        if self.needs != "nobody":
            await access.check_permission(request, self.path, self.needs)
        if self.confirm and (page := await reauth.require(request, self.confirm)):
            return page
        response = await self.handler(request)
        if request.method == "POST":
            sites.of(request).new_decisions.set()
        return response


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer an address that no route of the desk has; who is not signed in does not learn that."""
    request = Request(scope, receive)
    if await access.load_session(request) is not None:
        raise HTTPException(404)
    await (await login(request))(scope, receive, send)


async def login(request: Request) -> Response:
    """Answer a request without a session: with the login, which carries on a form that was sent."""
    if page := await pending_form.login_with_form(request):
        return page
    if forms.wants_json(request):
        return errors.problem(401, gettext("You are not signed in."))
    path = request.scope["path"]
    query = request.scope["query_string"].decode("latin-1")
    address = f"{path}?{query}" if query else path
    aim = f"?next={quote(address)}" if request.method in ("GET", "HEAD") and path != "/admin/" else ""
    return RedirectResponse(f"/admin/login{aim}", 303)
