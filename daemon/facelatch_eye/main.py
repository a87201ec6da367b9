"""`facelatch-eye`: options and wiring."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import resource
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from facelatch_eye.parent import ParentGone, end_with_parent

if TYPE_CHECKING:
    from facelatch_eye.loading import Loading
    from facelatch_eye.server import Ending
    from facelatch_eye.sight import Sight

log = logging.getLogger("facelatch_eye")

DEFAULT_SOCKET: Final = Path("/run/facelatch/eye.sock")
MOST_THREADS: Final = 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the eye; returns the exit status: 0 stopped or idle, 1 could not start or had to give up a camera."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("linuxpy").setLevel(logging.WARNING)
    # A core file would hold the last picture.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # NumPy's second thread has nothing to multiply here, and spins while the rest loads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        if options.end_with_parent:
            end_with_parent()
    except ParentGone as error:
        log.error("%s", error)
        return 1
    return _run(options)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; ends the process with status 2 and the usage where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="facelatch-eye", description="Owns the camera and runs the networks for facelatchd."
    )
    parser.add_argument("--socket", type=Path, default=DEFAULT_SOCKET, metavar="PATH", help="where to listen")
    parser.add_argument("--pack", default="", metavar="NAME|DIR", help="the pack to use (default: the current one)")
    parser.add_argument("--packs", type=Path, metavar="DIR", help="a folder of packs to look in first")
    parser.add_argument(
        "--threads",
        type=_threads,
        default=min(2, os.cpu_count() or 1),
        metavar="N",
        help=f"processor cores to use, 1 to {MOST_THREADS} (default: %(default)s)",
    )
    parser.add_argument(
        "--allow-file-cameras", action="store_true", help="also watch file:/path?rate=15&loop=1 (for tests)"
    )
    parser.add_argument("--idle-exit", type=_seconds, metavar="SECONDS", help="leave after being idle for so long")
    parser.add_argument(
        "--end-with-parent",
        action="store_true",
        help="leave when the process that started this one ends, however it does (set by facelatchd --with-eye)",
    )
    parser.add_argument("--verbose", action="store_true", help="log more")
    return parser.parse_args(arguments)


def _threads(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_THREADS:
        raise argparse.ArgumentTypeError(f"expected 1 to {MOST_THREADS}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError("expected seconds above 0")
    return seconds


def _run(options: argparse.Namespace) -> int:
    """Open the socket, serve, and leave, if need be without those threads that do not come back."""
    from facelatch_eye.loading import Loading
    from facelatch_eye.memory import keep_together
    from facelatch_eye.notify import HandoverError, handed_sockets
    from facelatch_eye.server import Ending, SocketError, bind

    try:
        handed = handed_sockets("eye").get("eye")
        listening = handed or bind(options.socket)
    except (HandoverError, SocketError) as error:
        log.error("%s", error)
        return 1
    keep_together()
    loading = Loading(lambda: load_sight(options.pack, options.packs, options.threads))
    try:
        ending = asyncio.run(_serve(options, loading, listening))
    finally:
        if handed is None:
            with contextlib.suppress(FileNotFoundError):
                options.socket.unlink()
    if ending is Ending.STUCK:
        log.critical("leaving at once: %s", ending.value)
    else:
        log.info("leaving: %s", ending.value)
    if ending is Ending.STUCK or loading.goes_on:
        # Waiting for the thread would be waiting for the camera, for ever; or for networks that nobody wants any more.
        logging.shutdown()
        os._exit(1 if ending is Ending.STUCK else 0)
    return 0


async def _serve(options: argparse.Namespace, loading: Loading, listening: socket.socket) -> Ending:
    from facelatch_eye.camera.custody import Custody
    from facelatch_eye.camera.roster import Roster
    from facelatch_eye.eye import Eye
    from facelatch_eye.notify import watchdog_interval
    from facelatch_eye.server import Server, allowed_users

    eye = Eye(Roster(files=options.allow_file_cameras), loading, Custody())
    server = Server(eye, allowed_users(), options.idle_exit, watchdog_interval())
    loading.start()
    return await server.serve(listening)


def load_sight(pack_name: str, packs: Path | None, threads: int) -> Sight:
    """Return the pack's networks at work; raises `Failure`."""
    # What opens a camera comes first: whoever does so meanwhile waits for it, and the camera then starts by itself.
    import linuxpy.video.device  # noqa: F401

    from facelatch_eye.failure import Failure
    from facelatch_eye.messages import ProblemKind
    from facelatch_models.pack import PackDamaged, PackMissing
    from facelatch_models.search import choose

    try:
        pack = choose(pack_name, packs)

        import cv2

        from facelatch_eye.gaze import open_gaze
        from facelatch_eye.sight import Sight

        cv2.setNumThreads(threads)
        return Sight(pack, open_gaze(pack, threads))
    except PackMissing as error:
        raise Failure(ProblemKind.NO_PACK, str(error)) from error
    except PackDamaged as error:
        raise Failure(ProblemKind.PACK_DAMAGED, str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
