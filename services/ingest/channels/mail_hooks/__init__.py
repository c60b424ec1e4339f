"""Mail that a provider receives for us and posts: SendGrid, Mailgun, Postmark.

Its events are those of the channel `mail`, with the account of the mailbox it was sent to.
"""
