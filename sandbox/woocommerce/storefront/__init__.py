"""The pages a shopper and the store staff see."""
