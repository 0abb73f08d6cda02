"""What the environment decides, one frozen model per subsystem; read once in main, passed on as values."""
