"""A pack: a folder of ONNX files and `pack.toml`, which says whose they are, how to feed them, what scores mean.

Imports neither NumPy nor ONNX Runtime, so that the judge can read a manifest: the bar a face must pass comes from the
file that the administrator installed, never from the process that sees the camera.
"""

from __future__ import annotations

import enum
import hashlib
import math
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from facelatch_models.scale import (
    CHECKSUM,
    FILE_NAME,
    Calibration,
    Cohort,
    Figure,
    Table,
    calibration_faults,
    figure_faults,
)

MANIFEST: Final = "pack.toml"
LARGEST_MANIFEST: Final = 256 * 1024
LARGEST_FILE: Final = 1024 * 1024 * 1024
LARGEST_SIDE: Final = 4096
MOST_LABELS: Final = 64
CURRENT: Final = "current"
"""Name of the symbolic link, in a folder of the search path, that `facelatch pack use` points at the chosen pack."""

MEND: Final = "sudo facelatch pack install open   (or, with the files: sudo facelatch pack build open --from DIR)"

_PACK_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class PackError(Exception):
    """A pack that cannot be used; the text names the file and what is wrong with it."""


class PackMissing(PackError):
    """No pack where one was looked for."""


class PackDamaged(PackError):
    """A pack whose manifest or file is not what it should be."""


class Role(enum.Enum):
    """What a network is for."""

    DETECTOR = "detector"
    EMBEDDER = "embedder"
    LIVENESS = "liveness"
    ATTRIBUTES = "attributes"
    EYES = "eyes"


class Kind(enum.Enum):
    """How a network's output is to be read; each role has its kinds."""

    YUNET = "yunet"
    SCRFD = "scrfd"
    VECTOR = "vector"
    MINIFASNET = "minifasnet"
    ATTRIBUTES = "attributes"
    FACE_MESH = "face-mesh"


KINDS: Final = {
    Role.DETECTOR: (Kind.YUNET, Kind.SCRFD),
    Role.EMBEDDER: (Kind.VECTOR,),
    Role.LIVENESS: (Kind.MINIFASNET,),
    Role.ATTRIBUTES: (Kind.ATTRIBUTES,),
    Role.EYES: (Kind.FACE_MESH,),
}


