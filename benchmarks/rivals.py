"""The chat facts of the engine as one would write them in a data-frame library, in whole-column operations.

Per agent and day: chats, received buyers, sessions, their seconds, buyer and agent messages, characters, rounds,
answered rounds, waits, first waits, slow buyers. Left out (the engine does them): machine seconds, aliases,
business-day cuts, all filters but agent_monologue, closing lines, inquiries and orders. A line without an agent goes to
the buyer's last agent within ten minutes, else it is left out. So each does less than the engine does.
"""

import sys
import time

GAP, SLOW, ZONE = 600, 180, "Asia/Shanghai"
COLUMNS = ["buyer_id", "agent_id", "sender", "sent_at", "text"]


def with_pandas(paths: list[str]) -> int:
    """Facts by pandas; the number of agent-days."""
    import pandas as pd

    rows = pd.concat([pd.read_parquet(path, columns=COLUMNS) for path in paths], ignore_index=True)
    rows = rows[rows["sender"].isin(["buyer", "agent", "assist"])]
    rows["buyer"] = rows["sender"] == "buyer"
    rows = rows.sort_values(["buyer_id", "sent_at", "buyer"], ascending=[True, True, False], kind="stable")
    rows["at"] = rows["sent_at"].dt.tz_localize(None).astype("datetime64[s]").astype("int64")
    human_at = rows["at"].where(~rows["buyer"])
    before = rows.assign(agent=rows["agent_id"].where(~rows["buyer"]), human_at=human_at).groupby(
        "buyer_id", sort=False
    )
    last = before[["agent", "human_at"]].ffill()
    near = rows["at"] - last["human_at"] <= GAP
    rows["agent_id"] = rows["agent_id"].fillna(last["agent"].where(near))
    rows = rows[rows["agent_id"].notna()]
    rows = rows.sort_values(["buyer_id", "agent_id", "at", "buyer"], ascending=[True, True, True, False], kind="stable")
    new_pair = (rows["buyer_id"] != rows["buyer_id"].shift()) | (rows["agent_id"] != rows["agent_id"].shift())
    rows["session"] = (new_pair | (rows["at"].diff() > GAP)).cumsum()
    starts = rows.groupby("session", sort=False)["sent_at"].transform("first")
    rows["day"] = starts.dt.tz_convert(ZONE).dt.floor("D")
    chat = ["buyer_id", "agent_id", "day"]
    new_chat = new_pair | (rows["day"] != rows["day"].shift())
    rows["opens"] = rows["buyer"] & (new_chat | ~rows["buyer"].shift(fill_value=False))
    rows["closes"] = ~rows["buyer"] & ~new_chat & rows["buyer"].shift(fill_value=False)
    rows["chat"] = new_chat.cumsum()
    turns = rows.loc[rows["opens"] | rows["closes"], ["chat", "at", "opens"]]
    answered = (turns["chat"] == turns["chat"].shift(-1)) & ~turns["opens"].shift(-1, fill_value=True)
    turns["wait"] = (turns["at"].shift(-1) - turns["at"]).where(answered)
    rounds = turns[turns["opens"]].copy()
    rounds["slow"] = rounds["wait"].isna() | (rounds["wait"] > SLOW)
    by_chat = rounds.groupby("chat").agg(
        rounds=("opens", "size"), answered=("wait", "count"), waits=("wait", "sum"), slow=("slow", "any")
    )
    by_chat["first_wait"] = rounds.drop_duplicates("chat").set_index("chat")["wait"]
    rows["length"] = rows["text"].str.len().where(~rows["buyer"], 0)
    spans = rows.groupby("session").agg(chat=("chat", "first"), first=("at", "first"), last=("at", "last"))
    spans["seconds"] = spans["last"] - spans["first"]
    by_session = spans.groupby("chat").agg(sessions=("seconds", "size"), reception=("seconds", "sum"))
    said = rows.groupby("chat").agg(
        **{name: (name, "first") for name in chat},
        lines=("buyer", "size"),
        asked=("buyer", "sum"),
        length=("length", "sum"),
    )
    chats = said.join(by_session).join(by_chat)
    chats["received"] = chats["asked"] > 0
    kept = chats[chats["received"]]
    sums = ["sessions", "reception", "lines", "asked", "length", "rounds", "answered", "waits", "slow", "first_wait"]
    facts = kept.groupby(["agent_id", "day"])[sums].sum()
    facts["received_buyers"] = kept.groupby(["agent_id", "day"]).size()
    return len(facts.join(chats.groupby(["agent_id", "day"]).size().rename("chats"), how="right"))


