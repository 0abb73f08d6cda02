"""Write every generated page."""

from tools.docs.every import pages
from tools.house.source import ROOT

for path, text in pages().items():
    (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / path).write_text(text)
