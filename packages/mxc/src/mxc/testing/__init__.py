"""What tests of ours and of others may use: real servers as pytest fixtures."""
