"""What is read of tokens to vectors: each takes a batch's features and gives (B, T, its `output_size`).

No token's vector depends on another's.
"""
