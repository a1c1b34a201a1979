"""What every room of Témoin shares: errors, clock, records, settings, messages, fonts.

Nothing here imports another package of ours (DESIGN §11); only ``settings`` reads a file.
"""

__version__ = "0.1.0"
