"""What the commands share with the terminal that they are typed in: how much they say, and the words it completes."""
