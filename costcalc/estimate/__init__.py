"""What a prompt will cost before it is sent, as a range that can be defended."""
