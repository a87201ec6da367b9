"""The bus and the fake daemon of the command's own tests."""

from __future__ import annotations

from tests.unit.facelatch.conftest import bus as bus
from tests.unit.facelatch.conftest import daemon as daemon
from tests.unit.facelatch.conftest import run as run
