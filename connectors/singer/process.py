"""One run of a tap: its lines as they come, and a clear end: done, failed, hanging, or stopped by us."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from connectors.errors import ConnectorError, SetupError, TransientError

READ_AT_ONCE = 1 << 16
LONGEST_LINE = 1 << 28
PATIENCE = 5.0
"""Seconds that a tap has to stop by itself."""
WRONG_USAGE, NOT_RUNNABLE = 2, frozenset({126, 127})
LONGEST_WORD = 300


class TapRun:
    """A running tap, in a session of its own, so that what it started is stopped with it.

    Args:
        hide: takes secrets out of what the tap said, before it is quoted.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], quiet_seconds: float, hide: Callable[[str], str]
    ) -> None:
        self._name = os.path.basename(arguments[0])  # noqa: PTH119 -- a program's name, no path of ours
        self._quiet = quiet_seconds
        self._hide = hide
        self._said: deque[bytes] = deque(maxlen=50)
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- the admin's own program, no shell
                list(arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
                start_new_session=True,
            )
        except OSError as error:
            fix = "check `command`: the whole path of a tap that is installed in an environment of its own"
            raise SetupError(f"Singer: {self._name} cannot be started: {error.strerror}", fix=fix) from error

    def lines(self) -> Iterator[bytes]:
        """Yield what the tap prints, line by line, to its good end.

        Raises:
            TransientError: it hangs, or ends badly.
            SetupError: it cannot run, or does not know our options.
        """
        begun = bytearray()
        for data in self._output():
            end = data.rfind(b"\n")
            if end < 0:
                begun += data
            else:
                whole, begun = begun + data[:end], bytearray(data[end + 1 :])
                yield from bytes(whole).split(b"\n")
            if len(begun) > LONGEST_LINE:
                raise TransientError(f"Singer: {self._name} prints a line of more than {LONGEST_LINE:,} bytes")
        code = self._process.wait()
        if code != 0:
            raise self._failed(code)
        if begun:
            yield bytes(begun)

    def stop(self) -> None:
        """End the tap and what it started, if it still runs."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                os.killpg(self._process.pid, how)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(PATIENCE)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _output(self) -> Iterator[bytes]:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        out, err = self._process.stdout.fileno(), self._process.stderr.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            selector.register(err, selectors.EVENT_READ)
            while out in (open_ := selector.get_map()) or (err in open_ and self._process.poll() is None):
                ready = selector.select(self._quiet)
                if not ready:
                    raise TransientError(
                        f"Singer: {self._name} has said nothing for {self._quiet:g} s and was stopped",
                        fix="if it is slow by nature, raise `quiet_seconds`",
                    )
                for key, _ in ready:
                    data = os.read(key.fd, READ_AT_ONCE)
                    if not data:
                        selector.unregister(key.fd)
                    elif key.fd == out:
                        yield data
                    else:
                        self._said.extend(data.splitlines())

    def _failed(self, code: int) -> ConnectorError:
        said = self._last_word()
        text = f"Singer: {self._name} ended with exit code {code}" + (f"; it said last: {said}" if said else "")
        if code == WRONG_USAGE:
            return SetupError(text, fix='look at its --help; older taps need `catalog_option = "--properties"`')
        if code in NOT_RUNNABLE:
            return SetupError(text, fix="check `command`")
        return TransientError(text, fix="what came before its last STATE is kept; the next run goes on from there")

    def _last_word(self) -> str:
        words = [line.decode(errors="replace").strip() for line in self._said]
        told = [word for word in words if word and ("CRITICAL" in word or "ERROR" in word.upper())] or words
        return self._hide(next((word for word in reversed(told) if word), ""))[:LONGEST_WORD]
