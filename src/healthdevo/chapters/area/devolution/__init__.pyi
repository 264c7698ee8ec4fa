from .section import AreaDevolution as AreaDevolution
