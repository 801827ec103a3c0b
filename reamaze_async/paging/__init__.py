"""Paging: which page to read next, what of it to hand out, and where the list ends.

Nothing in this folder waits, asks or looks at a clock, and nothing here is imported from outside
it. What a page goes through, from the socket to the user:

* `wire.decode.PageBody`: what the body holds.
* `PageRead`: a page's number, keys and counts, and when they were read. `Plan.arrived` takes it.
* `Batch`: the positions on a read that are to be handed out now, and the `Cursor` after them.
* `listings.listing.Page`: those items, for the user.

For example, of a list of 4 items on pages of 2, from which `b` leaves while it is read:

1. Page 1 brings a, b of 4. The frontier accepts it: a batch with a and b.
2. Page 2 brings d of 3. Fewer items than on page 1, no shared key: c may have slipped through the
   seam, so page 2 is held and page 1 wanted again.
3. Page 1 brings a, c of 3. It shares a with what was accepted: a batch with c. Then the totals of
   both pages agree, page 2 is accepted after it: a batch with d, and the end.
"""
