"""From a form to the form of its derivative."""
