"""An indicator of a user's own: its place on an area's page, and the designs of devolution for it, by parameters alone."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
