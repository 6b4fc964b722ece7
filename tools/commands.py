"""What `make up`, `make preview`, `make destroy`, `make release`, `make evidence`, `make isolation` and
`make test` do.

All but `make test` rehearse (`make evidence` only where no run was judged by the rules as they are): an
emulated cloud in `.palisade/rehearsal`, which remembers between commands, so that a second `make up` changes
nothing and `make destroy` finds what stands. The same program goes to a real account by plain `pulumi up`;
see the README.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from policies import evidence as pages
from rehearsal.session import ANYBODY, Session
from tools import clusters, proofs, summary
from tools.clusters import Asked, Chosen
from tools.servers import NEWEST, VERSIONS, ServersError, is_built
from tools.stack import ROOT, Stack, report_file, stack_settings

HOME = ROOT / ".palisade"
REHEARSAL = HOME / "rehearsal"
EVIDENCE = HOME / "evidence"
ISOLATION = HOME / "isolation"
MOST_WORKERS = 4
PLAIN = Asked()
NO_SERVERS = Chosen()


class Busy(Exception):
    """Another command uses the rehearsal."""


def up(name: str, asked: Asked = PLAIN) -> int:
    """Preview under the policies as a gate, then update under them, then tell what stands."""
    chosen = clusters.choose(asked, _say)
    with _rehearsed(name, chosen) as (session, stack):
        _prepare(stack, session)
        _say(f"1/2 preview of {name} under the policies (nothing is created)")
        failed = stack.preview().returncode
        if failed:
            return _refused(name, failed)
        _say(f"2/2 up of {name} under the policies")
        failed = stack.up().returncode
        if failed:
            _say(f"the update of {name} did not finish; `make up STACK={name}` goes on from here")
            return failed
        told, complete = clusters.lines(chosen, name, session.record.find("kubernetes:*"), session.folder)
        state = stack.export()
        proof = proofs.in_short(proofs.of_state(name, state, ISOLATION), name, ISOLATION)
        print(summary.after_up(name, state, stack.report(), session.folder, told, isolation=proof))
    return 0 if complete else 1


def preview(name: str, asked: Asked = PLAIN) -> int:
    """Preview under the policies; nothing is created."""
    with _rehearsed(name, clusters.choose(asked, _say)) as (session, stack):
        _prepare(stack, session)
        failed = stack.preview().returncode
        return _refused(name, failed) if failed else 0


def isolation(name: str, asked: Asked = PLAIN) -> int:
    """Prove the stack's isolation over its plan, and write the proof as a page."""
    with _rehearsed(name, clusters.choose(asked, _say)) as (session, stack):
        _prepare(stack, session)
        told = stack.run("preview", "--json", "--show-sames", capture=True)
    try:
        report = proofs.of_preview(name, told.stdout, ISOLATION)
    except proofs.Unreadable:
        print(told.stdout)
        return _refused(name, told.returncode or 1)
    print("\n".join(proofs.printed(report, name, ISOLATION)))
    return report.status


def destroy(name: str, asked: Asked = PLAIN) -> int:
    """Destroy all that is not protected, and list what is kept and how to let it go."""
    with _rehearsed(name, clusters.choose(asked, _say)) as (session, stack):
        _prepare(stack, session)
        failed = stack.destroy("--exclude-protected").returncode
        print(summary.after_destroy(name, session.record.find(), stack.export()))
        return failed


def release(name: str, approved_by: str, reason: str, asked: Asked = PLAIN) -> int:
    """Take a protected stack down whole: an update with `palisade:teardown` set, then destroy."""
    if not (approved_by.strip() and reason.strip()):
        _say(f'say who approved it and why: make release STACK={name} APPROVED_BY=you@example.com REASON="…"')
        return 2
    with _rehearsed(name, clusters.choose(asked, _say)) as (session, stack):
        settings = stack_settings(name)
        settings["config"]["palisade:teardown"] = {"approved_by": approved_by, "reason": reason}
        _prepare(stack, session, settings)
        _say(f"1/2 up of what stands of {name}, with palisade:teardown set: nothing is deleted yet")
        # After `make destroy` only the protected ones stand, and the others must not come back for this.
        targets = [option for urn in stack.urns() for option in ("--target", urn)]
        failed = stack.run("up", "--yes", "--skip-preview", *targets).returncode if targets else 0
        if failed:
            return failed
        _say(f"2/2 destroy of {name}")
        failed = stack.destroy().returncode
        print(summary.after_destroy(name, session.record.find(), stack.export()))
        return failed


def evidence(name: str, asked: Asked = PLAIN) -> int:
    """Write what the last judged run proves of each framework; without one, preview first."""
    scope = stack_settings(name)["config"].get("palisade:frameworks") or ()
    report = report_file(REHEARSAL, name)
    if not pages.usable(report):
        _say(f"no run of {name} was judged by the rules as they are now, so it is previewed first")
        failed = preview(name, asked)
        # A refused preview is evidence too, as long as the policies came to judge it.
        if not pages.usable(report):
            return failed or 1
    print(pages.write(name, report, scope, EVIDENCE))
    return 0


def _server(version: str) -> str:
    """Which server answers in tests of a version, or why none does."""
    if version != NEWEST and not is_built(version):
        return f"not built, so its tests are skipped; `python -m tools.servers {version}` builds it"
    try:
        told = clusters.choose(Asked(clusters.REAL, version), _say)
    except ServersError as error:
        return f"none: {error}"
    return told.servers.version if told.servers else f"none, so its tests are skipped: {told.why}"


def test(arguments: list[str]) -> int:
    """The whole suite, in parallel where the machine has the cores; each worker shares one rehearsal.

    What the newest real API server needs is built first, where it can be: a test would hide the progress. An
    older one is tested where it is built already, which takes minutes of its own.
    """
    for version in VERSIONS:
        _say(f"API server {version}: {_server(version)}")
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    parallel = ["-n", str(workers), "--dist", "worksteal"] if workers > 1 else []
    return subprocess.run(
        [sys.executable, "-m", "pytest", *parallel, *arguments], cwd=ROOT, check=False
    ).returncode


@contextmanager
def _rehearsed(name: str, chosen: Chosen = NO_SERVERS) -> Generator[tuple[Session, Stack]]:
    """The kept rehearsal and a stack in it, ours alone until the end."""
    settings = stack_settings(name)
    REHEARSAL.mkdir(parents=True, exist_ok=True)
    if chosen.why:
        _say(f"objects in clusters are judged by their shape only: {chosen.why}")
    users = clusters.users(settings) if chosen.servers else ANYBODY
    with (
        _alone(REHEARSAL / "lock"),
        Session(REHEARSAL, servers=chosen.servers, users=users) as session,
    ):
        stack = Stack(name, session)
        yield session, stack


def _prepare(stack: Stack, session: Session, settings: Mapping[str, Any] | None = None) -> None:
    """Give the stack its settings, and mend what an earlier run left behind."""
    stack.configure(settings or stack_settings(stack.name))
    for line in stack.recover(session.record):
        _say(line)


@contextmanager
def _alone(path: Path) -> Generator[None]:
    """Hold the lock file; the system lets go of it however this process ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                "another make command uses the rehearsal; wait for it, or end it, then try again"
            ) from None
        yield


def _refused(name: str, status: int) -> int:
    _say(f"the preview of {name} was refused, so nothing was created; the lines above say what to change")
    return status


def _say(text: str) -> None:
    print(f"\n=== {text}", file=sys.stderr, flush=True)
