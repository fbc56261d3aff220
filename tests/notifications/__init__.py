"""New owners are told, by their own choice, once each."""
