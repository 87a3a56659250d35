"""Runs `tagger` in processes of their own, forked from one that has loaded torch already, since that takes seconds.

    python process_server.py FD

FD is a socket. The server says that it is ready. A request is a JSON object (see `Request`) with three descriptors, the
standard streams of the process; the answer is its id. Whatever comes next is the request to wait for it; the answer is
its wait status. Until then the id is not given to another.
"""

from __future__ import annotations

import itertools
import json
import os
import pkgutil
import signal
import socket
import sys
import traceback
from typing import Any, TypedDict


class Death(TypedDict):
    """SIGKILL at the call number `count` (from 1) of a function by its dotted name, before or after its work."""

    call: str
    count: int
    after: bool


class Request(TypedDict):
    """What is to be run, where, and how it is to die, if it is."""

    arguments: list[str]
    folder: str
    death: Death | None


def main() -> None:
    """Serve until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background jobs are made to ignore
    _load()
    line = socket.socket(fileno=int(sys.argv[1]))
    line.sendall(b"ready\n")
    while True:
        text, streams, _, _ = socket.recv_fds(line, 1 << 16, 3)
        if not text:
            return
        process = os.fork()
        if not process:
            line.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            os._exit(_run(json.loads(text)))  # clearing up what the server loaded would take longer than the run
        for stream in streams:
            os.close(stream)
        line.sendall(f"{process}\n".encode())
        line.recv(1)
        line.sendall(f"{os.waitpid(process, 0)[1]}\n".encode())


def _load() -> None:
    """All that a command imports, and the compiled kernels; nothing that starts a thread."""
    import torch

    import taggers.cli.tag
    import taggers.cli.train
    import taggers.runs  # noqa: F401
    from taggers.chain import Chain, accelerate, log_partition_gradient, viterbi

    torch.optim.SGD([torch.zeros(1)])  # the first optimiser of a process loads more of torch
    accelerate()
    chain = Chain([0.0, 0.0], [[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0])
    log_partition_gradient(chain, [[0.0, 0.0]], [0, 1])
    viterbi(chain, [[0.0, 0.0]], [0, 1])


def _run(request: Request) -> int:
    """The exit code of the command."""
    from taggers.cli import main as tagger

    os.chdir(request["folder"])
    # Text streams of their own on the descriptors that were put in place, as a process at a shell has them.
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    if request["death"] is not None:
        _doom(request["death"])
    sys.argv = ["tagger", *request["arguments"]]
    try:
        tagger()
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    return 1


def _doom(death: Death) -> None:
    owner_name, _, name = death["call"].rpartition(".")
    owner: Any = pkgutil.resolve_name(owner_name)
    original = getattr(owner, name)
    calls = itertools.count(1)

    def deadly(*arguments: object, **keywords: object) -> object:
        now = next(calls) == death["count"]
        if now and not death["after"]:
            os.kill(os.getpid(), signal.SIGKILL)
        result: object = original(*arguments, **keywords)
        if now:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, deadly)


if __name__ == "__main__":
    main()
