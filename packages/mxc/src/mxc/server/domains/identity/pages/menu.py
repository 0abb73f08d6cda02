"""What the menu calls the pages of this domain."""

from mxc.server.hosting.display import MenuGroup

menu_group = MenuGroup("Access", "key", 700)
