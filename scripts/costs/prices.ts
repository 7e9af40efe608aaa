/**
 * List prices of us-east-1 in US dollars, without free tiers. A program cannot read AWS's own price pages. So each
 * price has its source beside it:
 *   [aws] AWS's page; [third-party] pages of 2026 that quote it; [memory] nobody has looked it up.
 */
export const pricesOf = '2026-11-25'

const perMillion = (dollars: number) => dollars / 1_000_000

export const prices = {
  /** [third-party] amnic.com. A unit is 32 KB [aws]. */
  socketFrame: perMillion(1),
  /** [third-party] amnic.com. */
  connectionMinute: perMillion(0.25),
  /** [third-party] amnic.com. A unit is 512 KB. */
  httpRequest: perMillion(1),
  /** [third-party] arm64. */
  invocation: perMillion(0.2),
  gigabyteSecond: 0.0000133334,
  /** [third-party] A unit is 32 KB. */
  dataApiUnit: perMillion(0.35),
  /** [third-party] cloudburn.io, March. Price of a FIFO queue. A unit is 64 KB. */
  queueRequest: perMillion(0.5),
  /** [aws] HTTPS in the USA and Europe. The third-party pages quote it as $0.01 per 10,000. */
  cdnRequest: perMillion(1),
  /** [third-party] cur.vantage.sh. The CloudFront function that every request passes. */
  cdnFunction: perMillion(0.1),
  /** [aws] To the USA and Europe, the first 10 TB. */
  cdnGigabyte: 0.085,
  /** [third-party] Aurora Serverless v2, Standard. */
  acuHour: 0.12,
  /** [third-party] Charged as it is used. */
  databaseGigabyteMonth: 0.1,
  /** [third-party] One operation is 4 KB of the log at a commit, or one page that is read. */
  databaseIo: perMillion(0.2),
  /** [third-party] */
  secretMonth: 0.4,
  /** [third-party] moderntechnologist.com and others. Standard resolution. Ten are free in an account. */
  alarmMonth: 0.1,
  /** [third-party] factualminds.com, June. Three are free in an account. */
  dashboardMonth: 3,
  /** [third-party] signoz.io, February. Charged only for hours in which it is written. */
  metricMonth: 0.3,
  /** [memory] X-Ray, per recorded trace. */
  trace: perMillion(5),
  /** [memory] Per access control list. Each rule costs firewallRuleMonth. A million requests cost $0.60. */
  firewallMonth: 5,
  firewallRuleMonth: 1,
  firewallRequest: perMillion(0.6),
  /** [memory] */
  hostedZoneMonth: 0.5,
  /** [third-party] factualminds.com, June. API Gateway's logs have the same ingestion price [memory]. */
  logGigabyte: 0.5,
  /** [memory] */
  logGigabyteMonth: 0.03,
} as const

/** The hours of an average month. */
export const hoursOfMonth = 730
