"""The glass of central: what desks ask it over the network, and the pages people open in a browser."""
