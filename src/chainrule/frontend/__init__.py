"""From the user's function to the form."""
