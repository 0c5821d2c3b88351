"""`python -m bench.do_nothing`: the gateway's server and framework, reading JSON and answering 202.

It is the ceiling that the gateway is compared with. The port is printed once it listens.
"""

import asyncio
import socket

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ANSWER = orjson.dumps(
    {
        "executionId": "7a3f0c1e-58a0-5d53-9a3c-0d0f6f6a7f10",
        "requestId": "bench-00000000",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "createdBy": "anonymous",
    }
)


async def accept(request: Request) -> Response:
    orjson.loads(await request.body())
    return Response(ANSWER, 202, media_type="application/json")


def main() -> None:
    app = Starlette(routes=[Route("/ajo/im/executions/unitary", accept, methods=["POST"])])
    listener = socket.create_server(("127.0.0.1", 0), backlog=1_024)
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - what its starter waits for
    asyncio.run(uvicorn.Server(config).serve([listener]))


if __name__ == "__main__":
    main()
