"""What a page does that nobody sees: requests to other hosts, errors in its console, its policy broken."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# Chromium reports every answer of 400 and more as an error, also of a form that was refused as it should be.
ANSWERED = "Failed to load resource"


class Watch:
    """Collect, as sentences, what no page of ours may do. `key` is that of a window that is used again."""

    def __init__(self, context: BrowserContext, address: str, key: str = "") -> None:
        self.context, self.address, self.key = context, address, key
        self.forget()
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", self._error)

    def forget(self) -> None:
        self.faults: list[str] = []
        self.requests: list[Request] = []

    def _request(self, request: Request) -> None:
        self.requests.append(request)
        if not request.url.startswith(f"{self.address}/"):
            self.faults.append(f"{request.frame.url} asked for {request.url}")

    def _response(self, response: Response) -> None:
        kind = response.request.resource_type
        if response.status >= 400 and kind not in ("document", "fetch"):
            self.faults.append(f"{response.url} answered {response.status} to a page that needs it")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(ANSWERED):
            self.faults.append(f"{message.location.get('url')}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"{error.page.url if error.page else ''}: {error.error}")
