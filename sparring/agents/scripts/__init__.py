"""Scripts: short rules of thumb, one module a game. Each is a function of what a seat sees (``sight.Sight``)."""
