"""What is watched for a person: the balance for kept payments, the stock of countries."""
