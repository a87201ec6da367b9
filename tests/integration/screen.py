"""A screen without a monitor: an X server in memory, a window that hears its keys, and fingers on the keyboard."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any, Final, Self

TOOLS: Final = {"Xvfb": "xvfb", "xdotool": "xdotool", "setpriv": "util-linux"}
"""Programs that a screen needs, and Debian's packages of them."""

PATIENCE: Final = 20.0
"""Seconds for whatever is waited for; the longest look takes six."""

_KEY_PRESS: Final = 2
_KEY_PRESS_MASK: Final = 1 << 0
_OVERRIDE_REDIRECT: Final = 1 << 9
_GRAB_MODE_ASYNC: Final = 1
_REVERT_TO_PARENT: Final = 2
_CURRENT_TIME: Final = 0
_GRANTED: Final = 0
_ALREADY_GRABBED: Final = 1


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Return as soon as it has happened; raises `AssertionError`, which names it, where it does not in time."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"not within {PATIENCE:g} s: {what}"
        time.sleep(0.02)


def missing(tools: dict[str, str]) -> str:
    """Return what is not installed of these programs, and the packages to install; empty where all are."""
    absent = {name: package for name, package in tools.items() if shutil.which(name) is None}
    if not absent:
        return ""
    return f"not installed: {', '.join(absent)} (apt-get install {' '.join(sorted(set(absent.values())))})"


class _Attributes(ctypes.Structure):
    """`XSetWindowAttributes`, of which one field is set."""

    _fields_ = (
        ("background_pixmap", ctypes.c_ulong),
        ("background_pixel", ctypes.c_ulong),
        ("border_pixmap", ctypes.c_ulong),
        ("border_pixel", ctypes.c_ulong),
        ("bit_gravity", ctypes.c_int),
        ("win_gravity", ctypes.c_int),
        ("backing_store", ctypes.c_int),
        ("backing_planes", ctypes.c_ulong),
        ("backing_pixel", ctypes.c_ulong),
        ("save_under", ctypes.c_int),
        ("event_mask", ctypes.c_long),
        ("do_not_propagate_mask", ctypes.c_long),
        ("override_redirect", ctypes.c_int),
        ("colormap", ctypes.c_ulong),
        ("cursor", ctypes.c_ulong),
    )


def _xlib() -> Any:
    library: Any = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
    library.XOpenDisplay.restype = ctypes.c_void_p
    for name in ("XDefaultRootWindow", "XCreateWindow"):
        getattr(library, name).restype = ctypes.c_ulong
    return library


class Probe:
    """A window with the focus: what is typed reaches it, unless somebody holds the keyboard."""

    def __init__(self, display: str) -> None:
        self._xlib = _xlib()
        opened = self._xlib.XOpenDisplay(display.encode())
        if not opened:
            raise RuntimeError(f"the X server at {display} lets nobody in")
        self._display = ctypes.c_void_p(opened)
        root = ctypes.c_ulong(self._xlib.XDefaultRootWindow(self._display))
        # No window manager shall be needed to show it.
        attributes = _Attributes(override_redirect=1)
        created = self._xlib.XCreateWindow(
            self._display, root, 0, 0, 50, 50, 0, 0, 0, None,
            ctypes.c_ulong(_OVERRIDE_REDIRECT), ctypes.byref(attributes),
        )  # fmt: skip
        self._window = ctypes.c_ulong(created)
        self._xlib.XSelectInput(self._display, self._window, ctypes.c_long(_KEY_PRESS_MASK))
        self._xlib.XMapWindow(self._display, self._window)
        self._xlib.XSync(self._display, 0)
        self._focus()

    def _focus(self) -> None:
        time_ = ctypes.c_ulong(_CURRENT_TIME)
        self._xlib.XSetInputFocus(self._display, self._window, _REVERT_TO_PARENT, time_)
        self._xlib.XSync(self._display, 0)

    def keys(self) -> int:
        """Return how many keys it has heard since it was last asked."""
        self._xlib.XSync(self._display, 0)
        event = (ctypes.c_long * 24)()
        heard = 0
        while self._xlib.XCheckTypedEvent(self._display, _KEY_PRESS, event):
            heard += 1
        return heard

    def keyboard_is_held(self) -> bool:
        """Return whether some other program holds the keyboard; where none does it is taken for a moment."""
        when, modes = ctypes.c_ulong(_CURRENT_TIME), (_GRAB_MODE_ASYNC, _GRAB_MODE_ASYNC)
        code = self._xlib.XGrabKeyboard(self._display, self._window, 1, *modes, when)
        if code == _GRANTED:
            self._xlib.XUngrabKeyboard(self._display, when)
            self._xlib.XSync(self._display, 0)
        elif code != _ALREADY_GRABBED:
            raise RuntimeError(f"XGrabKeyboard: {code}")
        return bool(code == _ALREADY_GRABBED)

    def close(self) -> None:
        """Take the window away."""
        self._xlib.XCloseDisplay(self._display)


class Screen:
    """An X server of its own, and a probe on it. To be used in a `with` block."""

    def __enter__(self) -> Self:
        """Start the server; it chooses a display that is free."""
        told, tell = os.pipe()
        command = [
            "setpriv", "--pdeathsig", "TERM", "Xvfb", "-displayfd", str(tell), "-screen", "0", "800x600x24",
            "-nolisten", "tcp", "-ac", "-noreset",
        ]  # fmt: skip
        self._server = subprocess.Popen(
            command, pass_fds=[tell], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        os.close(tell)
        with os.fdopen(told) as reader:
            number = reader.readline().strip()
        if not number:
            raise RuntimeError(f"Xvfb ended with {self._server.wait()}")
        self.display = f":{number}"
        self.probe = Probe(self.display)
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop the server."""
        self.probe.close()
        self._server.terminate()
        self._server.wait(PATIENCE)

    def press(self, *keys: str) -> None:
        """Press and release keys, by X's names."""
        self._fingers("key", *keys)

    def type(self, text: str) -> None:
        """Type a text, without Enter."""
        self._fingers("type", "--delay", "2", text)

    def _fingers(self, *what: str) -> None:
        subprocess.run(["xdotool", *what], env={"DISPLAY": self.display, "PATH": os.environ["PATH"]}, check=True)
