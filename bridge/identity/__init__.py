"""Who is asking: by what their channel vouches for, and by a one-time code that is sent to what is on file.

Models take no part in it: `gate.py` reads addresses and codes before a turn reaches the brain, `sending.py` sends codes
beside the answers, and `known.py` says how sure we are.
"""
