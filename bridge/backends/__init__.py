"""The business's own system, behind one seam: the demo shop, or whatever answers over HTTP."""
