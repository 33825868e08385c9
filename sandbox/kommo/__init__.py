"""Kommo as far as we use it: OAuth, API v4, one-time widget tokens, hooks."""
