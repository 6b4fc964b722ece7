"""The boundary between the servicer and the engine: whatever goes wrong leaves as one clear gRPC error.

A refusal is a sentence with the resource in front. Anything else is a defect of the rehearsal: the sentence
says so, names the resource, and the traceback goes to the run's log file, never to the user's screen.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import grpc

from rehearsal.model import Refusal
from rehearsal.values import decode, mask

log = logging.getLogger("rehearsal")
Method = TypeVar("Method", bound=Callable[..., Any])


def guarded(method: Method) -> Method:
    """A servicer method `(self, request, context)` whose errors the engine can show."""

    @functools.wraps(method)
    def call(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except Refusal as refusal:
            sentence = f"{subject(request)}{refusal.sentence()}"
            code, words = grpc.StatusCode.FAILED_PRECONDITION, mask(sentence, _secrets(request))
        except ModuleNotFoundError as error:
            log.exception("%s %s", method.__name__, subject(request))
            code, words = grpc.StatusCode.FAILED_PRECONDITION, str(error)
        except Exception as error:
            # The outermost boundary: a traceback here would reach the user's screen.
            log.exception("%s %s", method.__name__, subject(request))
            code = grpc.StatusCode.INTERNAL
            failure = f"the rehearsal failed in {method.__name__} ({type(error).__name__}: {error})"
            remedy = (
                f"this is a defect of the rehearsal, not of the program; please report it with {log_file()}"
            )
            words = mask(f"{subject(request)}{failure}; {remedy}", _secrets(request))
        context.abort(code, words)
        return None

    return call  # pyright: ignore[reportReturnType] - the wrapper has the method's signature


def subject(request: Any) -> str:
    """`name (type): `, or the token of a function, or nothing."""
    urn = str(getattr(request, "urn", "") or "")
    if urn:
        return f"{urn.rsplit('::', 1)[-1]} ({urn.split('::')[-2].rsplit('$', 1)[-1]}): "
    token = str(getattr(request, "tok", "") or "")
    return f"{token}: " if token else ""


def log_file() -> str:
    """Where the tracebacks of this run are."""
    for handler in log.handlers:
        if isinstance(handler, logging.FileHandler):
            return handler.baseFilename
    return "the output above"


def _secrets(request: Any) -> list[str]:
    texts: list[str] = []
    for name in ("properties", "news", "args", "olds", "inputs"):
        struct = getattr(request, name, None)
        if struct is not None and hasattr(struct, "fields"):
            texts.extend(decode(struct).secret_texts())
    return texts
