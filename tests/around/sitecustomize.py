"""No socket leaves this machine: Python runs this file first in every process of the tests.

`tests/conftest.py` puts the folder on PYTHONPATH, and runs the file in its own process too. What a program
asks for is written to the file that LLMOPS_TEST_REACHED names: a program may catch what is raised here.
"""

import os
import sys

_HOSTS = {"socket.getaddrinfo", "socket.gethostbyname"}
_ADDRESSES = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
_HERE = ("", "localhost", "::", "::1", "0.0.0.0")


def _stay_here(event, arguments):  # type: ignore[no-untyped-def]
    if not event.startswith("socket."):
        return
    if event in _HOSTS:
        host = arguments[0]
    elif event in _ADDRESSES:
        address = arguments[1]
        # A path is a socket of this machine; None is where the socket is connected already.
        host = address[0] if isinstance(address, tuple) else None
    else:
        return
    note = os.environ.get("LLMOPS_TEST_REACHED")
    host = host.decode() if isinstance(host, bytes) else host
    if not note or host is None or host in _HERE or str(host).startswith("127."):
        return
    with open(note, "a", encoding="utf-8") as stream:
        stream.write(f"{event} {host}\n")
    raise RuntimeError(f"a test may not reach {host}: it has its servers on 127.0.0.1")


sys.addaudithook(_stay_here)
