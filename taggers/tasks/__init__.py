"""What is an example, how an answer is read back and scored: one module per kind of answer."""
