"""Attempts and ordinary lines by somebody who did not know the rules: floors, so that a change cannot lose ground.

The rules were mended by the attempts of even index afterwards; how far the others stayed unseen: docs/scoring.md.
"""

from __future__ import annotations

import json
from pathlib import Path

from analysis.machine_speech import safe_name, speaks_to_the_machine

DATA = Path(__file__).parent / "data"
ATTEMPTS = json.loads((DATA / "red_team.json").read_text())
ORDINARY = json.loads((DATA / "red_team_ordinary.json").read_text())


def is_stopped(line: dict[str, str]) -> bool:
    if line["where"] in ("client_name", "lead_name"):
        return safe_name(line["text"]) is None
    return speaks_to_the_machine(line["text"], is_name=line["where"] == "file_name")


def test_of_the_other_attempts_at_least_seven_in_ten_are_told():
    others = ATTEMPTS[1::2]
    assert sum(map(is_stopped, others)) >= 0.7 * len(others)


def test_of_the_attempts_the_rules_were_mended_by_nearly_all_are_told():
    assert sum(map(is_stopped, ATTEMPTS[::2])) >= 0.97 * len(ATTEMPTS[::2])


def test_of_ordinary_lines_made_to_mislead_at_most_three_in_a_hundred_are_silenced():
    assert sum(map(is_stopped, ORDINARY)) <= 0.03 * len(ORDINARY)
