"""A server that does nothing but answer, in a process of its own: when it is late, the machine is.

`python -m tests.attacks.idle` prints its port on 127.0.0.1.
"""

from __future__ import annotations

import asyncio

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One answer on a connection."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    writer.close()
    await writer.wait_closed()


async def serve() -> None:
    """Until the process ends."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
