"""What a person sees on a page: its words, and whether it fits."""

import re

from playwright.sync_api import Page, expect

from astronote.words import greek, recognise

_VISIBLE = """
() => {
  const seen = new Set();
  const shown = (e) => e.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const apart = (e) =>
    e.closest('[translate=no], code, pre, kbd, script, style, noscript, body > section')
    || e.closest('[lang]') !== document.documentElement;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (e && !apart(e) && shown(e)) seen.add(walker.currentNode.textContent.trim());
  }
  for (const e of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
    if (!apart(e) && shown(e))
      for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        if (e.getAttribute(name)) seen.add(e.getAttribute(name).trim());
  return [...seen];
}
"""

_SENTENCE = re.compile(r"[A-Za-z’']{2,} [a-z’']{2,} [a-z’']{2,}|^[A-Z][a-z]+ [a-z]{3,}")


def settle(page: Page) -> None:
    """Wait until the frame has its language and the page has loaded what it shows."""
    expect(page.get_by_test_id("shop-name").first).not_to_be_empty()
    expect(page.get_by_test_id("page-title").first).to_be_visible()
    expect(page.get_by_test_id("loading")).to_have_count(0)
    # Colours fade in and dialogs move: what axe measures is their end.
    page.evaluate("Promise.all(document.getAnimations().map((a) => a.finished.catch(() => 0)))")


def english_on(page: Page) -> list[str]:
    """English that is shown: sentences of the catalogues, and what looks like one."""
    return sorted(text for text in page.evaluate(_VISIBLE) if _is_english(text))


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(wider, 0)


def _is_english(text: str) -> bool:
    known = greek().get(text, text) != text or recognise(text) != text
    return known or bool(_SENTENCE.search(text))
