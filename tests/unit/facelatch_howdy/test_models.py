"""A person's file, whole or damaged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from facelatch.howdy.folder import HowdyError
from facelatch.howdy.models import MOST_MODELS, Model, labels_of, read_models
from facelatchd.store.labels import read_label
from tests.unit.facelatch_howdy.trees import model

FILE = "/etc/howdy/models/anna.dat"


def read(value: Any) -> tuple[Model, ...]:
    return read_models(json.dumps(value).encode(), FILE)


def test_models_have_labels_and_days() -> None:
    found = read([model("at the desk"), model("with glasses", 1)])
    assert [(one.label, one.day) for one in found] == [("at the desk", "2023-11-14"), ("with glasses", "2023-11-14")]


def test_a_model_may_have_several_frames() -> None:
    both = model() | {"data": model()["data"] + model(number=1)["data"]}
    assert len(read([both])[0].data) == 2


def test_somebody_whose_models_were_all_removed_has_none() -> None:
    assert read([]) == ()


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        ({"data": [[0.5] * 127]}, r"length >= 128.*\$\[1\]\.data\[0\]"),
        ({"data": [[0.5] * 129]}, r"length <= 128.*\$\[1\]\.data\[0\]"),
        ({"data": [[0.5] * 127 + ["x"]]}, r"\$\[1\]\.data\[0\]\[127\]"),
        ({"data": [[0.5] * 127 + [None]]}, r"\$\[1\]\.data\[0\]\[127\]"),
        ({"data": []}, r"\$\[1\]\.data"),
        ({"data": "no"}, r"\$\[1\]\.data"),
        ({"label": 7}, r"\$\[1\]\.label"),
        ({"time": -1}, r"\$\[1\]\.time"),
        ({"time": 1e300}, r"\$\[1\]\.time"),
        ({"time": "today"}, r"\$\[1\]\.time"),
    ],
)
def test_damage_is_named_by_file_and_entry(damage: dict[str, Any], where: str) -> None:
    with pytest.raises(HowdyError, match=rf"{FILE}: is damaged: .*{where}"):
        read([model(), model() | damage])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_a_number_that_is_none_is_damage(number: str) -> None:
    text = json.dumps([model() | {"data": [[0.25] * 128]}]).replace("0.25", number, 1)
    with pytest.raises(HowdyError, match=rf"{FILE}: is damaged"):
        read_models(text.encode(), FILE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"{}",
        b"[[]]",
        b"[" * 100_000,
        b'[{"time": 1}]',
        b"\xff",
        b'[{"time":1,"label":"\xff","data":[]}]',
    ],
)
def test_what_is_no_list_of_models_is_damage(content: bytes) -> None:
    with pytest.raises(HowdyError, match=rf"{FILE}: is damaged"):
        read_models(content, FILE)


def test_more_models_than_anybody_has_are_damage() -> None:
    assert len(read([model()] * MOST_MODELS)) == MOST_MODELS
    with pytest.raises(HowdyError, match="is damaged"):
        read([model()] * (MOST_MODELS + 1))


@given(some.binary(max_size=200))
def test_no_content_is_anything_but_models_or_damage(content: bytes) -> None:
    try:
        found = read_models(content, FILE)
    except HowdyError:
        return
    assert found == ()  # a model takes more bytes than these


def labels(*written: str) -> tuple[str, ...]:
    return labels_of([Model(0.0, label, ()) for label in written])


def test_labels_are_kept_as_far_as_they_can_be_given_here() -> None:
    assert labels("Initial model", " Büro\t", "\x1b[31mred", "", "\n") == (
        "Initial model", "Büro", "[31mred", "from Howdy", "from Howdy (2)",
    )  # fmt: skip


@given(some.lists(some.text(max_size=100), max_size=8))
def test_every_label_can_be_given_here_and_no_two_are_alike(written: list[str]) -> None:
    given_here = labels(*written)
    assert len(set(given_here)) == len(written)
    assert [read_label(label) for label in given_here] == list(given_here)
