"""The command line, a file for each idea: what is asked (`targets`, `arguments`, `options`), and one for each command."""
