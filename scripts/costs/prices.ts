/**
 * List prices of us-east-1 in US dollars, without free tiers. AWS's own price pages cannot be read by a
 * program; where a number comes from is said beside it:
 *   [aws] AWS's page; [third-party] pages that quote it, of 2026; [memory] nobody has looked it up.
 */
export const pricesOf = '2026-11-25'

const perMillion = (dollars: number) => dollars / 1_000_000

export const prices = {
  /** [third-party] amnic.com; a unit is 32 KB [aws]. */
  socketFrame: perMillion(1),
  /** [third-party] the same. */
  connectionMinute: perMillion(0.25),
  /** [third-party] the same; a unit is 512 KB. */
  httpRequest: perMillion(1),
  /** [third-party] arm64. */
  invocation: perMillion(0.2),
  gigabyteSecond: 0.0000133334,
  /** [third-party]; a unit is 32 KB. */
  dataApiUnit: perMillion(0.35),
  /** [third-party] cloudburn.io, of March; FIFO; a unit is 64 KB. */
  queueRequest: perMillion(0.5),
  /** [aws] HTTPS in the USA and Europe, as the third-party pages have it: $0.01 for 10,000. */
  cdnRequest: perMillion(1),
  /** [third-party] cur.vantage.sh: the function that every request passes. */
  cdnFunction: perMillion(0.1),
  /** [aws] to the USA and Europe, the first 10 TB. */
  cdnGigabyte: 0.085,
  /** [third-party] Aurora Serverless v2, Standard. */
  acuHour: 0.12,
  /** [third-party]; charged as it is used. */
  databaseGigabyteMonth: 0.1,
  /** [third-party] of 4 KB of the log at a commit, or of a page that is read. */
  databaseIo: perMillion(0.2),
  /** [third-party]. */
  secretMonth: 0.4,
  /** [third-party] moderntechnologist.com and others: of standard resolution; ten are free in an account. */
  alarmMonth: 0.1,
  /** [third-party] factualminds.com, of June; three are free in an account. */
  dashboardMonth: 3,
  /** [third-party] signoz.io, of February; only in hours in which it is written. */
  metricMonth: 0.3,
  /** [memory] X-Ray, for each trace that is recorded. */
  trace: perMillion(5),
  /** [memory] for each access control list, and the same again for each rule in it; a million requests $0.60. */
  firewallMonth: 5,
  firewallRuleMonth: 1,
  firewallRequest: perMillion(0.6),
  /** [memory] */
  hostedZoneMonth: 0.5,
  /** [third-party] factualminds.com, of June; API Gateway's are taken in at the same price [memory]. */
  logGigabyte: 0.5,
  /** [memory] */
  logGigabyteMonth: 0.03,
} as const

/** Of an average month. */
export const hoursOfMonth = 730
