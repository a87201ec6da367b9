"""What may be set, within which ranges, and what holds where nothing is."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from facelatch.types import Infrared, Intent, Level, Liveness, ServiceClass

Seconds = Annotated[float, Meta(ge=0.5, le=30.0)]
"""Of a look. PAM modules wait 60 s at the most, and a person before a lock screen far less."""

Hours = Annotated[float, Meta(ge=0.0, le=8760.0)]
"""Up to a year; 0 is never."""

Ahead = Annotated[float, Meta(ge=0.0, le=30.0)]
"""Seconds; 0 is never. Whoever has opened the lid half a minute ago does not mean to log in, and the light annoys."""

Hold = Annotated[float, Meta(ge=0.0, le=10.0)]
"""Seconds; 0 is not at all."""

Mismatches = Annotated[int, Meta(ge=0, le=50)]
"""In a row; 0 is never. After the fiftieth each further one locks the face for a day anyway."""

Service = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9_][A-Za-z0-9_.+:@-]{0,63}\Z",
        description='a PAM service, called as its file in /etc/pam.d ("sudo")',
    ),
]
CameraName = Annotated[
    str,
    Meta(
        pattern=r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]*\Z",
        max_length=4096,
        description='the id or path of a camera in quotes ("facelatch cameras" lists them), without control characters',
    ),
]


class ClassRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for one service class; a look takes `seconds` in all, and `no_face_seconds` while nobody is there."""

    services: tuple[Service, ...]
    allowed: bool = True
    level: Level = Level.BALANCED
    liveness: Liveness = Liveness.PASSIVE
    intent: Intent = Intent.NONE
    seconds: Seconds = 4.0
    no_face_seconds: Seconds = 2.5


class PasswordRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the password is wanted before the face opens anything; 0 is never.

    `after_suspend_hours` counts what the machine slept in all since the password was last accepted.
    """

    after_boot: bool = True
    after_hours: Hours = 72.0
    after_mismatches: Mismatches = 5
    after_enrolment: bool = True
    after_suspend_hours: Hours = 0.0


class CameraRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which camera is used, by id or path, and which may be.

    `use` empty: one the user's faces were enrolled with, else the first real one. `bind`: a face opens only with the
    camera it was enrolled with. `trusted` names cameras that are good for every face, virtual ones included. The camera
    runs for `ahead` seconds when the machine wakes or its lid opens, and for `hold` after a look that came to nothing.
    """

    use: CameraName = ""
    bind: bool = True
    trusted: tuple[CameraName, ...] = ()
    infrared: Infrared = Infrared.AUTO
    ahead: Ahead = 5.0
    hold: Hold = 3.0


class SeatRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of logind. `required`: whoever is verified is active at a seat of this machine.

    `lid`: a closed lid shuts the cameras that are built in.
    """

    required: bool = True
    lid: bool = True


CLASSES: Final = (ServiceClass.UNLOCK, ServiceClass.LOGIN, ServiceClass.ELEVATE)
"""The classes that may have a rule: what none of them names is refused."""

DEFAULT_RULES: Final = {
    ServiceClass.UNLOCK: ClassRule(
        services=(
            "kde", "kde-face", "kde-fingerprint", "kscreenlocker", "swaylock", "hyprlock", "i3lock", "xscreensaver",
            "xsecurelock", "cinnamon-screensaver", "mate-screensaver", "xfce4-screensaver", "gnome-screensaver",
            "gtklock", "waylock",
        ),
    ),
    ServiceClass.LOGIN: ClassRule(
        services=("gdm-password", "gdm-fingerprint", "sddm", "lightdm", "lxdm", "xdm", "greetd", "login"),
    ),
    ServiceClass.ELEVATE: ClassRule(
        services=("sudo", "sudo-i", "su", "su-l", "doas", "polkit-1"), level=Level.STRICT, intent=Intent.KEY,
    ),
}  # fmt: skip


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"rules": "class"}):
    """All settings. What a file does not say about a class is taken from that class's default."""

    password: PasswordRule = PasswordRule()
    camera: CameraRule = CameraRule()
    seat: SeatRule = SeatRule()
    rules: dict[ServiceClass, ClassRule] = {}

    def rule(self, service_class: ServiceClass) -> ClassRule | None:
        """Return the rule of a class, None for a class that has none."""
        return self.rules.get(service_class)

    def class_of(self, service: str) -> ServiceClass:
        """Return the class of a PAM service; one that no class names is `other`, which is never allowed."""
        for service_class, rule in self.rules.items():
            if service in rule.services:
                return service_class
        return ServiceClass.OTHER
