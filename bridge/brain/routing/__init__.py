"""Decides what kind of question a message is, and with that who answers it: rules, a classifier, a small model."""
