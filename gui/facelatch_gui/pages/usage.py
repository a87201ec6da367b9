"""Where it is used: what is asked for which service, and what the PAM stacks on this computer really do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facelatch.pam.wiring import Wiring, explain
from facelatch.types import PolicyReport, ServiceClass
from facelatch_gui import style
from facelatch_gui.courier import Courier
from facelatch_gui.page import Page
from facelatch_gui.style import Tone
from facelatch_gui.widgets.rule import Change, RuleCard
from facelatch_gui.widgets.symbol import Symbol
from facelatch_gui.widgets.text import Text

translate = QCoreApplication.translate


class UsagePage(Page):
    """A card for each class of services. What is changed holds at once; the desktop asks for the password it needs."""

    name: ClassVar[str] = "usage"

    def __init__(self, courier: Courier, parent: QWidget | None = None) -> None:
        super().__init__(
            courier,
            translate("UsagePage", "Where it is used"),
            Symbol.USAGE,
            translate(
                "UsagePage",
                "A password works everywhere and always. Here you choose where the face may take its place. Changes "
                "need an administrator's password and hold at once.",
            ),
            parent,
        )
        self._policy: PolicyReport | None = None
        self._cards: dict[ServiceClass, RuleCard] = {}
        self._column = QVBoxLayout()
        self._column.setSpacing(style.gap(self, 0.8))
        self.body.addLayout(self._column)
        self._sources = Text(tone=Tone.MUTED, scale=0.9)
        self.body.addWidget(self._sources)
        self.body.addStretch(1)

    def enter(self) -> None:
        """Fetch the policy."""
        self.ask(lambda daemon: daemon.policy(), self.show_policy)

    def show_policy(self, policy: PolicyReport) -> None:
        """Show the rules that hold, and look up what the services do."""
        self.notice.clear()
        self._policy = policy
        for rule in policy.classes:
            if rule.service_class not in self._cards:
                card = RuleCard(rule.service_class)
                card.changed.connect(partial(self._change, rule.service_class))
                self._cards[rule.service_class] = card
                self._column.addWidget(card)
            self._cards[rule.service_class].show_rule(rule)
        self._sources.setText(
            self.tr("These rules are read from: {files}").format(files=", ".join(policy.sources))
            if policy.sources
            else self.tr("No rule has been changed yet.")
        )
        services = [service for rule in policy.classes for service in rule.services]
        self.courier.run(partial(_explained, services), self.show_wirings, self.show_failure)

    def show_wirings(self, wirings: Mapping[str, Wiring]) -> None:
        """Show what the PAM stacks do."""
        for rule in self._policy.classes if self._policy is not None else ():
            self._cards[rule.service_class].show_wirings([wirings[one] for one in rule.services if one in wirings])

    def _change(self, service_class: ServiceClass, change: Change) -> None:
        """Have a changed rule hold; the card waits meanwhile, and goes back to what holds where it was refused.

        Leaving the page does not end it: the person may be typing the password.
        """
        card = self._cards[service_class]
        card.wait()
        self.courier.ask(
            lambda daemon: daemon.set_class_rule(
                service_class,
                allowed=change.allowed,
                level=change.level,
                liveness=change.liveness,
                intent=change.intent,
            ),
            self.show_policy,
            card.refuse,
        )


def _explained(services: Sequence[str]) -> dict[str, Wiring]:
    return {service: explain(service) for service in services}
