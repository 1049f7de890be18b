"""bridge: a business's Claude-powered assistant, where its customers already are."""

__version__ = "0.1.0"
