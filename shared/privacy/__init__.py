"""What must never reach a disk, a topic, a log or a metric: payment card numbers.

`mask.mask` takes one text, `mask.mask_tree` a JSON value, `mask.mask_series` consecutive texts of
one sender, and `sender_tail.SenderTail` the texts of many senders as they arrive.
"""
