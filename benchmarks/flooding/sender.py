"""Sends requests at set times over a few open connections, and notes how long each was answered in.

The time of an answer is counted from when its request was due, not from when it was sent: a server that holds up
the sender is not let off the requests that had to wait for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sending:
    """One request, and when it is due."""

    at: float
    """Seconds after the beginning."""
    request: bytes


@dataclass(slots=True)
class Sent:
    """What came of them, in their order."""

    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Give the milliseconds within which a share of the answers came."""
        ordered = sorted(self.seconds)
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1_000, 1)


def request_of(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Write a POST request."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def send(port: int, sendings: Sequence[Sending], connections: int = 32) -> Sent:
    """Send them all."""
    return asyncio.run(_send(port, sendings, connections))


async def _send(port: int, sendings: Sequence[Sending], connections: int) -> Sent:
    sent = Sent([0] * len(sendings), [0.0] * len(sendings))
    waiting: asyncio.Queue[int | None] = asyncio.Queue()
    began = time.perf_counter()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (number := await waiting.get()) is not None:
            writer.write(sendings[number].request)
            sent.statuses[number] = await _status(reader)
            sent.seconds[number] = time.perf_counter() - began - sendings[number].at
        writer.close()
        await writer.wait_closed()

    workers = [asyncio.create_task(connection()) for _ in range(connections)]
    for number, sending in enumerate(sendings):
        wait = sending.at - (time.perf_counter() - began)
        if wait > 0:
            await asyncio.sleep(wait)
        waiting.put_nowait(number)
    for _ in workers:
        waiting.put_nowait(None)
    await asyncio.gather(*workers)
    return sent


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    lengths = [line.partition(":")[2] for line in head if line.lower().startswith("content-length:")]
    await reader.readexactly(int(lengths[0]) if lengths else 0)
    return int(head[0].split(" ")[1])
