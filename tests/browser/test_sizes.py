"""The HTML report at all sizes, in light and dark: nothing overflows or overlaps, texts can be read, targets can be hit."""
import unittest

from page import PageCase

WIDTHS = (320, 360, 768, 1000, 1280, 1600)
THEMES = ("light", "dark")


class Sizes(PageCase):
    PAGES = {"some": 120, "long": 60}

    def test_nothing_overflows_and_no_text_is_squeezed(self):
        for width in WIDTHS:
            for name in self.PAGES:
                with self.subTest(f"{name} at {width}"):
                    browser = self.load(name, width, 1500, width < 1000)
                    self.choose("phase", "all")
                    self.assertEqual(browser.run("return document.documentElement.scrollWidth"), width)
                    for script in (OVERFLOWS, SQUEEZED, OVERLAPS):
                        self.assertEqual(browser.run(script), [])

    def test_texts_can_be_read(self):
        for width in (360, 768, 1280):
            for theme in THEMES:
                for name in self.PAGES:
                    with self.subTest(f"{name} at {width}, {theme}"):
                        browser = self.load(name, width, 1500, width < 1000, prefers_color_scheme=theme)
                        browser.screenshot(self.shots / f"{name}-{width}-{theme}.png")
                        self.assertEqual(browser.run(CONTRASTS), [])

    def test_fingers_hit_every_control(self):
        for width in (320, 768):
            browser = self.load(width=width, mobile=True)
            self.assertEqual(browser.run(SMALL_TARGETS), [], width)

    def test_nothing_moves_for_those_who_want_no_motion(self):
        moving = "return [...document.querySelectorAll('*')].filter(e => getComputedStyle(e).transitionDuration !== '0s').length"
        browser = self.load(prefers_reduced_motion="reduce")
        self.assertEqual(browser.run(moving), 0)


# Elements with more in them than they can show, and elements that reach out of the page.
OVERFLOWS = """
const cut = ['.hidden', '.image span', 'select', 'input', '.skip'].join();
return [...document.querySelectorAll('body, body *')].filter(e => e.offsetParent && !e.closest(cut) && !e.closest('svg'))
    .filter(e => { const r = e.getBoundingClientRect();
        const full = !e.closest('.line') && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1;
        return full || r.right > innerWidth + 0.5 || r.left < -0.5; })
    .map(e => `${e.tagName} ${e.id || e.className}: ${e.scrollWidth} in ${e.clientWidth}`).slice(0, 5);
"""

# Names broken over more than a few lines, and days and words of the page broken at all.
SQUEEZED = """
const lines = e => { const range = document.createRange(); range.selectNodeContents(e);
    return new Set([...range.getClientRects()].map(r => Math.round(r.top / 4))).size; };
const most = { '.rows .mono': 5, '.rows small': 4, '.badge': 1, 'time': 1, '.rows th button': 2, '.users': 1, '.phases small': 3 };
return Object.entries(most).flatMap(([selector, n]) => [...document.querySelectorAll(selector)]
    .filter(e => e.offsetParent && lines(e) > n).map(e => `${selector} has ${lines(e)} lines: ${e.textContent}`)).slice(0, 5);
"""

# Controls smaller than the 24 pixels that WCAG asks for.
SMALL_TARGETS = """
return [...document.querySelectorAll('button, input, select, summary, [role=slider]')].filter(e => e.offsetParent).map(e => {
    const r = e.getBoundingClientRect(), more = getComputedStyle(e, '::after');
    const extra = more.position === 'absolute' ? -2 * parseFloat(more.top) : 0;
    return [e.id || e.textContent, Math.round(r.width), Math.round(r.height + extra)];
}).filter(([, width, height]) => width < 24 || height < 24);
"""

# Pairs of pieces of text that lie over each other.
OVERLAPS = """
const boxes = [...document.querySelectorAll('h1, h2, p, dt, dd, label, .phases button, .phases td, .life .image, .life .users, th button, td .mono, td small, .group th, .badge, button, select, input')]
    .filter(e => e.offsetParent && !e.closest('.hidden') && getComputedStyle(e).position !== 'absolute' && e.textContent + e.value)
    .map(e => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 1 && r.height > 1);
const found = [];
boxes.forEach(([a, r], i) => boxes.slice(i + 1).forEach(([b, s]) => {
    if (a.contains(b) || b.contains(a) || a.closest('.bar') || b.closest('.bar')) return;
    const x = Math.min(r.right, s.right) - Math.max(r.left, s.left), y = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
    if (x > 1 && y > 2) found.push(`${a.textContent.slice(0, 30)} / ${b.textContent.slice(0, 30)}`);
}));
return found.slice(0, 5);
"""

# Text whose contrast with its background is less than the 4.5 that WCAG requires.
CONTRASTS = """
const parse = colour => colour.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const background = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
return [...document.querySelectorAll('body *')].filter(e => e.offsetParent && e.closest('svg') === null && !e.disabled &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
    const a = light(parse(getComputedStyle(e).color)), b = light(background(e));
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.className || e.id || e.tagName, e.textContent.slice(0, 20)];
}).filter(([ratio]) => ratio < 4.5).slice(0, 5);
"""

if __name__ == "__main__":
    unittest.main()
