"""Verbs made from the catalogue: `mxc <plural> list|show|create|update|delete|<action>` of all there is."""
