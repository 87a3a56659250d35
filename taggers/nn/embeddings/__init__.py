"""From what is read of tokens to vectors."""
