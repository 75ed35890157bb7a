"""The loan application's figures from public logs; `evidence/README.md` says what each means and cannot mean."""

from journeys.catalogue.derived import Figures

FIGURES = Figures(__package__)
