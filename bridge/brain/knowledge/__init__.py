"""What the business knows: documents in, passages out. Knows no model that answers and no conversation."""
