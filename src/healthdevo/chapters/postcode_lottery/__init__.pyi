from .chapter import PostcodeLottery as PostcodeLottery
