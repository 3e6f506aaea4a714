"""Diffusion over the follower graph: the per-arc draw that sharing in the model and the library's cascades have in common."""
