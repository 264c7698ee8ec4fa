"""Page "Data": every table with publisher, edition, licence and caveats; and the reference's page on how intervals hold."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
