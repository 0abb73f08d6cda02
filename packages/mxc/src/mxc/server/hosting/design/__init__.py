"""The design system: tokens, status language, components. A page's look is written nowhere else."""
