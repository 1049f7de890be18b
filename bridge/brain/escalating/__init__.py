"""When people are called although nobody asked for them: for what a message says, and for what was not resolved."""
