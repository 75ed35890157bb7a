"""Blueprints drawn, and each journey's page in the docs, made from its own runs."""
