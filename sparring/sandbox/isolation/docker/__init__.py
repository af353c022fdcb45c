"""The driver ``docker``: containers of a Docker engine. ``driver`` starts them, ``engine`` and ``api`` ask for them."""
