"""Headers of platforms' exports as they are, trailing blanks and brackets of both widths included."""

from exports import names

TAOBAO_2026 = names(
    "订单编号,支付单号,买家应付货款,买家应付邮费,总金额,买家实付金额,订单状态,收货地址,运送方式,订单创建时间"
    ",商品标题,宝贝种类,物流单号,物流公司,备注标签,商家备注,宝贝总数量,开票信息,手机订单,商品属性SKU,发货时间"
)
TAOBAO_LINES = names(
    "子订单编号,主订单编号,商品标题,商品价格,购买数量,外部系统编号,商品属性,套餐信息,联系方式备注,订单状态"
    ",商家编码,支付单号,买家应付货款,买家实付金额,退款状态,退款金额,订单创建时间,订单付款时间,淘鲜达渠道,商品ID"
    ",分阶段信息,备注标签,商家备注,主订单买家留言,是否主动赔付,主动赔付金额,主动赔付出账时间"
)
TAOBAO_REFUNDS = names(
    "订单编号,退款编号,支付宝交易号,订单付款时间,商品编码,退款完结时间,买家实际支付金额,宝贝标题,买家退款金额"
    ",手工退款/系统退款,是否需要退货,退款的申请时间,超时时间,退款状态,货物状态,退货物流信息,发货物流信息"
    ",客服介入状态,卖家真实姓名,卖家真实姓名新,卖家退货地址,卖家邮编,卖家电话,卖家手机,退货物流单号"
    ",退货物流公司,买家退款原因,买家退款说明,买家退货时间,责任方,售中或售后,商家备注,完结时间,部分退款/全部退款"
    ",审核操作人,举证超时,是否零秒响应,退款操作人,退款原因标签,业务类型,是否帮他退款,帮他退款操作账号"
)
JD = names(
    "订单号,订单类型,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额"
    ",订单状态,下单帐号,客户姓名,客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注"
    ",商家备注等级（等级1-5为由高到低）,运费金额,付款确认时间,增值税发票,货号,订单完成时间,订单来源,订单渠道"
    ",送装服务,服务费,仓库id,仓库名称"
)
PDD = names(
    "商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),多多支付立减金额(元)"
    ",上门安装费(元),送货入户费(元),送货入户并安装费(元),用户实付金额(元),商家实收金额(元),商品数量(件)"
    ",是否审核中,支付时间,承诺发货时间,发货时间,确认收货时间,商品id,商品规格,样式ID,商家编码-规格维度"
    ",商家编码-商品维度,商家备注,买家留言,售后状态,快递单号,快递公司,订单成交时间"
)
DOUYIN = names(
    "主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,优惠总金额"
    ",平台优惠,商家优惠,达人优惠,商家改价,支付优惠,红包抵扣,支付方式,手续费,收件人,收件人手机号,省,市,区,街道"
    ",详细地址,是否修改过地址,地址修改时段,买家留言,订单提交时间,旗帜颜色,商家备注,订单完成时间,支付完成时间"
    ",APP渠道,流量来源,订单状态,承诺发货时间,订单类型,鲁班落地页ID,达人ID,达人昵称,所属门店ID,售后状态,取消原因"
    ",预约发货时间,仓库ID,仓库名称,序列号,是否安心购,广告渠道,流量类型,流量体裁,流量渠道,发货主体,发货主体明细"
    ",发货时间,降价类优惠,平台实际承担优惠金额,商家实际承担优惠金额,达人实际承担优惠金额,预计送达时间"
    ",是否平台仓自流转,车型,商品69码,发货SN码,发货IMEI码1,发货IMEI码2,预约送达时间,建议发货时间（起）"
    ",建议发货时间（止）,物流SN码,物流IMEI码1,物流IMEI码2"
)
DOUYIN_REFUNDS = names(
    "售后单号,订单号,商品单号,商品名称,商品ID,应付金额（元）,商品运费（元）,支付优惠（元）,商品税费（元）"
    ",商品发货状态,售后类型,退商品金额（元）,退运费金额（元）,退支付优惠（元）,退税费金额（元）,售后状态"
    ",售后申请时间,退款方式,是否已上传退款凭证,售后原因,售后原因标签,退货物流单号,退货异常,退货发货时间"
    ",退货物流公司,自动处理截止时间,同意售后申请时间,商家退款时间,用户到账时间,售后关闭时间,商家退货地址"
    ",商家退货联系人姓名,商家退货联系人电话,仲裁状态,纠纷责任方,是否极速退款,是否拒签后退款,发货物流单号"
    ",发货物流状态,换货物流单号,退货物流状态,售后完结时间,订单备注,用户售后说明,售后备注,操作人,协商记录"
    ",换货商品信息,商家编码,门店名称"
)
KUAISHOU = names(
    "订单号,赠品订单号,活动订单编号,订单创建时间,订单支付时间,预售定金支付时间,订单状态,实付款,快递费,店铺优惠"
    ",平台补贴,主播补贴,混资活动优惠,支付优惠,支付方式,成交数量,买家留言,账号类型,账号明细,订单备注,旗帜颜色"
    ",售后状态,活动订单,预售/承诺发货时间,订单载体,商品名称,商品ID,商品规格,SKU编码,商品单价,渠道,CPS达人ID"
    ",CPS达人昵称,预估推广佣金,预估推广者分佣比例,团长ID,团长昵称,快赚客ID,快赚客昵称,授权推广者ID"
    ",授权推广者昵称,收货人姓名,收货人电话,收货地址-省,收货地址-市,收货地址-区,收货地址-街道,收货地址,发货时间"
    ",快递公司,快递单号,物流信息,集运类型,直邮类型,仓库名称,仓库地址,实名姓名,服务门店ID,服务门店名称"
    ",服务门店地址,国补/类国补/消费券"
)
XIAOHONGSHU = names(
    "订单号,订单状态,售后状态,订单类型,订单标记,收件人姓名,收件人电话,收件人地址,省,市,区,区域编码,小红书编码"
    ",条形码,规格ID,达人ID,达人名称,SKU名称,SKU规格,SKU件数,是否为赠品,发票/Invoice,商品总价(元)"
    ",用户应付金额(元),平台优惠(元),店铺优惠(元),支付渠道优惠(元),SKU商家改价(元),商家应收金额(元)（支付金额）"
    ",支付方式,支付渠道订单号,支付期数,利息费用,手续费承担方,支付时间,sku净重(kg),包裹总净重(kg),包裹总运费(元)"
    ",快递公司,快递单号,发货链接,大头笔/Paint Marker,集包地/Express Extend 1,三段码/Express Extend 2"
    ",订购人身份证姓名/ID Name,订购人身份证号/ID Number,收件人身份证姓名,收件人身份证号,订单创建时间"
    ",预售订单开始发货时间,预售订单截止发货时间,承诺发货时间,订单发货时间,订单完成时间,发货仓库,确认收货类型"
    ",是否延迟收货,用户备注,包裹备注标记,包裹备注信息,异常原因,店铺名称,用户编号,运费模版名称,物流方案名称"
    ",第三方机构订单号,国补模式,供应商id,供应商名称,商家编码,商品ID,商品名称"
)
SHOPIFY = names(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal"
    ",Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity"
    ",Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping"
    ",Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1"
    ",Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone"
    ",Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City"
    ",Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at"
    ",Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID"
    ",Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name"
    ",Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties"
    ",Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At"
    ",Payment References"
)
