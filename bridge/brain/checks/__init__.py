"""What an answer must pass before anybody sees it: one check a file, and the guard that asks them."""
