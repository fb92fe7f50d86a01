"""One module per part of the product that is measured."""
