"""Ids to vectors: words, characters, casing. Each gives (B, T, its size); no token's vector depends on another's."""
