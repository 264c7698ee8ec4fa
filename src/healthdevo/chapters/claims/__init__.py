"""Chapter "Claims": the ledger of what five essays claim, presented; the ledger itself is the package ``healthdevo.claims``."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
