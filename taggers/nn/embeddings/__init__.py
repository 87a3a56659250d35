"""Ids to vectors: words, characters, casing; each gives (B, T, its size), and no token's vector depends on another's."""
