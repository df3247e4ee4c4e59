"""From the form to text, and from text to something that can be called."""
