"""What Prefect may know: ids and counts. It keeps what it is told, and erasing a person does not reach there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import ConnectorError
from sell_model.errors import HubError


class UnexpectedError(HubError):
    """Something went wrong that the hub did not foresee; the text says what kind, and where."""


@contextmanager
def discreet() -> Iterator[None]:
    """Let errors out without the values they bear.

    Texts of the hub's own errors hold no personal values; what caused them (a statement with its
    parameters, a payload that would not parse) may, and so may any error that nobody foresaw.
    Prefect keeps an error's text and its causes among its logs.
    """
    try:
        yield
    except (HubError, ConnectorError) as error:
        error.__cause__ = None
        error.__suppress_context__ = True
        raise
    except Exception as error:  # noqa: BLE001  -- raised again, without what it bears
        raise UnexpectedError(
            f"{type(error).__name__} in {_place(error)}",
            fix="this is a fault of the hub itself; run the same in this process to see more: sellhub sync --debug",
        ) from None


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"
