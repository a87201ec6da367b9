"""The running judge: what is wired to what, from the first socket to the last word."""

from __future__ import annotations

import argparse
import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import threading
from pathlib import Path
from typing import Final

from gi.events import GLibEventLoopPolicy

from facelatch_eye import notify
from facelatchd.bus.authority import Authority
from facelatchd.bus.service import Service
from facelatchd.child import EyeChild, eye_command
from facelatchd.choices import Choices
from facelatchd.clerk import Clerk
from facelatchd.door import Door
from facelatchd.house import House
from facelatchd.keys import counter_path, load_key
from facelatchd.refusal import Refused
from facelatchd.secrecy import shut_memory
from facelatchd.settings import SettingsError
from facelatchd.store import Store, StoreError
from facelatchd.watcher import Watcher

log = logging.getLogger("facelatchd")

EX_UNAVAILABLE: Final = 69
EX_CONFIG: Final = 78

LAST_WORDS: Final = 0.3
"""Seconds that sessions get at the end to write down what they have seen."""

THREAD_PATIENCE: Final = 0.5
"""Seconds that threads get after that, to come back or be left behind; together with the rest it is under one."""


def serve(options: argparse.Namespace) -> int:
    """Be the judge until SIGTERM or SIGINT, and return the exit status."""
    try:
        shut_memory()
        with asyncio.Runner(loop_factory=GLibEventLoopPolicy().get_event_loop) as runner:
            runner.run(_run(options))
    except SettingsError as error:
        log.critical("%s", error)
        return EX_CONFIG
    except (StoreError, notify.HandoverError, OSError) as error:
        log.critical("%s", error)
        return EX_UNAVAILABLE
    return 0


class Judge:
    """The running judge: its settings, which may be read anew, its door and its place on the bus."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        options.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._choices = Choices(options.config, options.state_dir / "choices.toml")
        self._child: EyeChild | None = None
        self._reloading: asyncio.Task[None] | None = None

    def _reload_on_demand(self) -> None:
        """Listen for SIGHUP, once: GLib's loop forgets a signal's handler when it has called it (PyGObject 3.50)."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.reload)

    def reload(self) -> None:
        """Begin to read the settings anew; bad ones leave the last good ones in force."""
        self._reload_on_demand()
        self._reloading = asyncio.get_running_loop().create_task(self._reload())

    async def _reload(self) -> None:
        try:
            await asyncio.to_thread(self._choices.reload)  # a login shall not wait for the disk
            log.info("%s is read anew", self._options.config)
        except SettingsError as error:
            log.error("%s; the settings of before stay in force", error)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        options = self._options
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        self._reload_on_demand()
        eye_socket = options.eye_socket or options.runtime_dir / "eye.sock"
        if options.with_eye:
            pack = ["--pack", options.pack] if options.pack else []
            self._child = EyeChild(eye_command(eye_socket, [*pack, *options.eye_option]))
        watcher = Watcher(eye_socket, self._child.kill_if_stuck if self._child else lambda: None)
        clerk = Clerk(open_store(options.state_dir, options.database, options.counter))
        authority = Authority(options.ask_seconds)
        house = House(clerk, watcher, lambda: self._choices.settings, options.pack, lambda: authority.asks_for_password)
        handed = notify.handed_sockets("door")
        path = options.runtime_dir / "door.sock"
        door = Door(house)
        server = await door.serve(handed.get("door") or listen(path))
        service = Service(house, authority, self._choices, options.bus, lambda: door.close(LAST_WORDS))
        if self._child:
            self._child.start()
        serving = asyncio.create_task(service.serve())
        living = asyncio.create_task(_live(house, service))
        try:
            await stopped.wait()
        finally:
            notify.tell("STOPPING=1")
            living.cancel()
            serving.cancel()
            server.close()
            if "door" not in handed:
                path.unlink(missing_ok=True)
            await asyncio.gather(door.close(LAST_WORDS), asyncio.wait([serving], timeout=LAST_WORDS))
            if self._child:
                await self._child.stop()
            clerk.close()
            log.info("stopped")


async def _live(house: House, service: Service) -> None:
    """Tell the service manager when everything is ready, and then that the loop still turns.

    A task of its own: a bus that says nothing for its 5 s keeps nobody from stopping the judge.
    """
    await service.tried.wait()
    try:
        await house.manifest()
    except Refused as refused:
        log.warning("nobody can be verified: %s", refused)
    notify.tell("READY=1")
    log.info("ready")
    gc.freeze()  # `main` has looked for no garbage so far
    gc.enable()
    interval = notify.watchdog_interval()
    while interval is not None:
        notify.tell("WATCHDOG=1")
        await asyncio.sleep(interval)


async def _run(options: argparse.Namespace) -> None:
    await Judge(options).run()
    leaving = threading.Timer(THREAD_PATIENCE, _leave_threads_behind)
    leaving.daemon = True
    leaving.start()


def _leave_threads_behind() -> None:
    """End the process although a thread still runs: one that a disk or an account database keeps cannot be ended."""
    log.warning("a thread hangs; it is left behind")
    logging.shutdown()
    os._exit(0)


def open_store(state_dir: Path, database: str, counter: Path | None) -> Store:
    """Open the store and its key, making both at the first start."""
    return Store.open(
        database or state_dir / "facelatch.db",
        load_key(state_dir / "key", create=True),
        index=state_dir / "faces.index",
        counter=counter or counter_path(state_dir),
    )


def listen(path: Path) -> socket.socket:
    """Return a socket that listens at `path`, open to everybody: peer credentials decide who gets what.

    Raises `OSError` where another judge answers there; what a dead one left behind is removed.
    """
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True)
        path.parent.chmod(0o755)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        if probe.connect_ex(str(path)) in (0, errno.EAGAIN):  # EAGAIN: so many ask it that its queue is full
            raise OSError(errno.EADDRINUSE, f"another judge listens at {path}")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    listener.bind(str(path))
    path.chmod(0o666)
    listener.listen(128)
    return listener