class InputSpec(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a network is fed: pixel = (value - mean) * scale, planes in `order`.

    `points` are where an aligned face has right eye, left eye, nose, right and left mouth corner, as fractions of the
    side. `enlarge` is the factor by which the face's box grows before it is cut out. A detector's `width` and `height`
    are the size that a frame is brought to.
    """

    width: int
    height: int
    order: str = "bgr"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    points: tuple[tuple[float, float], ...] = ()
    enlarge: float = 1.0


class Attribute(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that an attributes network tells of a face.

    The network's output has a logit for each label, attribute after attribute; the calibrated probability of a label is
    1 / (1 + exp(-(slope * logit + intercept))). The likeliest label is told where it has the probability `sure`: there
    may be none.
    """

    name: str
    labels: tuple[str, ...]
    slope: float
    intercept: float
    sure: float


class PackFile(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One network of a pack.

    `threshold` is the detector's score bound, the probability that counts as live, or the openness under which an eye
    counts as closed (see `facelatch_models.eyes`).
    """

    role: Role
    kind: Kind
    name: str
    sha256: str
    bytes: int
    licence: str
    source: str
    input: InputSpec
    dimension: int = 0
    threshold: float = 0.5
    attribute: tuple[Attribute, ...] = ()


class Manifest(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`pack.toml`, validated."""

    id: str
    version: str
    title: str
    licence: str
    terms: str = ""
    file: tuple[PackFile, ...]
    calibration: Calibration
    figure: tuple[Figure, ...] = ()

    def part(self, role: Role) -> PackFile | None:
        """Return the network for a role, or None where the pack has none."""
        return next((file for file in self.file if file.role is role), None)

    @property
    def embedder(self) -> PackFile:
        """The embedder; a manifest without one is never read."""
        part = self.part(Role.EMBEDDER)
        assert part is not None
        return part

    @property
    def pinned(self) -> tuple[PackFile | Cohort, ...]:
        """Every file that lies beside the manifest."""
        cohort = self.calibration.cohort
        return self.file if cohort is None else (*self.file, cohort)

    @property
    def space(self) -> str:
        """Name of the vector space: templates of two packs are comparable exactly where this is the same."""
        return self.embedder.sha256[:16]


class Pack(msgspec.Struct, frozen=True):
    """A pack whose manifest has been read. Its networks are checked when their bytes are asked for."""

    folder: Path
    manifest: Manifest

    def read(self, role: Role) -> bytes | None:
        """Return the verified bytes of the network for a role, None where the pack has none.

        The bytes that were hashed are the bytes returned, so that nobody can swap the file in between.
        Raises `PackDamaged`, which names the file.
        """
        part = self.manifest.part(role)
        return None if part is None else read_verified(self.folder / part.name, part)

    def read_cohort(self) -> bytes | None:
        """Return the verified bytes of the cohort, None where the pack has none; raises `PackDamaged`."""
        cohort = self.manifest.calibration.cohort
        return None if cohort is None else read_verified(self.folder / cohort.name, cohort)

    def measure(self) -> None:
        """Check that every file is there and as long as the manifest says, without reading it; raises `PackDamaged`."""
        for part in self.manifest.pinned:
            path = self.folder / part.name
            try:
                found = path.stat()
            except OSError as error:
                raise PackDamaged(f"{path}: cannot be looked at ({error.strerror})") from error
            if not stat.S_ISREG(found.st_mode):
                raise PackDamaged(f"{path}: is not a regular file")
            if found.st_size != part.bytes:
                raise PackDamaged(f"{path}: has {found.st_size} bytes, pack.toml says {part.bytes}")

    def verify(self) -> None:
        """Check every file; raises `PackDamaged` for the first that is not what the manifest says."""
        for part in self.manifest.pinned:
            read_verified(self.folder / part.name, part)


def read_verified(path: Path, part: PackFile | Cohort) -> bytes:
    """Return the file's bytes if size and SHA-256 are the manifest's; else raise `PackDamaged`."""
    try:
        content = read_regular(path, part.bytes + 1)
    except OSError as error:
        raise PackDamaged(f"{path}: cannot be read ({error.strerror})") from error
    return verified(content, part, str(path))


def verified(content: bytes, part: PackFile | Cohort, where: str) -> bytes:
    """Return the bytes if size and SHA-256 are the manifest's; else raise `PackDamaged`, which names `where`."""
    if len(content) != part.bytes:
        more = "more than " if len(content) > part.bytes else ""
        found = min(len(content), part.bytes)
        raise PackDamaged(f"{where}: has {more}{found} bytes, pack.toml says {part.bytes}")
    found_hash = hashlib.sha256(content).hexdigest()
    if found_hash != part.sha256:
        raise PackDamaged(f"{where}: SHA-256 is {found_hash}, pack.toml says {part.sha256}")
    return content


def read_regular(path: Path, limit: int) -> bytes:
    """Return at most `limit` bytes of a regular file; raises `OSError`.

    Opened without blocking and looked at before it is read: a pipe under a network's name must not hang a login.
    """
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "is not a regular file", str(path))
        return file.read(limit)


def open_pack(folder: Path) -> Pack:
    """Read and validate a folder's manifest.

    Links are followed first, so that manifest and networks are of one pack even if `current` is turned meanwhile.
    Raises `PackMissing` where there is no `pack.toml`, `PackDamaged` where it is not a valid one.
    """
    folder = Path(os.path.realpath(folder))
    path = folder / MANIFEST
    try:
        text = read_regular(path, LARGEST_MANIFEST + 1)
    except FileNotFoundError as error:
        raise PackMissing(f"{path}: there is no such file; mend it with: {MEND}") from error
    except OSError as error:
        raise PackDamaged(f"{path}: cannot be read ({error.strerror})") from error
    if len(text) > LARGEST_MANIFEST:
        raise PackDamaged(f"{path}: is larger than {LARGEST_MANIFEST} bytes")
    return Pack(folder, read_manifest(text, str(path)))


def read_manifest(text: bytes, where: str) -> Manifest:
    """Return the validated manifest; `PackDamaged` says where it is wrong and what was expected."""
    try:
        manifest = msgspec.convert(tomllib.loads(text.decode()), Manifest)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise PackDamaged(f"{where}: {error}") from error
    for fault in faults(manifest):
        raise PackDamaged(f"{where}: {fault}")
    return manifest


def write_manifest(manifest: Manifest) -> str:
    """Return the manifest as TOML; raises `PackDamaged` where it would not be read back."""
    import tomlkit  # the judge only reads manifests, and starts faster without it

    for fault in faults(manifest):
        raise PackDamaged(f"the manifest of {manifest.id!r}: {fault}")
    return tomlkit.dumps(msgspec.to_builtins(manifest))


def faults(manifest: Manifest) -> Iterator[str]:
    """Name what the types cannot say about a manifest.

    TOML knows `nan` and `inf`, and comparisons with them are traps: a bound of `-inf` would be passed by anybody.
    Every number is therefore held to a finite range by a comparison that `nan` fails.
    """
    if not is_pack_name(manifest.id):
        yield f"id = {manifest.id!r}: expected a letter, then letters, digits and underscores (not {CURRENT!r})"
    for key in ("version", "title", "licence", "terms"):
        if not getattr(manifest, key).isprintable():
            yield f"{key}: holds a character that cannot be printed"
    for role in Role:
        if sum(part.role is role for part in manifest.file) > 1:
            yield f"two files have the role {role.value}"
    for role in (Role.DETECTOR, Role.EMBEDDER):
        if manifest.part(role) is None:
            yield f"no file has the role {role.value}"
    if len({MANIFEST, *(part.name for part in manifest.pinned)}) != len(manifest.pinned) + 1:
        yield f"two files have the same name, {MANIFEST} among them"
    for part in manifest.file:
        yield from (f"file {part.name!r}: {fault}" for fault in _file_faults(part))
    embedder = manifest.part(Role.EMBEDDER)
    dimension = 0 if embedder is None else embedder.dimension
    yield from (f"calibration.{fault}" for fault in calibration_faults(manifest.calibration, dimension))
    for figure in manifest.figure:
        yield from (f"figure {figure.name!r}: {fault}" for fault in figure_faults(figure))


def _file_faults(part: PackFile) -> Iterator[str]:
    if not FILE_NAME.fullmatch(part.name) or part.name == MANIFEST:
        yield "name: expected a plain file name"
    if not CHECKSUM.fullmatch(part.sha256):
        yield "sha256: expected 64 lower-case hexadecimal digits"
    if not 0 < part.bytes <= LARGEST_FILE:
        yield f"bytes: expected 1 to {LARGEST_FILE}"
    if part.kind not in KINDS[part.role]:
        yield f"kind {part.kind.value} is none of a {part.role.value}'s"
    if not (part.licence.isprintable() and part.source.isprintable()):
        yield "licence or source: holds a character that cannot be printed"
    if not 0 < part.threshold < 1:
        yield "threshold: expected a number between 0 and 1"
    if part.role is Role.EMBEDDER and (len(part.input.points) != 5 or not 0 < part.dimension <= LARGEST_SIDE):
        yield f"an embedder needs five input.points and its dimension, 1 to {LARGEST_SIDE}"
    if part.role is Role.EYES and len(part.input.points) != 5:
        yield "a network of the eyes needs five input.points"
    if (part.role is Role.ATTRIBUTES) != bool(part.attribute):
        yield "attribute: expected where the role is attributes, and only there"
    if len({attribute.name for attribute in part.attribute}) != len(part.attribute):
        yield "two attributes have the same name"
    for attribute in part.attribute:
        yield from (f"attribute {attribute.name!r}: {fault}" for fault in _attribute_faults(attribute))
    yield from (f"input.{fault}" for fault in _input_faults(part.input))


def _attribute_faults(attribute: Attribute) -> Iterator[str]:
    if not all(map(_WORD.fullmatch, (attribute.name, *attribute.labels))):
        yield "name, labels: expected lower-case words of letters, digits and hyphens"
    if not 1 <= len(set(attribute.labels)) == len(attribute.labels) <= MOST_LABELS:
        yield f"labels: expected 1 to {MOST_LABELS} different ones"
    if not (0 < attribute.slope < math.inf and math.isfinite(attribute.intercept) and 0 < attribute.sure < 1):
        yield "expected slope above 0, intercept a number, sure between 0 and 1"


def _input_faults(spec: InputSpec) -> Iterator[str]:
    if not (0 < spec.width <= LARGEST_SIDE and 0 < spec.height <= LARGEST_SIDE):
        yield f"width, height: expected 1 to {LARGEST_SIDE}"
    if spec.order not in ("bgr", "rgb"):
        yield "order: expected 'bgr' or 'rgb'"
    if not all(map(math.isfinite, spec.mean)):
        yield "mean: expected three numbers"
    if not all(0 < abs(factor) < math.inf for factor in spec.scale):
        yield "scale: expected three numbers other than 0"
    if not all(0 <= coordinate <= 1 for point in spec.points for coordinate in point):
        yield "points: expected fractions of the side, in [0, 1]"
    if not 0 < spec.enlarge <= 10:
        yield "enlarge: expected a number above 0, at most 10"


def is_pack_name(name: str) -> bool:
    """Return whether a pack may be called so: a letter, then letters, digits and underscores, and not `current`."""
    return bool(_PACK_NAME.fullmatch(name)) and name != CURRENT
