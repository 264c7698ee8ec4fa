"""Mathematics that several families of measures share, one module for each subject."""
