"""What every page must look like, whatever is on it."""

from playwright.async_api import Page, expect

LOOKS = [("dark", 1280), ("light", 1280), ("dark", 390), ("light", 390)]

# Controls without a name a screen reader could say.
NAMELESS = """() => [...document.querySelectorAll('button, a[href], input, select, textarea')]
  .filter((node) => node.getClientRects().length && !node.closest('.cm-editor'))
  .filter((node) => !(node.getAttribute('aria-label') || node.labels?.length || node.title
    || [...node.childNodes].map((n) => n.ariaHidden === 'true' ? '' : n.textContent).join('').trim()))
  .map((node) => node.outerHTML.slice(0, 120))"""

# Text against what is painted behind it, by WCAG's formula.
PALE = """() => {
  const parse = (colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d');
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const skipped = '[disabled], .m-hidden-text, .m-skip';
  const bad = new Set();
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !node.getClientRects().length || node.closest(skipped)) continue;
    const ink = light(parse(getComputedStyle(node).color));
    const [a, b] = [ink, light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.add(`${ratio.toFixed(2)} ${node.className} ${node.textContent.slice(0, 30)}`);
  }
  return [...bad];
}"""


async def settled(page: Page) -> None:
    """Returns once the page is there, fonts and animations included."""
    await expect(page.get_by_role("heading", level=1).first).to_be_visible()
    await page.wait_for_function("document.fonts.status === 'loaded' && window.did_handshake")
    await page.wait_for_function("document.getAnimations().every((each) => each.playState !== 'running')")
