"""Private conversations on Messenger and Instagram: people who write, the account that answers, and the webhooks."""
