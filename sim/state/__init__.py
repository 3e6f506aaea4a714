"""The state of the world: tables of columns (`schema`), and the classes that hold them (`tables`)."""
