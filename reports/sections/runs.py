"""How it was run: engine, seed, replications, versions of each run."""

from __future__ import annotations

from reports.sections.section import Section, always

SECTION = Section("runs", "How it was run", always)
