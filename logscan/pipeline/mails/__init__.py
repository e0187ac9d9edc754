"""What became of mail: whom we search for, what was refused, put off, or waits."""