def with_polars(paths: list[str]) -> int:
    """Facts by polars, lazily over the files; the number of agent-days."""
    import polars as pl

    c = pl.col
    pair, chat = ["buyer_id", "agent_id"], ["buyer_id", "agent_id", "day"]
    lines = (
        pl.scan_parquet(paths, hive_partitioning=False)
        .select(COLUMNS)
        .filter(c("sender").is_in(["buyer", "agent", "assist"]))
        .with_columns(by_human=c("sender") != "buyer", at=c("sent_at").dt.epoch("s"))
        .sort("buyer_id", "at", "by_human")
        .with_columns(
            human=pl.when("by_human").then(c("agent_id")).forward_fill().over("buyer_id"),
            human_at=pl.when("by_human").then(c("at")).forward_fill().over("buyer_id"),
        )
        .with_columns(
            agent_id=c("agent_id").fill_null(pl.when(c("at") - c("human_at") <= GAP).then(c("human")).otherwise(None))
        )
        .filter(c("agent_id").is_not_null())
        .sort("buyer_id", "agent_id", "at", "by_human")
        .with_columns(new_pair=pl.any_horizontal([(c(n) != c(n).shift()).fill_null(True) for n in pair]))
        .with_columns(session=(c("new_pair") | (c("at").diff() > GAP)).cum_sum())
        .with_columns(day=c("sent_at").first().over("session").dt.convert_time_zone(ZONE).dt.truncate("1d"))
        .with_columns(new_chat=c("new_pair") | (c("day") != c("day").shift()).fill_null(True))
        .with_columns(chat=c("new_chat").cum_sum(), before=c("by_human").shift().fill_null(True))
        .with_columns(
            opens=~c("by_human") & (c("new_chat") | c("before")),
            closes=c("by_human") & ~c("new_chat") & ~c("before"),
        )
        .select(*chat, "chat", "session", "at", "opens", "closes", "by_human", length=c("text").str.len_chars())
        .collect()
    )
    turns = lines.filter(c("opens") | c("closes")).with_columns(
        wait=pl.when((c("chat") == c("chat").shift(-1)) & c("closes").shift(-1)).then(c("at").shift(-1) - c("at"))
    )
    rounds = (
        turns.filter("opens")
        .group_by("chat")
        .agg(
            rounds=pl.len(),
            answered=c("wait").count(),
            waits=c("wait").sum(),
            first_wait=c("wait").first(),
            slow=(c("wait").is_null() | (c("wait") > SLOW)).any(),
        )
    )
    sessions = (
        lines.group_by("session")
        .agg(c("chat").first(), seconds=c("at").max() - c("at").min())
        .group_by("chat")
        .agg(sessions=pl.len(), reception=c("seconds").sum())
    )
    said = lines.group_by("chat").agg(
        *[c(name).first() for name in chat],
        lines=pl.len(),
        asked=(~c("by_human")).sum(),
        length=c("length").filter(c("by_human")).sum(),
    )
    chats = said.join(sessions, on="chat").join(rounds, on="chat", how="left")
    sums = ["sessions", "reception", "lines", "asked", "length", "rounds", "answered", "waits", "slow", "first_wait"]
    received = c("asked") > 0
    facts = chats.group_by("agent_id", "day").agg(
        *[c(name).filter(received).sum() for name in sums], received_buyers=received.sum(), chats=pl.len()
    )
    return len(facts)


if __name__ == "__main__":
    began = time.perf_counter()
    found = {"pandas": with_pandas, "polars": with_polars}[sys.argv[1]](sys.argv[2:])
    print(found, time.perf_counter() - began)
