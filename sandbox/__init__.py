"""The outside world on loopback: Kommo and the model's API as real HTTP services with state.

Imports no app, and no app imports it: it speaks HTTP only.
"""
