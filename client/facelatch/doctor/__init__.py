"""Looks at everything that a login by face needs, and says what is wrong and what to do.

report = examine()
for finding in report.findings:
    print(finding.state, finding.part, finding.text, finding.remedy, finding.command)
"""

from __future__ import annotations

from facelatch.doctor.examination import examine
from facelatch.doctor.report import Finding, Part, Report, State

__all__ = ["Finding", "Part", "Report", "State", "examine"]
