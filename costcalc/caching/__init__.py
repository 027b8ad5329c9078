"""What a prompt cache does to a bill: policies, hit ratios and break-evens."""
