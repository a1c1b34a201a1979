"""Replica booking sites on a loopback address, and the demonstration that runs on them."""
