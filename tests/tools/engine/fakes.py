"""Commands that stand in for Pulumi and Go in tests of how they are called, not of what they do."""

from __future__ import annotations

from pathlib import Path

# Answers like the go command: `go version`, `go list -deps`, `go list -m`, `go build -v -o FILE`.
GO = """#!/bin/sh
echo "$*" >> "{log}"
case "$1" in
  version) {version} ;;
  list)
    case "$*" in
      *" -m "*) echo "{sdk}" ;;
      *) {fetch} ;;
    esac ;;
  build)
    for last; do case "$previous" in -o) target=$last ;; esac; previous=$last; done
    {build} ;;
esac
"""
FETCH = 'echo "go: downloading example.com/one v1.0.0" >&2; printf "true\\nfalse\\ntrue\\n"'
COMPILE = "echo example.com/one >&2; echo example.com/two >&2"
INSTALL = 'printf "#!/bin/sh\\n" > "$target"; chmod +x "$target"'
BUILD = f"{COMPILE}; {INSTALL}"


def executable(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)
    return path


def fake_pulumi(folder: Path, version: str) -> None:
    """A Pulumi release: it knows its version, and a language host lies beside it."""
    executable(folder / "pulumi", f'#!/bin/sh\n[ "$1" = version ] && echo {version}\n')
    executable(folder / "pulumi-language-python", "#!/bin/sh\n")


def fake_go(
    folder: Path,
    version: str = "echo go version go1.99.0 linux/amd64",
    fetch: str = FETCH,
    build: str = BUILD,
) -> Path:
    """A go command in `folder`; each argument is shell for one part of it. Returns the log of its calls."""
    sdk = folder / "sdk"
    executable(sdk / "python/cmd/pulumi-language-python-exec", "#!/usr/bin/env python\n").chmod(0o444)
    executable(sdk / "python/dist/pulumi-resource-pulumi-python", "#!/bin/sh\n").chmod(0o444)
    log = folder / "calls"
    script = GO.format(log=log, sdk=sdk, version=version, fetch=fetch, build=build)
    executable(folder / "go", script)
    return log
