"""People who answer beside the brain: handoffs, what goes between them and customers, and what they decide."""
