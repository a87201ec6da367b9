"""What is written beside a trained network: how a pack names it, and what a person should know of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from facelatch_models.assembly import CARD, LOG
from facelatch_models.evaluation.attributes import Findings, finding_lines
from facelatch_models.evaluation.labelled import GROUPS, VOCABULARY, Labelled
from facelatch_models.evaluation.likeness import ALIKE
from facelatch_models.pack import Attribute, Kind, PackFile, Role
from facelatch_models.train.attributes.data import Share
from facelatch_models.train.attributes.network import SPEC
from facelatch_models.train.recipe import Recipe, write_recipe

NETWORK: Final = "starter-attributes.onnx"
PART: Final = "starter-attributes.toml"

LIMITS: Final = """\
What is told is how the people who labelled such pictures would perceive a face. It is not what somebody is: gender
cannot be seen, the two words the labels have leave people out, and an age is guessed by people no better than to some
years. It is wrong for some groups more often than for others, as the tables show; where a group is not in them, nothing
is known. Facelatch shows these words where somebody asks for them, switched off by default, and decides nothing by
them; nobody else should: not who is let in, not what is sold or shown to whom, not statistics about people who were not
asked. Of children it can hardly tell the gender, and is mostly unsure. Of the ages, middle-aged is the worst told: see
its rows. A scarf or a hand before the mouth was not tried: it may be taken for a mask.

The pictures are those of research collections: UTKFace and the mask pictures may be used for research only. The weights
are ours, but were learnt from them. UTKFace's ages, genders and groups are estimates of a program that were checked by
people; many of its people are celebrities, who are in it more than once, so that the figures of strangers are the ones
to go by. UTKFace was taken for free of masks; that the mask pictures have nearly all their masks on faces of one part
of the world is a reason to distrust the mask's figures elsewhere."""


def pack_part(content: bytes, attributes: tuple[Attribute, ...]) -> PackFile:
    """Return the entry of `pack.toml` for an exported network."""
    return PackFile(
        role=Role.ATTRIBUTES,
        kind=Kind.ATTRIBUTES,
        name=NETWORK,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        licence="Apache-2.0",
        source="facelatch-models train attributes",
        input=SPEC,
        attribute=attributes,
    )


def write_card(
    folder: Path, recipe: Recipe, shares: Sequence[Share], part: PackFile, found: Findings, command: str
) -> None:
    """Write the model card from the recipe, the pictures (learnt, calibrated, held out), the log and the figures."""
    log = [json.loads(line) for line in (folder / LOG).read_text().splitlines()]
    names = ("learnt from", "chosen and calibrated by (unlike any learnt from)", "held out for the figures")
    lines = [
        "# Attributes: perceived gender, age band, mask",
        "",
        f"{part.bytes:,} bytes, weights float16; pictures of {SPEC.width} x {SPEC.height} ({SPEC.order}, mean "
        f"{SPEC.mean[0]}, scale 1/{1 / SPEC.scale[0]:g}), seen both ways. It tells, or says that it is unsure of:",
        "",
        *(
            f"- {one.name}: {', '.join(one.labels)}; from a probability of {one.sure:.2f} on, where that is "
            f"1 / (1 + exp(-({one.slope:g} logit + {one.intercept:g})))"
            for one in part.attribute
        ),
        "",
        "## Pictures",
        "",
        *(
            f"- {name}: {_counts(share.known)}; {_sources(recipe, share)}"
            for name, share in zip(names, shares, strict=True)
        ),
        "",
        "## Figures on pictures held out",
        "",
        f"Strangers: those whom no picture learnt from or calibrated on resembles by a cosine above {ALIKE}, as the "
        "embedder of the pack sees it.",
        "",
        *(f"    {line}".rstrip() for line in finding_lines(found)),
        "",
        "## Limits",
        "",
        LIMITS,
        "",
        "## Run",
        "",
        f"    {command}",
        "",
        *_story(log),
        "",
        "## Recipe",
        "",
        *(f"    {line}".rstrip() for line in write_recipe(recipe).splitlines()),
    ]
    (folder / CARD).write_text("\n".join(lines) + "\n")


def _counts(known: Labelled) -> str:
    """Return how many there are of each age band and group."""
    counts = [
        f"{int((truth == index).sum())} {word}"
        for truth, words in ((known.truth("age"), VOCABULARY["age"]), (known.groups, GROUPS))
        for index, word in enumerate(words)
    ]
    return f"{len(known.ages)} pictures ({', '.join(counts)})"


def _sources(recipe: Recipe, share: Share) -> str:
    counts = np.bincount(share.source, minlength=len(recipe.source))
    return ", ".join(f"{count} of `{source.path}`" for source, count in zip(recipe.source, counts, strict=True))


def _story(log: Sequence[dict[str, Any]]) -> list[str]:
    """Tell what the log says: how long, how many, and every measurement on the calibration's pictures."""
    measured = {line["samples"]: line for line in log if "gender of adults" in line}
    ended = next(line for line in log if line["samples"] == log[-1]["samples"])  # it may have been exported again
    rate = next((line["found_learning_rate"] for line in log if "found_learning_rate" in line), None)
    names = ("gender of adults", "gender", "age", "mask")
    return [
        f"From {log[0]['time']} to {ended['time']}, {ended['samples']} samples; highest learning rate "
        + ("as in the recipe." if rate is None else f"{rate:.2g}, found by trying.")
        + " Share of right answers, nothing left unsure, on the pictures of the second line above:",
        "",
        f"| samples | {' | '.join(names)} |",
        f"|---{'|---' * len(names)}|",
        *(f"| {line['samples']} | {' | '.join(f'{line[name]:.4f}' for name in names)} |" for line in measured.values()),
    ]
