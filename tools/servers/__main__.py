"""`python -m tools.servers [VERSION]`: make sure the servers are built and print their paths."""

from __future__ import annotations

import argparse
import sys

from tools.servers import NEWEST, ServersError, ensure

INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.servers", description="Make sure etcd and kube-apiserver are built."
    )
    parser.add_argument("version", nargs="?", default=NEWEST, help=f"a minor version, {NEWEST} if left out")
    try:
        servers = ensure(parser.parse_args().version)
    except ServersError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; nothing half-made is left, and the next run goes on from here", file=sys.stderr)
        return INTERRUPTED
    print(servers.etcd, servers.apiserver, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
