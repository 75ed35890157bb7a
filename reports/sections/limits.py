"""Limits and warnings."""

from __future__ import annotations

from reports.sections.section import Section, always

SECTION = Section("limits", "Limits and warnings", always)
