"""The form: what all stages speak about."""
