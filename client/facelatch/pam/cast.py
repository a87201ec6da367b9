"""Who answers for the modules of a stack in a walk: what the face says, and whether the person knows the password."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Final

from facelatch.pam.stack import Action, Code, Entry
from facelatch.pam.walk import Step

MODULE: Final = "pam_facelatch"

PASSWORDS: Final = frozenset(
    {
        "pam_unix", "pam_unix2", "pam_tcb", "pam_extrausers", "pam_sss", "pam_ldap", "pam_krb5", "pam_winbind",
        "pam_lsass", "pam_systemd_home", "pam_userdb", "pam_pwdfile", "pam_mysql", "pam_pgsql", "pam_radius_auth",
        "pam_radius", "pam_tacplus", "pam_himmelblau", "pam_centrifydc", "pam_vas3", "pam_slurm_password",
    }
)  # fmt: skip
"""Modules that take a password."""

CONDITIONS: Final = frozenset(
    {
        "pam_succeed_if", "pam_localuser", "pam_usertype", "pam_rootok", "pam_wheel", "pam_listfile", "pam_time",
        "pam_access", "pam_nologin", "pam_securetty", "pam_shells", "pam_sepermit", "pam_exec", "pam_tally2",
        "pam_tally", "pam_timestamp", "pam_script", "pam_rhosts",
    }
)  # fmt: skip
"""Modules that look at who asks, from where or when: they let on or not, and ask for nothing."""

HELPERS: Final = frozenset(
    {
        "pam_env", "pam_faildelay", "pam_group", "pam_cap", "pam_keyinit", "pam_mail", "pam_motd", "pam_echo",
        "pam_issue", "pam_warn", "pam_loginuid", "pam_selinux", "pam_umask", "pam_limits", "pam_systemd",
        "pam_gnome_keyring", "pam_kwallet", "pam_kwallet5", "pam_kwallet6", "pam_ecryptfs", "pam_mount",
        "pam_fscrypt", "pam_lastlog", "pam_selinux_permit", "pam_gdm", "pam_zfs_key",
    }
)  # fmt: skip
"""Modules that do something beside, and have no say."""

FAILURES: Final = (Code.AUTH_ERR, Code.AUTHINFO_UNAVAIL, Code.MODULE_UNKNOWN)
"""The face says no, it cannot tell, and (half removed) there is no module: none may keep the password away."""


class Note(enum.StrEnum):
    """What a walk remembers of its way."""

    TOKEN = "token"
    """A password was asked for, right or wrong."""
    PASSWORD = "password"
    """A password was accepted."""
    OTHER = "other"
    """Something else was accepted that is not the face."""


class Cast:
    """Who answers for the modules: what the face says, and whether the person knows the password or anything else."""

    def __init__(self, face: Code, *, stranger: bool) -> None:
        self._face = face
        self._stranger = stranger

    def answers(self, entry: Entry, notes: frozenset[str]) -> Iterator[Step]:
        """Say what a module may return."""
        name = entry.name
        if name == MODULE:
            yield Step(Code.IGNORE if "passed" in entry.options else self._face, notes)
        elif name in PASSWORDS:
            yield self._password(entry, notes)
        elif name in CONDITIONS:
            yield from (Step(code, notes) for code in self._condition(entry))
        elif (code := known(entry)) is not None:
            yield Step(code, notes)
        else:
            yield Step(Code.AUTH_ERR, notes | {Note.TOKEN})
            if not self._stranger:
                yield Step(Code.SUCCESS, notes | {Note.TOKEN, Note.OTHER})

    def _password(self, entry: Entry, notes: frozenset[str]) -> Step:
        if "use_first_pass" in entry.options and Note.TOKEN not in notes:
            # It takes what a module before it asked for, and asks for nothing itself.
            return Step(Code.AUTH_ERR, notes)
        if self._stranger:
            return Step(Code.AUTH_ERR, notes | {Note.TOKEN})
        return Step(Code.SUCCESS, notes | {Note.TOKEN, Note.PASSWORD})

    def _condition(self, entry: Entry) -> tuple[Code, ...]:
        """Say what a condition returns for an ordinary person at the machine."""
        met, failed = entry.control.action(Code.SUCCESS), entry.control.action(Code.AUTH_ERR)
        if met is Action.DONE or (self._stranger and isinstance(met, int)):
            # A short cut for others: for root, or for a group that needs no password.
            return (Code.AUTH_ERR,)
        return (Code.SUCCESS,) if failed in (Action.BAD, Action.DIE) else (Code.SUCCESS, Code.AUTH_ERR)


def known(entry: Entry) -> Code | None:
    """Return what a module without a choice returns, None for one that is not known."""
    if entry.name == "pam_faillock":
        # For an account that is not locked; `authfail` counts, and wants to be ignored.
        return Code.IGNORE if "authfail" in entry.options else Code.SUCCESS
    fixed = {"pam_permit": Code.SUCCESS, "pam_deny": Code.AUTH_ERR}
    return fixed.get(entry.name, Code.IGNORE if entry.name in HELPERS else None)


def is_preauth(entry: Entry) -> bool:
    """Whether a line looks if `pam_faillock` has locked the account, before anything is asked."""
    return refuses_locked(entry) and "authsucc" not in entry.options


def refuses_locked(entry: Entry) -> bool:
    """Whether a line refuses an account that `pam_faillock` has locked: so does `authsucc`, behind the password."""
    return entry.name == "pam_faillock" and "authfail" not in entry.options
