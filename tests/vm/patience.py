"""How much longer things take in the machine: the one place that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EMULATED: Final = 20.0
"""Without KVM. Networks took 20 to 60 times as long as on the host, whole logins some 10 times."""

VIRTUAL: Final = 2.0
"""With KVM, on a machine that has other things to do."""


@dataclass(frozen=True)
class Patience:
    """Seconds that a person would wait for something, on a machine that is slower by `factor`."""

    factor: float

    @classmethod
    def with_accelerator(cls, name: str) -> Patience:
        """Return how long to wait on a machine that qemu runs in this way."""
        return cls(VIRTUAL if name.startswith("kvm") else EMULATED)

    @property
    def moment(self) -> float:
        """For what happens at once: an echo, a prompt, a command of the shell."""
        return 1.0 * self.factor

    @property
    def look(self) -> float:
        """For a login by face, from the key pressed to the door open, with a judge that has to start first."""
        return 5.0 * self.factor

    @property
    def work(self) -> float:
        """For what keeps the machine busy: to start, to install a package, to stop."""
        return 30.0 * self.factor
