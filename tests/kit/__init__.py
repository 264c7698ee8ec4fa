"""What the tests of several families share."""
