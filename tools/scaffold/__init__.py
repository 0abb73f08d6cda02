"""Begin a resource, a rule or a reaction: `mxc new resource lantern --domain inventory`. One kind a file."""
