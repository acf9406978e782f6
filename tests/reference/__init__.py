"""An independent reference of the KPI specification in plain Python: slow, literal, readable.

    from reference import Reference
    Reference(tables, settings).compute("received_buyers", start, end, ("agent",))

Where the specification leaves room, this is what the reference reads (and what else one could read):

Input
 1. A naive time that exists twice (clocks go back) is the first of the two; one that does not exist moves
    forward by the gap. (Or: the second one; or refused.)
 2. Doubles: the last row read wins whole, and stands in the file order where it was read last. (Or: its
    first place. Only matters for rows without ids in one second.)
 3. An alias is followed again when its target is an alias; the dates of every step are looked at on the
    business day of the line. (Or: one step.) A rating's key is (buyer, resolved agent, second).
 4. An item count missing from an order is the sum of its order_lines; where a sold order of the range has
    neither, `items` is not available. (Or: 0; or per group.)
 5. A paid order without an amount is 0; negative amounts are added as they stand.

Days, coverage
 6. Business day = date of the wall clock minus the cut; a day starts at its date plus the cut on the wall
    clock. (They only differ for a cut inside a clock change.)
 7. A table covers [first, last] business day over all its time columns (orders: created and paid; refunds:
    applied and completed). A fact is available on a day that the table it is booked on covers, when every
    other needed table exists at all. (Or: any table covers the day, then 0.)
 8. A range is available when any of its days is; uncovered days add nothing.
 9. Provisional: last day of the range + settling days > last day covered by every needed table. So a range
    that ends after the data is provisional for plain facts too. (Or: only facts with a window.)
10. Needed tables: chats need messages; inquiries messages and orders; orders and sales need orders, by
    agent or team also messages. Inquiry payment settles after max(final_delay_days, inquiry_window_days -
    1) days (the table says D + 4); sales under rule `order` settle after payment_life_days (not said: or
    0).

Lines, chats
11. The order (second, buyer first, message_id or '', file order) also holds between agents of one buyer.
12. "Within session_gap_minutes" and "no silence longer than" both include the exact gap.
13. An assist line, when assist is not in human_senders, is neither human nor bot: it is counted nowhere.
    (Or: bot.) Without an agent it joins no chat.
14. A machine second is found in every chat, dropped ones and (unassigned) too; `bot_only` sees it as a bot
    line ("for every purpose of this page"), "whose line is it" does not ("senders as given").
15. Bot lines with an agent never are "the chat's first message" and never keep a session alive.
16. own_accounts: the agent_ids of the agents table and the names in alias_of. (Or: agents seen in
    messages.)
17. single_buyer_line, "nothing answered": no human line after a buyer line. (Or: no human line at all.)
18. transfer_only: at most n human lines (0 is "at most n"; machine seconds do not count), and another
    agent, not (unassigned), has a human line in a later second than the chat's last line, in a chat booked
    on the same day. (Or: after the last human line; or a session that begins later.)
19. advert: any line of the chat equals a text of the list. (Or: contains; or only the agent's lines.) A
    chat that matches is kept out of attribution even when another filter drops it too.
20. closing_only does not depend on ignore_closing_lines. Closings: Unicode letters (L*) and decimal digits
    (Nd) are kept, case folded; the words of the list likewise. An empty text is no text.
21. agent_characters: code points of the text of human lines of every kind. (Or: of kind text only.)
22. long_reception_buyers (in section 8 only): chats whose reception_seconds > long_reception_minutes. (Or:
    >=; or one session's span.)
23. filtered, unanswered, after-sales, lost and elsewhere are differences of sets of buyer-days, group by
    group: filtered at the shop = buyer-days none of whose chats is received.

Groups
24. By hour, a group is made of the chats whose first buyer or human line is in that hour of the wall clock
    (the cut is not subtracted): a buyer with chats in two hours counts in both. Success by hour: anybody's
    orders.
25. An agent without a team, (silent) and (unassigned) are in the team None. Of several rows of an agent the
    one valid on the day counts. elsewhere_buyers by team does not exist.
26. Refunds by agent: the owner of the sale under the rule (refund of an unknown order: (silent)).
    orders_refunded: distinct orders per day, days added. (Or: distinct over the range.)
27. agent_sales_share by agent, team, hour: divided by the shop's sales of the same day or hour; (silent)
    has no row. silent_sales_share and consultation_rate only without an agent.
28. Orders without buyers: not available for the whole range, every group of it, when such an order is
    booked in the range (inquiries: is created or paid in it). (Or: when any of their windows meets one.)

Inquiry, attribution
29. D is the chat's business day, also where t falls on the next one. A chat without a buyer line that is
    received (filter off) is among the after-sales (received minus inquiring).
30. received_buyers_paid settles after final_delay_days; the order needs no lower bound on its creation.
31. Success facts look at paid_at < limit only: an order paid before it was created is paid.
32. Assists: agents of sessions that qualify for either event and touch its window, without the owner.
33. secured() of an order that is not paid exists too (mine, refunds); it is only not a sale.

Response
34. cap600 holds for medians and p90 as well, and for response_wait_seconds and first_wait_seconds; the
    means then divide by rounds and chats_with_round. answered_rounds and chats_first_answered stay as they
    are. Within-N and slow look at uncapped waits.
35. Rounds are booked on the chat's day, by hour of their opening; messages, sessions and people by the hour
    of the chat. Peak by hour: sessions of the chats of that hour.
36. The 28 days end with the last day of the range (by day: with each day). Refunds without applied_at are
    out of refund_completion_hours on both sides. Its numerator is hours.
37. net_sales: sales minus all completed refunds of those orders, whenever completed.
"""

from .compare import differences
from .ratios import FACTS, METRICS, RATIOS
from .reference import Reference

__all__ = ["FACTS", "METRICS", "RATIOS", "Reference", "differences"]
