"""The lead card of the emulated Kommo, as far as a widget can tell it from the real one."""
