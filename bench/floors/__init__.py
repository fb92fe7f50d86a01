"""The least that could do each job: what the product's figures are divided by."""
