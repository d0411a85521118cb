"""Turns an exception of the host into plain values, without keeping it, its frames or their variables alive."""

from __future__ import annotations

from collections import deque

from watchllm._values import text_of

# The innermost frames say where it happened; a runaway recursion has thousands.
MAX_FRAMES = 50


def stack_of(problem: BaseException) -> str:
    """Return where an exception came through, innermost last; without source lines, which would read files."""
    frames: deque[str] = deque(maxlen=MAX_FRAMES)
    trace = problem.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}')
        trace = trace.tb_next
    return "\n".join(["Traceback (most recent call last):", *frames, message_of(problem)])


def message_of(problem: BaseException) -> str:
    """Return the type and the text of an exception in one line of at most about 1,000 characters."""
    name, text = type(problem).__name__, text_of(problem)
    return f"{name}: {text}" if text else name


def is_failure(problem: BaseException) -> bool:
    """Return whether an exception that leaves a block means that the block failed."""
    if isinstance(problem, GeneratorExit):
        return False
    return not (isinstance(problem, SystemExit) and problem.code in (None, 0))
