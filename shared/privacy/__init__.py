"""What must never reach a disk, a topic, a log or a metric: payment card numbers.

`mask` takes one text, `mask_tree` a JSON value, `mask_series` consecutive texts of one sender,
and `SenderTail` one sender's texts as they arrive. All are pure.
"""

from shared.privacy.mask import Masked, MaskedSeries, mask, mask_series, mask_tree
from shared.privacy.sender_tail import SenderTail

__all__ = ["Masked", "MaskedSeries", "SenderTail", "mask", "mask_series", "mask_tree"]
