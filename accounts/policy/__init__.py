"""The privacy policy: its versions, its words, and the companies it names."""
