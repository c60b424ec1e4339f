"""Why a ticket went the way it did, as a person would tell it."""
