"""Records turned into the court file: exhibits, inventory, bundle."""
