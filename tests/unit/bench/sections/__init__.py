"""Sections that go well or wrong, for the tests of what runs them."""
