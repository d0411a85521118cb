"""What must hold for any sequence, split and order, said as a simple model or as an equality."""
