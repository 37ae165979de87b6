"""When a refusal leaves: how long "nothing here" takes must not tell whether there is something after all."""

from __future__ import annotations

import asyncio
import math

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: answers 404 leave this long after their request came in, or twice as long, and so on
STEP_SECONDS = 0.025
_NOT_FOUND = 404


class EvenTime:
    """ASGI middleware: an answer 404 leaves at a whole number of steps after its request came in.

    The engine is a trace faster with an id that is in none of its lists than with one that it finds there and then must
    not show. A step is longer than either takes, so both leave at the same time; under load that lengthens them beyond
    a step, rounding still tells less than the time itself would. Waiting holds no thread.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        clock = asyncio.get_running_loop().time
        came_in = clock()

        async def evenly(message: Message) -> None:
            # SECURITY: unknown and forbidden take the same time, as they have the same words.
            if message["type"] == "http.response.start" and message["status"] == _NOT_FOUND:
                taken = clock() - came_in
                await asyncio.sleep(math.ceil(taken / STEP_SECONDS) * STEP_SECONDS - taken)
            await send(message)

        await self._app(scope, receive, evenly)
