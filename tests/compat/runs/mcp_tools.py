# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""The MCP library: a client that calls a tool of a server in a process of its own, both sending spans of one trace."""

import asyncio
import os
import sys

from mcp import Client, StdioServerParameters
from mcp.server import MCPServer

from tests.agents import task
from tests.compat.runs.tracing import new_provider, trip_span


async def call() -> str:
    """List the tools and call one."""
    arguments = ["-m", "tests.compat.runs.mcp_tools", "serve"]
    parameters = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))
    async with Client(parameters) as client:
        await client.list_tools()
        result = await client.call_tool("convert_to_dollars", {"amount": 120.5, "currency": "EUR"})
        return result.content[0].text


def serve() -> None:
    """Be the server until the client goes."""
    server = MCPServer("trip-tools")
    server.tool()(task.get_weather)
    server.tool()(task.convert_to_dollars)
    server.run("stdio")


provider = new_provider()
if sys.argv[1] == "serve":
    serve()
else:
    with trip_span():
        print(asyncio.run(call()))
provider.shutdown()
