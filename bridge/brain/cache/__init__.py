"""Answers that are given again: what is kept, when it may be, and how it is found."""
