import { hoursOfMonth, prices } from './prices.ts'

interface Line {
  readonly what: string
  readonly dev: number
  readonly prod: number
}

/**
 * What each stage has and pays for by the month. An alarm on a sum counts once per metric. A gradual release has two
 * alarms for each function.
 */
export const resources = {
  dev: { secrets: 4, alarmMetrics: 0, releaseAlarms: 0, dashboards: 0 },
  prod: { secrets: 4, alarmMetrics: 20, releaseAlarms: 14, dashboards: 1 },
} as const
/** The database instances of prod, in two zones. */
export const instances = { count: 2, minCapacity: 0.5 } as const
/** Lambda polls an idle queue with five requests at a time, each of which waits for 20 s [memory]. */
const pollsOfMonth = 5 * 3 * 60 * hoursOfMonth
/** Storage is charged as it is used. A new database uses less than this. */
const databaseGigabytes = 1

/**
 * Returns the costs in dollars of a month in which nobody uses a stage. Dev's database pauses then, prod's two
 * instances do not.
 */
export function linesOfIdleMonth(): Line[] {
  const { count, minCapacity } = instances
  return [
    {
      what: `Aurora: paused, and ${count} instances of ${minCapacity} ACU`,
      dev: 0,
      prod: count * minCapacity * hoursOfMonth * prices.acuHour,
    },
    both(
      `database storage, ${databaseGigabytes} GB`,
      databaseGigabytes * prices.databaseGigabyteMonth,
    ),
    both(`${resources.prod.secrets} secrets`, resources.prod.secrets * prices.secretMonth),
    prodAlone(
      `alarms of ${resources.prod.alarmMetrics} metrics`,
      resources.prod.alarmMetrics * prices.alarmMonth,
    ),
    prodAlone(
      `${resources.prod.releaseAlarms} alarms that reverse a release`,
      resources.prod.releaseAlarms * prices.alarmMonth,
    ),
    prodAlone('dashboard', resources.prod.dashboards * prices.dashboardMonth),
    both('Lambda asking the queue', pollsOfMonth * prices.queueRequest),
    both('logs that are kept, 1 GB', prices.logGigabyteMonth),
  ]
}

function prodAlone(what: string, dollars: number): Line {
  return { what, dev: 0, prod: dollars }
}

function both(what: string, dollars: number): Line {
  return { what, dev: dollars, prod: dollars }
}

/** The rules of lib/edge/firewall.ts. */
export const firewallRules = 2
/** The alarms of lib/cdn-alarms-stack.ts. */
export const cdnAlarms = 2
/** The metrics of functions/metrics.ts, and the one of errors in the logs. */
export const customMetrics = 7

/** Returns the further costs of a stage that is in use, where the stage has these parts. */
export function extrasOfMonth(): { readonly what: string; readonly cost: number }[] {
  const { firewallMonth, firewallRequest, firewallRuleMonth, hostedZoneMonth, metricMonth } = prices
  return [
    {
      what: `${customMetrics} metrics of its own, written in every hour`,
      cost: customMetrics * metricMonth,
    },
    {
      what: `a firewall with ${firewallRules} rules; a million requests $${(1e6 * firewallRequest).toFixed(2)} more`,
      cost: firewallMonth + firewallRules * firewallRuleMonth,
    },
    {
      what: `${cdnAlarms} alarms of CloudFront's errors, where the stage names its Region`,
      cost: cdnAlarms * prices.alarmMonth,
    },
    { what: 'a hosted zone, where no other stage or site has it already', cost: hostedZoneMonth },
  ]
}
