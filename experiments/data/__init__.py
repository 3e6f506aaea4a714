"""Data of one's own: sheets of notes, creators, orders and more, read, checked, kept under hashed ids, and measured."""
