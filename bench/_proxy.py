"""A server further away: a proxy that holds back every reply for a given time.

    python bench/_proxy.py HOST PORT MICROSECONDS

Prints the port that it listens on and serves until it is terminated. Requests pass at once and
replies wait, which a client cannot tell from half the time in each direction. The wait begins
when a reply is read and ends at most a timer's slack (about 0.1 ms) too late. One thread without
an event loop: it shares a core with the server and is to take little of it.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field

CHUNK = 262_144
BACKLOG = 4096


@dataclass(eq=False)
class Side:
    """One end of a proxied connection.

    Attributes:
        socket: To the client, or to the server.
        delay: For how many seconds that which is read here is held back.
        unsent: What this end's peer has not taken yet.
        other: The other end.
    """

    socket: socket.socket
    delay: float
    unsent: bytearray = field(default_factory=bytearray)
    other: Side = field(init=False)


class Proxy:
    """Forwards between every client and the server.

    Args:
        address: Of the server.
        delay: For how many seconds replies are held back.
    """

    def __init__(self, address: tuple[str, int], delay: float) -> None:
        self._address = address
        self._delay = delay
        self._sides: dict[int, Side] = {}
        self._held: deque[tuple[float, Side, bytes]] = deque()  # all delays are alike: in order
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self._listener.setblocking(False)
        self._poll = select.epoll()
        self._poll.register(self._listener, select.EPOLLIN)
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Forward for ever."""
        listener = self._listener.fileno()
        while True:
            ready = self._poll.poll(0)
            if not ready:
                # epoll's own timeout is rounded up to milliseconds.
                wait = max(0.0, self._held[0][0] - time.monotonic()) if self._held else None
                select.select([self._poll], [], [], wait)
                ready = self._poll.poll(0)
            for number, events in ready:
                if number == listener:
                    self._accept()
                elif number in self._sides:
                    side = self._sides[number]
                    if events & select.EPOLLOUT:
                        self._flush(side)
                    if events & ~select.EPOLLOUT:
                        self._read(side)
            self._release()

    def _accept(self) -> None:
        try:
            accepted, _ = self._listener.accept()
        except OSError:  # it has gone again
            return
        client = Side(accepted, 0.0)
        server = Side(socket.create_connection(self._address), self._delay)
        client.other, server.other = server, client
        for side in (client, server):
            side.socket.setblocking(False)
            side.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sides[side.socket.fileno()] = side
            self._poll.register(side.socket, select.EPOLLIN)

    def _read(self, side: Side) -> None:
        try:
            piece = side.socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._close(side)
        elif side.delay:
            self._held.append((time.monotonic() + side.delay, side.other, piece))
        else:
            self._send(side.other, piece)

    def _release(self) -> None:
        """Send what has been held back for long enough."""
        now = time.monotonic()
        while self._held and self._held[0][0] <= now:
            _, side, piece = self._held.popleft()
            self._send(side, piece)

    def _send(self, side: Side, piece: bytes) -> None:
        if side.unsent:
            side.unsent += piece
            return
        try:
            sent = side.socket.send(piece)
        except BlockingIOError:
            sent = 0
        except OSError:  # it is closed, or about to be
            self._close(side)
            return
        if sent < len(piece):
            side.unsent += piece[sent:]
            self._poll.modify(side.socket, select.EPOLLIN | select.EPOLLOUT)

    def _flush(self, side: Side) -> None:
        try:
            del side.unsent[: side.socket.send(side.unsent)]
        except BlockingIOError:
            return
        except OSError:
            self._close(side)
            return
        if not side.unsent:
            self._poll.modify(side.socket, select.EPOLLIN)

    def _close(self, side: Side) -> None:
        for one in (side, side.other):
            if self._sides.pop(one.socket.fileno(), None) is not None:
                one.socket.close()


def main() -> None:
    host, port, microseconds = sys.argv[1:]
    proxy = Proxy((host, int(port)), int(microseconds) / 1e6)
    print(proxy.port, flush=True)
    proxy.serve()


if __name__ == "__main__":
    main()
