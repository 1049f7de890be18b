"""The secret that Telegram sends with every update: all that tells it from anybody else."""

import re

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
SECRET_FORM = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""What Telegram takes as a secret."""
