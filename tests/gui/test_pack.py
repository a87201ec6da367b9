"""The page of the recognition pack, and the words for its figures."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QLabel, QProgressBar
from pytestqt.qtbot import QtBot

from facelatch.types import PackFigure
from facelatch_gui import figures
from facelatch_gui.pages.pack import PackPage
from facelatch_gui.widgets.command import CommandLine
from tests.gui.exhibit import NO_PACK, OPEN_PACK, Exhibit
from tests.gui.showcase import Showcase
from tests.places import TREE

STEP = '{"download": "a.onnx", "done": 5, "total": 10}'
DONE = '{"name": "open", "folder": "/etc/facelatch/packs/open"}'


@pytest.fixture
def case(qtbot: QtBot) -> Iterator[Showcase[PackPage]]:
    """The page, not opened yet."""
    case = Showcase(qtbot, PackPage, Exhibit())
    yield case
    case.close()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    yield
    QLocale.setDefault(before)


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def test_title_licence_and_every_network_with_its_source_are_shown(case: Showcase[PackPage]) -> None:
    case.open()
    case.wait_for_text(OPEN_PACK.title)
    assert f"Licence: {OPEN_PACK.licence}" in case.text
    for part in OPEN_PACK.parts:
        assert part.source in case.text
        assert part.name in case.text
    assert "Compares faces" in case.text


def test_terms_stand_out_where_there_are_any(case: Showcase[PackPage]) -> None:
    case.daemon.pack_report = msgspec.structs.replace(OPEN_PACK, terms="for research only")
    case.open()
    case.wait_for_text("Terms: for research only")


def test_figures_are_shown_with_interval_and_data_and_the_standards_words_behind(case: Showcase[PackPage]) -> None:
    case.open()
    case.wait_for_text("With 95 % certainty between 0.2 % and 3.2 %. Measured on: LFW")
    assert "if 1 in 10,000 pictures of others may pass as you" in case.text
    (label,) = [one for one in case.visible(QLabel) if "1 in 10,000 pictures" in one.text()]
    assert "FNMR at FMR 1e-4" in label.toolTip()
    assert "FNMR at FMR 1e-4" in label.accessibleDescription()


def test_a_missing_pack_is_told_with_what_the_daemon_says_and_how_to_get_one(case: Showcase[PackPage]) -> None:
    case.daemon.pack_report = NO_PACK
    case.open()
    case.wait_for_text("Faces cannot be recognised now.")
    assert NO_PACK.problem in case.text
    assert case.button("Install the open pack").isEnabled()


def test_with_a_pack_in_use_installing_is_offered_only_quietly(case: Showcase[PackPage]) -> None:
    case.open()
    case.wait_for_text(OPEN_PACK.title)
    assert case.button("Install the open pack again").isVisible()


def test_an_installation_shows_how_far_it_is_and_how_the_pack_comes_into_use(case: Showcase[PackPage]) -> None:
    case.daemon.pack_report = NO_PACK
    case.open()
    case.wait_for_text("Install a pack")
    case.page.install(shell(f"echo '{STEP}'; read _ < /dev/null; sleep 0.2; echo '{DONE}'"))
    case.wait_for_text("Fetching a.onnx…")
    (bar,) = case.visible(QProgressBar)
    assert bar.value() / bar.maximum() == 0.5
    assert not case.button("Install the open pack").isEnabled()
    case.daemon.pack_report = OPEN_PACK
    case.wait_for_text("The pack is installed.")
    assert "systemctl restart" in case.page.findChildren(CommandLine)[0].command
    case.wait_for_text(OPEN_PACK.title)
    assert not case.visible(QProgressBar)


def test_an_unknown_size_keeps_the_bar_moving(case: Showcase[PackPage]) -> None:
    case.open()
    case.page.install(shell('echo \'{"download": "a", "done": 5}\'; exec sleep 60'))
    case.wait_for_text("Fetching a…")
    (bar,) = case.visible(QProgressBar)
    assert (bar.minimum(), bar.maximum()) == (0, 0)
    case.press("Cancel")
    case.wait(lambda: "Nothing was installed." in case.said)


def test_a_cancelled_installation_can_be_begun_again(case: Showcase[PackPage]) -> None:
    case.daemon.pack_report = NO_PACK
    case.open()
    case.wait_for_text("Install a pack")
    case.page.install(shell("exec sleep 60"))
    case.press("Cancel")
    case.wait(lambda: case.button("Install the open pack").isEnabled())
    case.page.install(shell(f"echo '{DONE}'"))
    case.wait_for_text("The pack is installed.")


def test_an_installation_that_fails_says_why_and_that_nothing_was_changed(case: Showcase[PackPage]) -> None:
    case.open()
    case.page.install(shell('echo \'{"error": "failed", "text": "SHA-256 is not what was meant"}\'; exit 1'))
    case.wait_for_text("The pack could not be installed. Nothing was changed.")
    assert "SHA-256 is not what was meant" in case.text


def test_an_installation_goes_on_while_another_page_is_shown(case: Showcase[PackPage]) -> None:
    case.open()
    case.page.install(shell(f"sleep 0.1; echo '{DONE}'"))
    case.page.leave()
    case.wait(lambda: "The pack is installed." in case.said)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.115, "12 %"), (0.053, "5.3 %"), (0.0028, "0.28 %"), (0.00001, "0.001 %"),
     (7.2e-07, "1 in 1,400,000"), (0.5, "50 %"), (0.0999, "10 %")],
)  # fmt: skip
def test_a_rate_is_written_with_the_digits_that_count(value: float, words: str) -> None:
    assert figures.rate(value) == words


def test_rates_are_written_as_people_write_them_there() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    assert figures.rate(0.0028) == "0,28 %"
    assert figures.one_in(1e-4) == "1 in 10.000"


@pytest.mark.parametrize("figure", OPEN_PACK.figures[:-1], ids=lambda figure: figure.name)
def test_the_figures_of_the_open_pack_have_words(figure: PackFigure) -> None:
    assert figures.sentence(figure).meaning


def test_the_figures_of_every_pack_in_the_tree_have_words() -> None:
    manifests = [*TREE.glob("models/facelatch_models/recipes/*.toml"), *TREE.glob("models/packs/*/pack.toml")]
    names = {figure["name"] for path in manifests for figure in tomllib.loads(path.read_text()).get("figure", ())}
    assert names
    assert {name for name in names if not figures.sentence(PackFigure(name, 0.1, "")).meaning} == set()


def test_a_figure_without_words_keeps_its_name_and_one_without_interval_its_data(case: Showcase[PackPage]) -> None:
    unknown = PackFigure("EER of something", 0.02, "a data set")
    assert figures.sentence(unknown).meaning == ""
    case.daemon.pack_report = msgspec.structs.replace(OPEN_PACK, figures=(unknown,))
    case.open()
    case.wait_for_text("EER of something")
    assert "Measured on: a data set" in case.text
