"""The rows of the ledger, by essay."""

from healthdevo.claims.claim import Claim
from healthdevo.claims.rows.kings_fund import ROWS as KINGS_FUND
from healthdevo.claims.rows.localis import ROWS as LOCALIS
from healthdevo.claims.rows.radix import ROWS as RADIX
from healthdevo.claims.rows.shared_intelligence import ROWS as SHARED_INTELLIGENCE
from healthdevo.claims.rows.triple import ROWS as TRIPLE

__all__ = ["CLAIMS"]

CLAIMS: tuple[Claim, ...] = (*RADIX, *KINGS_FUND, *LOCALIS, *SHARED_INTELLIGENCE, *TRIPLE)
"""All claims, in the order of the essays."""
