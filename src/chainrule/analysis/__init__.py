"""Facts about a form: types, sizes, aliases, activity, liveness."""
