"""The translations: complete, in step with the sources, and released.

After a text has changed: `make translations`, translate what is unfinished, and again.
"""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication

import facelatch_gui
from facelatch_gui import app
from facelatch_gui.pages.camera import Portrait

PACKAGE = Path(facelatch_gui.__file__).parent
FOLDER = PACKAGE / "translations"
LANGUAGES = ("de", "zh_CN")
FORMS = {"de": 2, "zh_CN": 1, "en": 2}
PLACEHOLDER = re.compile(r"\{\w*\}|%n")


@dataclass(frozen=True)
class Message:
    """One text, with its translations: one, or one for each plural form."""

    context: str
    source: str
    comment: str
    plural: bool
    translations: tuple[str, ...] = ()
    finished: bool = True

    @property
    def key(self) -> tuple[str, str, str, bool]:
        """What tells it from others."""
        return self.context, self.source, self.comment, self.plural


def messages(path: Path) -> list[Message]:
    return [
        _message(context.findtext("name", ""), message)
        for context in ElementTree.parse(path).getroot().iter("context")
        for message in context.iter("message")
    ]


def _message(context: str, message: ElementTree.Element) -> Message:
    translation = message.find("translation")
    assert translation is not None
    plural = message.get("numerus") == "yes"
    texts = [form.text or "" for form in translation.iter("numerusform")] if plural else [translation.text or ""]
    return Message(
        context,
        message.findtext("source", ""),
        message.findtext("comment", ""),
        plural,
        tuple(texts),
        translation.get("type") is None,
    )


def of(language: str) -> list[Message]:
    return messages(FOLDER / f"facelatch_{language}.ts")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Message]:
    """The texts as they stand in the sources now."""
    path = tmp_path_factory.mktemp("sources") / "sources.ts"
    tool = Path(sys.executable).with_name("pyside6-lupdate")
    files = sorted(str(file) for file in PACKAGE.rglob("*.py"))
    subprocess.run([tool, *files, "-ts", path], check=True, capture_output=True, timeout=60)
    return messages(path)


@pytest.fixture
def speaking(qapp: QApplication) -> Iterator[None]:
    """An application that speaks German, until the end of the test."""
    app.translate(qapp, QLocale("de"))
    yield
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_sources_is_there_and_no_other(language: str, sources: list[Message]) -> None:
    assert len(sources) > 300
    assert {message.key for message in of(language)} == {message.key for message in sources}


def test_english_has_forms_for_what_is_counted(sources: list[Message]) -> None:
    assert {message.key for message in of("en")} == {message.key for message in sources if message.plural}


@pytest.mark.parametrize("language", [*LANGUAGES, "en"])
def test_every_text_is_translated(language: str) -> None:
    wanting = [
        message.key
        for message in of(language)
        if not message.finished
        or not all(message.translations)
        or len(message.translations) != (FORMS[language] if message.plural else 1)
    ]
    assert not wanting


@pytest.mark.parametrize("language", [*LANGUAGES, "en"])
def test_what_is_put_into_a_text_has_its_place_in_the_translation(language: str) -> None:
    for message in of(language):
        wanted = sorted(PLACEHOLDER.findall(message.source))
        for translation in message.translations:
            assert sorted(PLACEHOLDER.findall(translation)) == wanted, message.key


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_a_key_to_press_has_one_in_every_language(language: str) -> None:
    for message in of(language):
        wanted = len(re.findall(r"&(?!&)", message.source))
        for translation in message.translations:
            assert len(re.findall(r"&(?!&)", translation)) == wanted, message.key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_ends_in_the_translation_as_it_does_in_english(language: str) -> None:
    ends = {".": ".。", "?": "?？", ":": ":：", "…": "…"}
    for message in of(language):
        end = next((allowed for mark, allowed in ends.items() if message.source.endswith(mark)), "")
        for translation in message.translations:
            assert not end or translation[-1] in end, message.key


@pytest.mark.parametrize("language", [*LANGUAGES, "en"])
def test_what_was_released_is_what_is_written(language: str) -> None:
    translator = QTranslator()
    assert translator.load(str(FOLDER / f"facelatch_{language}.qm"))
    for message in of(language):
        count, form = (7, -1) if message.plural else (-1, 0)
        said = translator.translate(message.context, message.source, message.comment or None, count)
        assert said == message.translations[form], message.key


@pytest.mark.usefixtures("speaking")
def test_what_a_class_says_is_translated_in_those_that_build_on_it(qapp: QApplication) -> None:
    assert Portrait().accessibleName() == "Kamerabild"


@pytest.mark.parametrize(("count", "words"), [(1, "1 picture will be used."), (2, "2 pictures will be used.")])
def test_english_counts_properly(qapp: QApplication, count: int, words: str) -> None:
    app.translate(qapp, QLocale("en_GB"))
    try:
        assert qapp.translate("ReviewView", "%n pictures will be used.", "", count) == words
    finally:
        for translator in qapp.findChildren(QTranslator):
            qapp.removeTranslator(translator)


def test_qts_own_texts_are_translated_too(qapp: QApplication) -> None:
    app.translate(qapp, QLocale("de"))
    try:
        assert qapp.translate("QPlatformTheme", "Cancel") == "Abbrechen"
    finally:
        for translator in qapp.findChildren(QTranslator):
            qapp.removeTranslator(translator)
