"""What the product knows: one folder per subject, one file per resource. Domains declare; surfaces host."""
