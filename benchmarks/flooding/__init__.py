"""A flood of deliveries: who sends them, and what became of them."""
