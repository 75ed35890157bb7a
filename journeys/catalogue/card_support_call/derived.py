"""The card line's figures from a bank's call centre; `evidence/README.md` says what each means and cannot mean."""

from journeys.catalogue.derived import Figures

FIGURES = Figures(__package__)
