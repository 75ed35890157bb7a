"""What `--help` shows: every command in one section, on one line; options by subject."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import journeywright


def shown(*words: str) -> list[str]:
    told = CliRunner().invoke(journeywright.main, [*words, "--help"], standalone_mode=False, terminal_width=80)
    return told.output.rstrip().splitlines()


def titles(lines: list[str]) -> list[str]:
    return [line.rstrip(":") for line in lines if line.endswith(":") and not line.startswith(" ")]


def test_help_shows_every_command_once_on_a_line_of_its_own() -> None:
    lines = shown()
    named = [line.split()[0] for line in lines if line.startswith("  ") and line.lstrip() == line[2:]]

    for name in journeywright.main.commands:
        assert named.count(name) == 1, name
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith("...") for line in lines[1:])


@pytest.mark.parametrize("name", sorted(journeywright.main.commands))
def test_each_option_of_a_command_is_shown_once(name: str) -> None:
    lines = shown(name)
    declared = [option.opts[-1] for option in journeywright.main.commands[name].params if option.opts[-1][0] == "-"]
    told = [word.strip(",") for line in lines if line.startswith("  -") for word in line.split()[:2]]

    for option in [*declared, "--help"]:
        assert told.count(option) == 1, option
    assert lines[-1].split()[0] == "-h,"


def test_options_of_many_stand_by_subject_and_a_few_alone() -> None:
    assert titles(shown("show")) == ["Options"]
    many = titles(shown("load"))
    assert many[0] == "Who walks what"
    assert many[-1] == "What comes out"
    assert len(many) == len(set(many)) > 5
