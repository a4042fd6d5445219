"""What the bot watches for a person: kept payments, the stock of countries; asking, telling, ending them."""
