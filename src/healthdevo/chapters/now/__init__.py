"""Chapter "Now": what law and plan of 2025 and 2026 say of devolution, beside what the essays asked and what the book has found."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
