"""The engine's facts in straightforward pandas (see rivals.py)."""

from rivals import CHINA, COLUMNS, DAY, GAP, NOBODY, ORDERS, SILENT, SLOW, SUMS, WINDOW


def facts(messages: list[str], orders: list[str], closings: str):
    """Facts by pandas: a frame with a row an agent and day. `closings`: a pattern for closing lines."""
    import pandas as pd

    def read(paths, columns):
        return pd.concat([pd.read_parquet(path, columns=columns) for path in paths], ignore_index=True)

    def seconds(times):
        return times.dt.tz_localize(None).astype("datetime64[s]").astype("int64").where(times.notna())

    def day_of(at):
        return (at + CHINA) // DAY

    # Whose line is it.
    rows = read(messages, COLUMNS)
    rows = rows[rows["sender"].isin(["buyer", "agent", "assist", "bot"])]
    rows["at"] = seconds(rows.pop("sent_at")).astype("int64")
    rows["asks"] = rows["sender"] == "buyer"
    rows = rows.sort_values(["buyer_id", "at", "asks"], ascending=[True, True, False], kind="stable", ignore_index=True)
    human = ~rows["asks"] & (rows["sender"] != "bot")
    bot = rows["sender"] == "bot"
    marks = pd.DataFrame({"agent": rows["agent_id"].where(human), "at": rows["at"].where(human)})
    before = marks.groupby(rows["buyer_id"], sort=False).ffill()
    marks = pd.DataFrame(
        {"agent": rows["agent_id"].where(human, "").where(human | bot), "at": rows["at"].where(human | bot)}
    )
    after = marks.groupby(rows["buyer_id"], sort=False).bfill()
    near = rows["at"] - before["at"] <= GAP
    handed = after["agent"].notna() & (after["agent"] != "") & (day_of(after["at"]) == day_of(rows["at"]))
    found = before["agent"].where(near, after["agent"].where(handed, NOBODY))
    rows["agent_id"] = rows["agent_id"].fillna(found)
    robots = pd.DataFrame({"buyer_id": rows["buyer_id"], "day": day_of(rows["at"])})[bot].drop_duplicates()
    rows = rows[~bot]

    # Sessions and chats.
    rows = rows.sort_values(
        ["buyer_id", "agent_id", "at", "asks"], ascending=[True, True, True, False], kind="stable", ignore_index=True
    )
    new_pair = (rows["buyer_id"] != rows["buyer_id"].shift()) | (rows["agent_id"] != rows["agent_id"].shift())
    rows["session"] = (new_pair | (rows["at"].diff() > GAP)).cumsum()
    rows["day"] = day_of(rows.groupby("session", sort=False)["at"].transform("first"))
    new_chat = new_pair | (rows["day"] != rows["day"].shift())
    rows["chat"] = new_chat.cumsum()

    # Machine seconds: in the chats that have a second with both, line by line.
    both = ~rows["asks"] & rows["asks"].shift(fill_value=False) & (rows["at"] == rows["at"].shift()) & ~new_chat
    doubtful = rows[rows["chat"].isin(rows.loc[both, "chat"])]
    machine, chat, opened = [], None, None
    for at, asks, now in zip(doubtful["at"], doubtful["asks"], doubtful["chat"], strict=True):
        if now != chat:
            chat, opened = now, None
        if asks and opened is None:
            opened = at
        machine.append(not asks and opened == at)
        if not asks and opened != at:
            opened = None
    rows["machine"] = False
    rows.loc[doubtful.index, "machine"] = machine
    rows["human"] = ~rows["asks"] & ~rows["machine"]

    # Rounds.
    waiting = (~rows["human"]).shift(fill_value=False) & ~new_chat
    rows["opens"], rows["closes"] = rows["asks"] & ~waiting, rows["human"] & waiting
    turns = rows.loc[rows["opens"] | rows["closes"], ["chat", "at", "opens"]]
    answered = ~turns["opens"].shift(-1, fill_value=True)
    turns["wait"] = (turns["at"].shift(-1) - turns["at"]).where(answered)
    rounds = turns[turns["opens"]].copy()
    last_human = rows.index.to_series().where(rows["human"]).groupby(rows["chat"]).transform("max").fillna(-1)
    tail = rows[rows["asks"] & (rows.index > last_human)]
    plain = tail["text"].str.lower().str.replace(r"[\W_]+", "", regex=True)
    closing = plain.str.fullmatch(closings).fillna(False).astype(bool).groupby(tail["chat"]).all()

    # Chats, and which of them were received.
    rows["characters"] = rows["text"].str.len().fillna(0).where(rows["human"], 0)
    rows["asked_at"] = rows["at"].where(rows["asks"])
    chats = rows.groupby("chat").agg(
        buyer_id=("buyer_id", "first"), agent_id=("agent_id", "first"), day=("day", "first"), t=("asked_at", "min"),
        buyer_messages=("asks", "sum"), agent_messages=("human", "sum"), bot_messages=("machine", "sum"),
        agent_characters=("characters", "sum"), answered_buyers=("closes", "any"),
    )  # fmt: skip
    rows["human_at"] = rows["at"].where(rows["human"])
    sessions = rows.groupby("session").agg(
        chat=("chat", "first"), start=("at", "first"), end=("at", "last"), first_human=("human_at", "min")
    )
    sessions["seconds"] = sessions["end"] - sessions["start"]
    chats = chats.join(sessions.groupby("chat").agg(sessions=("seconds", "size"), reception_seconds=("seconds", "sum")))
    chats["closing"] = closing.reindex(chats.index, fill_value=False)
    chats = chats.merge(robots.assign(robot=True), on=["buyer_id", "day"], how="left").set_index(chats.index)
    only_bot = (chats["agent_id"] == NOBODY) & chats["robot"].notna()
    dropped = (chats["buyer_messages"] == 0) | only_bot | ((chats["agent_messages"] == 0) & chats["closing"])
    chats["received"] = ~dropped
    kept = rounds["chat"].map(chats["received"]) & ~(rounds["wait"].isna() & rounds["chat"].map(chats["closing"]))
    rounds = rounds[kept]
    rounds["slow"] = rounds["wait"].isna() | (rounds["wait"] > SLOW)
    rounds["within_30s"], rounds["within_3min"] = rounds["wait"] <= 30, rounds["wait"] <= 180
    by_chat = rounds.groupby("chat").agg(
        rounds=("wait", "size"), answered_rounds=("wait", "count"), wait_seconds=("wait", "sum"), slow=("slow", "any"),
        within_30s=("within_30s", "sum"), within_3min=("within_3min", "sum"),
    )  # fmt: skip
    by_chat["first_wait_seconds"] = rounds.drop_duplicates("chat").set_index("chat")["wait"]
    chats = chats.join(by_chat)

    # Who secured each order and each payment, and whose sale it is.
    sales = read(orders, ORDERS)
    for column in ("created_at", "paid_at", "closed_at"):
        sales[column] = seconds(sales[column])
    able = sessions.reset_index().join(chats[["buyer_id", "agent_id", "t"]], on="chat")
    able = able[(able["agent_id"] != NOBODY) & able["first_human"].notna()]
    spoken = rows.loc[rows["human"], ["session", "at"]]

    def secured(event):
        near = sales[["order_id", "buyer_id", "created_at", "paid_at"]].merge(able, on="buyer_id")
        near = near[(near["first_human"] <= near[event]) & (near["end"] >= near[event] - WINDOW)]
        counts = near["t"] <= near[event]
        if event == "paid_at":  # a reminder of this very order counts too
            met = near[~counts].merge(spoken, on="session")
            met = met[(met["at"] > met["created_at"]) & (met["at"] <= met["paid_at"])]
            reminded = pd.MultiIndex.from_frame(met[["order_id", "session"]])
            counts |= pd.MultiIndex.from_frame(near[["order_id", "session"]]).isin(reminded)
        near = near[counts].assign(under_way=near["end"] >= near[event])
        best = near.sort_values(["under_way", "end", "start", "agent_id"], ascending=[False, False, False, True])
        return sales["order_id"].map(best.drop_duplicates("order_id").set_index("order_id")["agent_id"]).fillna(SILENT)

    sales["created_agent"], paid_agent = secured("created_at"), secured("paid_at")
    sales["owner"] = sales["created_agent"].where(sales["created_agent"] != SILENT, paid_agent)
    sales["created_day"], sales["paid_day"] = day_of(sales["created_at"]), day_of(sales["paid_at"])
    sales["paid_in_time"] = sales["paid_day"] <= sales["created_day"] + 3

    # Inquiries and what became of them.
    asked = chats.loc[chats["received"], ["buyer_id", "agent_id", "day", "t"]].reset_index()
    pairs = asked.merge(sales.dropna(subset="buyer_id"), on="buyer_id")
    start = pairs["day"] * DAY - CHINA
    made, paid, t = pairs["created_at"], pairs["paid_at"], pairs["t"]
    inside = (made >= t) & (made < start + 2 * DAY)
    mine = inside & (pairs["created_agent"] == pairs["agent_id"])
    unpaid = (paid.isna() | (paid > t)) & (pairs["closed_at"].isna() | (pairs["closed_at"] > t))
    judged = pd.DataFrame({
        "ordered": inside, "mine": mine, "mine_same_day": mine & (made < start + DAY),
        "mine_paid_next_day": mine & (paid < start + 2 * DAY), "mine_paid": mine & (paid < start + 5 * DAY),
        "any_paid": (made < start + 2 * DAY) & (paid >= t) & (paid < start + 5 * DAY),
        "care": ((made < t) & unpaid & (t - made <= 3 * DAY)) | ((paid <= t) & (t - paid <= 15 * DAY)),
    }).groupby(pairs["chat"]).any()  # fmt: skip
    chats = chats.join(judged.reindex(chats.index, fill_value=False))
    chats["inquiry"] = chats["received"] & (chats["ordered"] | ~chats["care"])
    chats["elsewhere"] = chats["ordered"] & ~chats["mine"]
    chats["lost"] = chats["inquiry"] & ~chats["ordered"]

    # Most sessions open at one moment, ends included.
    open_now = sessions.join(chats[["agent_id", "day", "received"]], on="chat").query("received")
    edges = pd.concat([
        open_now[["agent_id", "day"]].assign(at=open_now["start"], step=1),
        open_now[["agent_id", "day"]].assign(at=open_now["end"], step=-1),
    ]).sort_values(["agent_id", "day", "at", "step"], ascending=[True, True, True, False])  # fmt: skip
    edges["open"] = edges.groupby(["agent_id", "day"])["step"].cumsum()

    # Sums per agent and day.
    by = ["agent_id", "day"]
    sums = chats[chats["received"]].groupby(by)[SUMS].sum()
    sums["received_buyers"] = chats[chats["received"]].groupby(by).size()
    sums["peak"] = edges.groupby(by)["open"].max()
    consulted = chats.groupby(by).size().rename("consulted_buyers")
    placed = sales.rename(columns={"created_agent": "agent_id", "created_day": "day"}).groupby(by).agg(
        orders_created=("order_id", "size"), orders_created_paid=("paid_in_time", "sum"))  # fmt: skip
    paid = sales[sales["paid_at"].notna()].rename(columns={"owner": "agent_id", "paid_day": "day"}).groupby(by).agg(
        orders_paid=("order_id", "size"), sales=("paid_amount", "sum"), items=("item_count", "sum"),
        paying_buyers=("buyer_id", "nunique"))  # fmt: skip
    return sums.join([consulted, placed, paid], how="outer").fillna(0).astype(float).reset_index()
