"""Passes over the form, each a function from a function to a better one."""
