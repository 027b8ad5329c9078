"""The registry of prices: what the files say, and which rates hold when."""
