"""What a project costs before it starts, as a distribution, and whether its budget will do."""
