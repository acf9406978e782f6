"""The overview's first screen names what was planted: who, how much, against what, on how many; and nothing else."""

import re

import pytest
from planted import NAME, first_screen, study_of, tables
from plants import ITEM, covered, dark_evenings, dearer, habit, leaves, more, recruits, sent_back, sold_out

from kpi_helpers.study import happened

MIX = r"变化来自新老客的占比：老客的占比从 [\d.]+% 变为 [\d.]+%"
EVERY = ("new", "returning", "others", "visitors", "silent")
AGENT = f"{NAME.removesuffix('旗舰店')}:豆豆"  # the fourth seller
CAUSES = {
    "a good agent leaves on Thursday": (
        lambda: tables(leaves(2, 3), good=2),
        r"青柠从 10 月 29 日起没有接待；前一周接待 \d+ 人，占 [\d.]+%。"
        r"询单→最终付款成功率 6\d\.\d%（样本 \d+），其他客服 4\d\.\d%（样本 \d+）",
    ),
    "two weak agents start": (
        lambda: tables(recruits),
        r"询单→最终付款成功率为 3\d.*低 .*"
        r"主要在新接待的(栗子|南瓜) 2\d\.\d%（样本 \d+）；新接待的(栗子|南瓜) 2\d\.\d%（样本 \d+）：合计带来 -",
    ),
    "nobody works in the evening": (
        lambda: tables(dark_evenings),
        r"19～23 点没人回：\d+ 位买家中 \d+ 位没有等到回复（9\d\.\d%），前一周同样时段 \d\.\d%（样本 \d+）",
    ),
    "a product comes back": (
        lambda: sent_back(tables(), item="抽屉收纳盒"),
        r"抽屉收纳盒的退款多了：完成退款 \d+ 笔（¥[\d,]+），前一周 \d 笔；全店 \d+ 笔，前一周 \d+ 笔",
    ),
    "one agent's orders come back": (
        lambda: sent_back(tables(), agent=AGENT),
        r"豆豆卖出的订单退款多了：完成退款 \d+ 笔（¥[\d,]+），前一周 \d+ 笔",
    ),
    "the best seller is sold out": (
        lambda: sold_out(tables()),
        rf"{ITEM}卖出 0 单，前一周 1\d\d 单，金额少 ¥[\d,]+.*"
        r"问到它的询单 \d+ 个，付款 1\d\.\d%，前一周 \d+ 个，付款 [56]",
    ),
    "half the visitors": (
        lambda: tables(more(**dict.fromkeys(EVERY, 0.5))),
        r"(销售额|付款订单数)为 .*少 .*（5\d%），.*变差。主要是访客数：7,\d+，前一周 14,\d+，带来 -",
    ),
    "twice the visitors": (
        lambda: tables(more(**dict.fromkeys(EVERY, 2.0))),
        r"(销售额|付款订单数|接待人数)为 .*多 .*（1?\d\d%），.*向好。主要是访客数：28,\d+，前一周 14,\d+，带来 \+",
    ),
    "fewer visitors ask": (
        lambda: tables(more(new=0.65, returning=0.65, others=0.65)),
        r"接待人数为 .*少 .*（3\d%），.*变差。主要是咨询率：7\.\d%，前一周 10\.\d%，带来 -",
    ),
    "prices rise, fewer buy": (
        lambda: dearer(tables(more(order=0.78))),
        r"客单价为 .*高 .*（样本 \d+ 对 [\d,]+）.*主要是件均价：带来 \+.*同样的商品，每件平均贵了 2[45]\.\d%",
    ),
    "more returning buyers": (
        lambda: tables(more(returning=2.2)),
        r"主要是咨询率：.*差的主要是老客：1,\d+ 人，前一周 \d+ 人",
    ),
    "a ready-made line covers slow answers": (
        lambda: covered(tables(habit("wait", 3, 6.0)), AGENT),
        r"\d+ 次提问（1\d\.\d%）在 3 秒内得到豆豆的同一句现成的话，前一周 0\.0%（样本 [\d,]+ 对 [\d,]+）.*"
        r"3 分钟内得到回复的只有 9[0-5]\.\d%，前一周 9[78]",
    ),
    "an agent splits sentences": (
        lambda: tables(habit("lines", 3, 3.6, short=1.0)),
        r"豆豆的答问比为 2\.\d+，前一周 1\.\d+，但每条消息字数从 3\d\.\d+ 降到 \d\.\d+（买家消息 [\d,]+ 条",
    ),
    "an agent answers slowly": (
        lambda: tables(habit("wait", 3, 5.0)),
        r"3 分钟回复率为 .*低 .*主要在豆豆 8\d\.\d%（样本 \d+），前一周 9\d\.\d%（样本 \d+）：合计带来 -",
    ),
}
ALSO = {"more returning buyers": MIX, "prices rise, fewer buy": "询单→最终付款成功率为 3.*低 .*变差"}


@pytest.mark.parametrize("cause", CAUSES)
def test_the_first_sentence_names_the_cause(cause):
    make, wanted = CAUSES[cause]
    study = study_of(make())
    said = first_screen(study)
    assert re.match(rf"10 月 26 日～11 月 1 日，.*{wanted}", said[0]), "\n".join(said)
    assert any(re.search(ALSO.get(cause, ""), line) for line in said), "\n".join(said)
    assert len(happened.events(study)) <= 1 and 3 <= len(said) <= 5


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_where_nothing_was_planted_nothing_is_claimed(seed):
    found = tables(seed=seed)
    for period in ("2026-W44", "2026-W43", "2026-W42"):
        study = study_of(found, period=period)
        assert "都没有超出正常波动的升降" in first_screen(study)[0] and not happened.events(study)


def test_a_page_in_english_names_it_too():
    said = first_screen(study_of(tables(recruits), "en"))
    assert re.search(r"Mostly (栗子|南瓜), new, 2\d\.\d% \(n = \d+\); (栗子|南瓜), new, .*: together -\d", said[0])
