"""The day that the HTML report shows is typed, dragged with mouse and finger, moved by keys and written in the address."""
import unittest

from page import AT, PageCase, day_number

WIDTHS = (360, 768, 1280)
FROM, TO = "2024-11-23", "2029-11-"  # what is known: two years before the audit, three after today


class Day(PageCase):
    def field(self):
        return self.browser.run("const d = document.getElementById('date');"
                                "return [d.value, d.getAttribute('aria-invalid'), document.getElementById('message').innerText]")

    def focus_date(self):
        self.browser.run("document.getElementById('date').focus()")

    def test_a_date_is_typed_digit_by_digit(self):
        for width in WIDTHS:
            with self.subTest(width):
                self.load(width=width, mobile=width < 500)
                self.focus_date()
                for digits, day in (("07012027", "2027-07-01"), ("12312024", "2024-12-31"), ("02292028", "2028-02-29")):
                    for digit in digits:
                        before = self.day()
                        self.browser.press(digit)
                        value, invalid, message = self.field()
                        self.assertEqual(self.day(), before if invalid else value)
                        self.assertEqual(bool(invalid), bool(message))
                    self.assertEqual(self.day(), day)
                    self.assertEqual(self.field(), [day, None, ""])
                    self.browser.press("LEFT", "LEFT")

    def test_a_date_that_is_not_known_does_not_move_the_field(self):
        browser = self.load()
        self.assertIn(f"Known from {FROM} to {TO}", self.text("#range"))
        self.focus_date()
        browser.press("RIGHT", "RIGHT")
        for keys, wanted in ((list("2099"), "2099-11-23"), (list("2001"), "2001-11-23"), (["BACKSPACE"], "")):
            browser.press(*keys)
            value, invalid, message = self.field()
            self.assertEqual([value, invalid, self.day()], [wanted, "true", AT])
            self.assertIn(f"from {FROM} to {TO}", message)
            self.assertIn(f"Still shown: {AT}", message)
        browser.run("return new Promise(done => setTimeout(done, 500))")
        self.assertIn("This is not yet a day", browser.run("return document.getElementById('live').textContent"))
        browser.run("document.getElementById('handle').focus()")
        browser.press("RIGHT")
        self.assertEqual(self.field(), ["2026-11-24", None, ""])

    def test_the_line_is_dragged_to_another_day(self):
        for width in WIDTHS:
            with self.subTest(width):
                self.drags(self.load(width=width))

    def drags(self, browser):
        self.assertEqual(self.day(), AT)
        denied = self.text("#totals .deny dd")
        browser.drag("#handle", browser.run("return document.getElementById('overlay').clientWidth * 0.17"))
        there = self.day()
        self.assertGreater(there, "2027-07-01")
        self.assertNotEqual(self.text("#totals .deny dd"), denied)
        self.assertEqual(browser.run("return document.getElementById('date').value"), there)
        self.assertIn("days later than the audit", self.text("#distance"))
        browser.drag("#handle", 2 - browser.run("const r = document.getElementById('handle').getBoundingClientRect();"
                                                "return r.left + r.width / 2"))
        self.assertEqual(day_number(self.day()), browser.run("return Number(document.getElementById('handle').ariaValueMin)"))
        browser.click("#reset")
        self.assertEqual(self.day(), AT)

    def test_a_finger_drags_the_line(self):
        for width in WIDTHS:
            with self.subTest(width):
                browser = self.load(width=width, mobile=True)
                browser.drag("#handle", browser.run("return document.getElementById('overlay').clientWidth * 0.17"), finger=True)
                self.assertGreater(self.day(), "2027-07-01")
                self.assertEqual(self.field()[0], self.day())

    def test_the_line_is_a_slider_for_the_keyboard(self):
        browser = self.load()
        browser.run("document.getElementById('handle').focus()")
        for keys, held, day in ((["RIGHT"], (), "2026-11-24"), (["UP", "UP"], (), "2026-11-26"), (["LEFT"], (), "2026-11-25"),
                                (["RIGHT"], ("SHIFT",), "2026-12-25"), (["PAGE_DOWN"], (), "2026-11-25"),
                                (["PAGE_UP"], (), "2026-12-25"), (["ESCAPE"], (), AT)):
            browser.press(*keys, held=held)
            self.assertEqual(self.day(), day)
            slider = browser.run("const h = document.getElementById('handle');"
                                 "return [h.getAttribute('role'), h.ariaValueNow, h.ariaValueText]")
            self.assertEqual(slider[:2], ["slider", str(day_number(day))])
            self.assertTrue(slider[2].startswith(day))
        browser.press("END")
        self.assertEqual(browser.run("const h = document.getElementById('handle'); return h.ariaValueNow === h.ariaValueMax"), True)

    def test_the_address_has_the_day(self):
        browser = self.load(address="#at=2027-07-01")
        self.assertEqual([self.day(), self.field()], ["2027-07-01", ["2027-07-01", None, ""]])
        self.set_day("2028-01-31")
        self.assertEqual(self.address(), "#at=2028-01-31")
        browser.run("location.hash = 'at=2026-12-24'")
        browser.settle()
        self.assertEqual(self.day(), "2026-12-24")
        browser.click("#reset")
        self.assertEqual([self.day(), self.address()], [AT, f"#at={AT}"])

    def address(self):
        self.browser.settle()  # it is written a moment later
        self.browser.settle()
        return self.browser.run("return location.hash")

    def test_a_wrong_address_is_ignored_with_a_message(self):
        for wrong in ("#at=2099-01-01", "#at=2027-02-30", "#at=tomorrow", "#at", "#at=<b>x</b>", "#at=2027-01-01x"):
            with self.subTest(wrong):
                self.load(address=wrong)
                self.assertEqual(self.day(), AT)
                self.assertIn(f"a day from {FROM} to {TO}", self.text("#message"))
        self.load(address="#findings")
        self.assertEqual([self.day(), self.field()[2], self.address()], [AT, "", "#findings"])


if __name__ == "__main__":
    unittest.main()
