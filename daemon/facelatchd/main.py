"""`facelatchd`: options, and the start of the judge."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from pathlib import Path
from typing import Final

from facelatchd.settings import DEFAULT_FILE

PERSON: Final = 120.0
"""Seconds that a person gets to type a password for polkit."""


def main(arguments: list[str] | None = None) -> None:
    """Run `facelatchd`."""
    options = _parse(arguments)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(name)s: %(levelname)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    os.umask(0o077)
    # A second thread of OpenBLAS waits in a busy loop, and has next to nothing to do here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # what a start makes stays: the judge looks for garbage from when it is ready
    for name in _unwanted(options.database):
        sys.modules[name] = None  # type: ignore[assignment]  # it cannot be imported then, says the language's reference
    from facelatchd.judge import serve

    sys.exit(serve(options))


def _unwanted(database: str) -> tuple[str, ...]:
    """Return what PyGObject and asyncio load where it is there and do without where not; the judge has no use for it.

    Beside a server's database `ssl` stays: psycopg without its C half, as Debian packages it, does not load without it.
    """
    return ("cairo",) if database else ("cairo", "ssl")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="facelatchd", description="Facelatch's daemon: it decides who is let in.")
    parser.add_argument("--config", type=Path, default=DEFAULT_FILE, help="settings (default: %(default)s)")
    parser.add_argument("--runtime-dir", type=Path, default=Path("/run/facelatch"), help="where the sockets are")
    parser.add_argument("--state-dir", type=Path, default=Path("/var/lib/facelatch"), help="where store and key are")
    parser.add_argument("--database", default="", help="SQLAlchemy URL of another store, such as postgresql://…")
    parser.add_argument("--counter", type=Path, help="what tells an old database (default: beside or in --state-dir)")
    parser.add_argument("--pack", default="", help="name or folder of the pack (default: the one chosen by `pack use`)")
    parser.add_argument("--eye-socket", type=Path, help="where the eye listens (default: eye.sock in --runtime-dir)")
    parser.add_argument("--with-eye", action="store_true", help="start the eye, too (for development)")
    parser.add_argument("--eye-option", action="append", default=[], help="an option for that eye; may be repeated")
    parser.add_argument("--bus", default="", metavar="ADDRESS", help="another message bus than the system's")
    parser.add_argument("--ask-seconds", type=float, default=PERSON, help="for a password (default: %(default)g)")
    parser.add_argument("--verbose", action="store_true", help="log more")
    options = parser.parse_args(arguments)
    if options.config != DEFAULT_FILE and not options.config.exists():
        parser.error(f"--config {options.config}: there is no such file")
    return options
