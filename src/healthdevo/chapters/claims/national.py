"""What pages of the whole book share, computed ahead of them: the results of the ledger of claims."""

from __future__ import annotations

from collections.abc import Sequence

from healthdevo.claims.of_page import results_of


def ledger(pages: Sequence[str]) -> None:
    """Run the tests of claims that link to some pages, so that the build keeps their results."""
    for page in pages:
        results_of(page)
