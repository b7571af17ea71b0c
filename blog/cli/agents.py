"""The command for agents: a server on standard input and output (Model Context Protocol)."""

import functools
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import click

from blog import version
from blog.cli import Shell, main, now
from blog.errors import AfterwordError, Invalid, Unusable
from blog.wording import gettext

LABEL_LENGTH = 100


@main.command(
    help=gettext(
        "Let an agent moderate, by the Model Context Protocol on standard input and output: the agent starts this."
    )
)
@click.option(
    "--label", default="agent", show_default=True, metavar="L", help=gettext("The agent's name in the journal.")
)
@click.pass_obj
def mcp(shell: Shell, label: str) -> None:
    label = " ".join(label.split())
    if not label or len(label) > LABEL_LENGTH or not label.isprintable():
        sentence = gettext("The label has 1 to {most} characters, all of them visible.", most=LABEL_LENGTH)
        raise Invalid({"label": sentence})
    if find_spec("mcp") is None:
        raise Unusable(
            gettext(
                "Agents need a package that is not installed here. Whoever runs the server can install it with"
                ' `pip install "afterword[agents]"`.'
            )
        )
    with shell.database():  # brings it up to date first
        settings = shell.settings
    from mcp.server import MCPServer

    from blog.agents import INSTRUCTIONS, Tools

    server = MCPServer("afterword", instructions=INSTRUCTIONS, version=version(), log_level="WARNING")
    for tool in Tools(settings, label, now).all:
        server.tool()(_told(tool))
    server.run("stdio")


def _told(tool: Callable[..., Any]) -> Callable[..., Any]:
    """Return a tool whose refusals are answered as sentences."""
    from mcp.server.mcpserver.exceptions import ToolError

    @functools.wraps(tool)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return tool(*args, **kwargs)
        except AfterwordError as error:
            raise ToolError(error.sentence) from error

    return run
