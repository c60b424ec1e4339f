"""The demo: a scripted day of support, played through the real doors."""
