"""The rows of the result: which workload, at how many tasks, against which server, and our aims."""

from __future__ import annotations

from dataclasses import dataclass

from _clients import NO_POLLING, OURS

# On a server 1 ms away: the most that polling may cost, in percent of a core.
POLLING_LIMIT = 5.0


@dataclass(frozen=True)
class Row:
    """One table of the result.

    Attributes:
        group: What ``--workloads`` knows it by.
        title: What the result calls it.
        workload: Its name in ``bench/peers/_workloads.py``.
        tasks: How many tasks call at the same time.
        aim: How many times as fast as the best peer redtrio is to be.
        server: ``near``, ``tls`` or ``far``.
        cpu_aim: How many times the best peer's processor time for a call must be redtrio's;
            None: there is no aim.
    """

    group: str
    title: str
    workload: str
    tasks: int = 1
    aim: float = 1.0
    server: str = "near"
    cpu_aim: float | None = None

    def __str__(self) -> str:
        return f"{self.title}, {self.tasks} task{'s' if self.tasks > 1 else ''}"

    def includes(self, name: str) -> bool:
        """Whether the client of this name takes part."""
        if self.group == "polling":
            return name in (OURS, NO_POLLING)
        return name != NO_POLLING


GET_SET = "GET 80 %, SET 20 %"

ROWS = [
    Row("get-set", GET_SET, "get-set", 1, 2.0),
    Row("get-set", GET_SET, "get-set", 2),
    Row("get-set", GET_SET, "get-set", 10, 2.0),
    Row("get-set", GET_SET, "get-set", 50, 3.2, cpu_aim=3.0),
    Row("get-set", GET_SET, "get-set", 1000, 3.0),
    Row("pipeline", "Pipeline of 100", "pipeline-100", aim=2.2),
    Row("pipeline", "Pipeline of 1000", "pipeline-1000", aim=3.0),
    Row("raw", "Pipeline of 100, raw tuples", "raw-100", aim=3.0),
    Row("raw", "Pipeline of 1000, raw tuples", "raw-1000", aim=5.0),
    Row("lrange", "LRANGE of 1000", "lrange", aim=1.8),
    Row("hgetall", "HGETALL of 1000", "hgetall", aim=2.0),
    Row("mget", "MGET of 100", "mget", aim=3.0),
    Row("get-1mb", "GET of 1 MB", "get-1mb", aim=1.8),
    Row("set-1mb", "SET of 1 MB", "set-1mb"),
    Row("tls", f"{GET_SET} over TLS", "get-set", 1, server="tls"),
    Row("tls", f"{GET_SET} over TLS", "get-set", 50, server="tls"),
    Row("far", f"{GET_SET}, 1 ms away", "get-set", 1, server="far"),
    Row("far", f"{GET_SET}, 1 ms away", "get-set", 50, server="far"),
    Row("far", f"{GET_SET}, 1 ms away", "get-set", 1000, server="far"),
    Row("polling", "400 GET/s, 1 ms away", "paced", 1, server="far"),
    Row("polling", "5000 GET/s, 1 ms away", "paced", 50, server="far"),
]

GROUPS = list(dict.fromkeys(row.group for row in ROWS))
