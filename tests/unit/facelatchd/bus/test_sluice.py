"""How many calls pass the sluice."""

from __future__ import annotations

from facelatchd.bus.sluice import BURST, CALLS_A_SECOND, MOST_CONNECTIONS, Sluice


def passed(sluice: Sluice, sender: str, count: int, now: float) -> int:
    return sum(sluice.admits(sender, now) for _ in range(count))


def test_a_burst_passes_and_no_more() -> None:
    assert passed(Sluice(), ":1.1", 10 * BURST, now=5.0) == BURST


def test_a_flood_lets_through_what_a_patient_client_may_call() -> None:
    sluice = Sluice()
    passed(sluice, ":1.1", BURST, now=0.0)
    taken = sum(passed(sluice, ":1.1", 50, now=tick / 8) for tick in range(1, 81))  # eighths are exact
    assert taken == 10 * CALLS_A_SECOND


def test_one_clients_flood_costs_another_nothing() -> None:
    sluice = Sluice()
    passed(sluice, ":1.1", 10 * BURST, now=0.0)
    assert passed(sluice, ":1.2", BURST, now=0.0) == BURST


def test_who_paused_long_has_no_more_than_a_burst() -> None:
    sluice = Sluice()
    passed(sluice, ":1.1", BURST, now=0.0)
    assert passed(sluice, ":1.1", 10 * BURST, now=3600.0) == BURST


def test_no_more_connections_are_remembered_than_there_may_be() -> None:
    sluice = Sluice()
    for number in range(2 * MOST_CONNECTIONS):
        sluice.admits(f":1.{number}", 0.0)
    assert len(sluice._buckets) == MOST_CONNECTIONS
