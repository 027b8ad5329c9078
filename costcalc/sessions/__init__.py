"""What a conversation or an agent run costs, step by step, with caching as the provider does it."""
