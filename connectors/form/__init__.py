"""A capture form of the hub's own: what it asks, how what people send is read, and how machines are told apart."""
