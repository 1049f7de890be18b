"""Reads what people send along: pictures, PDFs and voice messages."""
