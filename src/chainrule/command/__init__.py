"""The command line: what is asked (`targets`, `arguments`, `options`), a file for each command."""
