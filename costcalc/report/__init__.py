"""Results as people look at them: charts, and amounts as text."""
