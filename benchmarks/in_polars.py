"""The engine's facts in polars, by its expressions (see rivals.py)."""

from rivals import CHINA, COLUMNS, DAY, GAP, NOBODY, ORDERS, SILENT, SLOW, SUMS, WINDOW


def facts(messages: list[str], orders: list[str], closings: str):
    """Facts by polars: a frame with a row an agent and day. `closings`: a pattern for closing lines."""
    import polars as pl

    c, by, pair = pl.col, ["agent_id", "day"], ["buyer_id", "agent_id"]

    def day_of(at):
        return (at + CHINA) // DAY

    # Whose line is it.
    human, bot = c("sender").is_in(["agent", "assist"]), c("sender") == "bot"
    lines = (
        pl.scan_parquet(messages, hive_partitioning=False)
        .select(COLUMNS)
        .filter(c("sender").is_in(["buyer", "agent", "assist", "bot"]))
        .with_columns(answers=c("sender") != "buyer", at=c("sent_at").dt.epoch("s"))
        .drop("sent_at")
        .sort("buyer_id", "at", "answers", maintain_order=True)
        .with_columns(
            before=pl.when(human).then("agent_id").forward_fill().over("buyer_id"),
            before_at=pl.when(human).then("at").forward_fill().over("buyer_id"),
            after=pl.when(human).then("agent_id").when(bot).then(pl.lit("")).backward_fill().over("buyer_id"),
            after_at=pl.when(human | bot).then("at").backward_fill().over("buyer_id"),
        )
        .with_columns(
            agent_id=pl.when(c("agent_id").is_not_null()).then("agent_id")
            .when(c("at") - c("before_at") <= GAP).then("before")
            .when((c("after") != "") & (day_of(c("after_at")) == day_of(c("at")))).then("after")
            .otherwise(pl.lit(NOBODY))
        )
        .collect()
    )  # fmt: skip
    robots = lines.filter(bot).select("buyer_id", day=day_of(c("at")), robot=True).unique()

    # Sessions and chats.
    rows = (
        lines.lazy()
        .filter(~bot)
        .select(*pair, "at", "text", asks=~c("answers"))
        .sort("buyer_id", "agent_id", "at", ~c("asks"), maintain_order=True)
        .with_columns(new_pair=pl.any_horizontal([c(n).ne_missing(c(n).shift()) for n in pair]))
        .with_columns(session=(c("new_pair") | (c("at").diff() > GAP).fill_null(True)).cum_sum())
        .with_columns(day=day_of(c("at").first().over("session")))
        .with_columns(new_chat=c("new_pair") | c("day").ne_missing(c("day").shift()))
        .with_columns(chat=c("new_chat").cum_sum())
        .with_row_index("row")
        .collect()
    )
    del lines

    # Machine seconds: in the chats that have a second with both, line by line.
    both = ~c("asks") & c("asks").shift() & (c("at") == c("at").shift()) & ~c("new_chat")
    doubtful = rows.filter(c("chat").is_in(rows.filter(both)["chat"].unique().implode()))
    machine, chat, opened = [], None, None
    for row, at, asks, now in doubtful.select("row", "at", "asks", "chat").iter_rows():
        if now != chat:
            chat, opened = now, None
        if asks and opened is None:
            opened = at
        if not asks and opened == at:
            machine.append(row)
        elif not asks:
            opened = None
    known = pl.DataFrame({"row": machine, "machine": True}, schema={"row": pl.UInt32, "machine": pl.Boolean})
    waiting = (~c("human")).shift().fill_null(False) & ~c("new_chat")
    rows = (
        rows.lazy()
        .join(known.lazy(), on="row", how="left", maintain_order="left")
        .with_columns(machine=c("machine").fill_null(False))
        .with_columns(human=~c("asks") & ~c("machine"))
        .with_columns(opens=c("asks") & ~waiting, closes=c("human") & waiting)
        .collect()
    )

    # Rounds.
    rounds = (
        rows.lazy()
        .filter(c("opens") | c("closes"))
        .select("chat", "opens", wait=pl.when(~c("opens").shift(-1)).then(c("at").shift(-1) - c("at")))
        .filter("opens")
        .with_columns(slow=c("wait").is_null() | (c("wait") > SLOW))
    )
    plain = c("text").str.to_lowercase().str.replace_all(r"[\W_]+", "")
    last = pl.when("human").then("row").max().over("chat")
    closing = (
        rows.lazy()
        .filter(c("asks") & (last.is_null() | (c("row") > last)))
        .group_by("chat")
        .agg(closing=plain.str.contains(closings).fill_null(False).all())
    )

    # Chats, and which of them were received.
    sessions = (
        rows.lazy()
        .group_by("session")
        .agg(c("chat").first(), start=c("at").first(), end=c("at").last(), first_human=c("at").filter("human").min())
        .collect()
    )
    first = c("agent_messages") == 0
    chats = (
        rows.lazy()
        .group_by("chat")
        .agg(
            *(c(name).first() for name in [*pair, "day"]),
            t=c("at").filter("asks").min(),
            buyer_messages=c("asks").sum(),
            agent_messages=c("human").sum(),
            bot_messages=c("machine").sum(),
            agent_characters=c("text").filter("human").str.len_chars().sum(),
            answered_buyers=c("closes").any(),
        )
        .join(
            sessions.lazy().group_by("chat").agg(sessions=pl.len(), reception_seconds=(c("end") - c("start")).sum()),
            on="chat",
        )
        .join(closing, on="chat", how="left")
        .join(robots.lazy(), on=["buyer_id", "day"], how="left")
        .with_columns(closing=c("closing").fill_null(False))
        .with_columns(
            received=~((c("buyer_messages") == 0)
            | ((c("agent_id") == NOBODY) & c("robot").is_not_null()) | (first & c("closing")))
        )
        .collect()
    )  # fmt: skip
    by_chat = (
        rounds.join(chats.lazy().select("chat", "received", "closing"), on="chat", maintain_order="left")
        .filter(c("received") & ~(c("wait").is_null() & c("closing")))
        .group_by("chat", maintain_order=True)
        .agg(
            rounds=pl.len(),
            answered_rounds=c("wait").count(),
            wait_seconds=c("wait").sum(),
            first_wait_seconds=c("wait").first(),
            within_30s=(c("wait") <= 30).sum(),
            within_3min=(c("wait") <= 180).sum(),
            slow=c("slow").any(),
        )
    )

    # Who secured each order and each payment, and whose sale it is.
    sales = pl.scan_parquet(orders, hive_partitioning=False).select(ORDERS)
    sales = sales.with_columns(c("created_at", "paid_at", "closed_at").dt.epoch("s")).collect()
    able = sessions.join(chats.select("chat", *pair, "t"), on="chat")
    able = able.filter((c("agent_id") != NOBODY) & c("first_human").is_not_null())
    spoken = rows.lazy().filter("human").select("session", "at")

    def secured(event, name):
        near = (
            sales.lazy()
            .select("order_id", "buyer_id", "created_at", "paid_at")
            .join(able.lazy(), on="buyer_id")
            .filter((c("first_human") <= c(event)) & (c("end") >= c(event) - WINDOW))
            .collect()
            .lazy()
        )
        counts = near.filter(c("t") <= c(event))
        if event == "paid_at":  # a reminder of this very order counts too
            late = near.filter(~(c("t") <= c(event)).fill_null(False)).join(spoken, on="session")
            late = late.filter((c("at") > c("created_at")) & (c("at") <= c("paid_at"))).drop("at").unique()
            counts = pl.concat([counts, late])
        best = counts.sort(c("end") >= c(event), "end", "start", "agent_id", descending=[True, True, True, False])
        return best.group_by("order_id").agg(c("agent_id").first().alias(name))

    silent = pl.lit(SILENT)
    sales = (
        sales.lazy()
        .join(secured("created_at", "created_agent"), on="order_id", how="left")
        .join(secured("paid_at", "paid_agent"), on="order_id", how="left")
        .with_columns(
            created_agent=c("created_agent").fill_null(silent),
            owner=c("created_agent").fill_null(c("paid_agent")).fill_null(silent),
            created_day=day_of(c("created_at")),
            paid_day=day_of(c("paid_at")),
        )
        .collect()
    )

    # Inquiries and what became of them.
    start, made, paid, t = c("day") * DAY - CHINA, c("created_at"), c("paid_at"), c("t")
    unpaid = (paid.is_null() | (paid > t)) & (c("closed_at").is_null() | (c("closed_at") > t))
    inside = (made >= t) & (made < start + 2 * DAY)
    judged = (
        chats.lazy()
        .filter("received")
        .select("chat", *pair, "day", "t")
        .join(sales.lazy(), on="buyer_id")
        .with_columns(inside=inside, own=inside & (c("created_agent") == c("agent_id")))
        .group_by("chat")
        .agg(
            ordered=c("inside").any(),
            mine=c("own").any(),
            mine_same_day=(c("own") & (made < start + DAY)).any(),
            mine_paid_next_day=(c("own") & (paid < start + 2 * DAY)).any(),
            mine_paid=(c("own") & (paid < start + 5 * DAY)).any(),
            any_paid=((made < start + 2 * DAY) & (paid >= t) & (paid < start + 5 * DAY)).any(),
            care=(((made < t) & unpaid & (t - made <= 3 * DAY)) | ((paid <= t) & (t - paid <= 15 * DAY))).any(),
        )
    )
    flags = ["ordered", "mine", "mine_same_day", "mine_paid_next_day", "mine_paid", "any_paid", "care"]
    chats = (
        chats.lazy()
        .join(by_chat, on="chat", how="left")
        .join(judged, on="chat", how="left")
        .with_columns(c(flags).fill_null(False))
        .with_columns(inquiry=c("received") & (c("ordered") | ~c("care")), elsewhere=c("ordered") & ~c("mine"))
        .with_columns(lost=c("inquiry") & ~c("ordered"))
        .collect()
    )

    # Most sessions open at one moment, ends included.
    live = sessions.lazy().join(chats.lazy().filter("received").select("chat", *by), on="chat")
    peak = (
        pl.concat([live.select(*by, at="start", step=1), live.select(*by, at="end", step=-1)])
        .sort(*by, "at", "step", descending=[False, False, False, True])
        .group_by(by, maintain_order=True)
        .agg(peak=c("step").cum_sum().max())
    )

    # Sums per agent and day.
    sums = chats.lazy().group_by(by).agg(
        *(c(name).filter("received").sum() for name in SUMS),
        received_buyers=c("received").sum(), consulted_buyers=pl.len())  # fmt: skip
    placed = sales.lazy().group_by(agent_id="created_agent", day="created_day").agg(
        orders_created=pl.len(), orders_created_paid=(c("paid_day") <= c("created_day") + 3).sum())  # fmt: skip
    paid_for = sales.lazy().filter(paid.is_not_null()).group_by(agent_id="owner", day="paid_day").agg(
        orders_paid=pl.len(), sales=c("paid_amount").cast(pl.Float64).sum(), items=c("item_count").sum(),
        paying_buyers=c("buyer_id").drop_nulls().n_unique())  # fmt: skip
    for other in (peak, placed, paid_for):
        sums = sums.join(other, on=by, how="full", coalesce=True)
    return sums.fill_null(0).collect()
