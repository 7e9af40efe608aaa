import { hoursOfMonth, prices } from './prices.ts'

interface Line {
  readonly what: string
  readonly dev: number
  readonly prod: number
}

/**
 * What each of the stages has, and pays for by the month. Of an alarm on a sum each metric counts. Those of releases
 * are two for each function that comes gradually.
 */
export const resources = {
  dev: { secrets: 4, alarmMetrics: 0, releaseAlarms: 0, dashboards: 0 },
  prod: { secrets: 4, alarmMetrics: 20, releaseAlarms: 14, dashboards: 1 },
} as const
/** Of prod, in two zones. */
export const instances = { count: 2, minCapacity: 0.5 } as const
/** Lambda asks an idle queue with five requests at a time, each of which waits for 20 s [memory]. */
const pollsOfMonth = 5 * 3 * 60 * hoursOfMonth
/** Storage is charged as it is used. A new database has less than this. */
const databaseGigabytes = 1

/** A month in which nobody uses a stage, in dollars: dev's database pauses, prod's two instances do not. */
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

/** Of lib/edge/firewall.ts. */
export const firewallRules = 2
/** Of lib/cdn-alarms-stack.ts. */
export const cdnAlarms = 2
/** Of functions/metrics.ts, and the errors in the logs. */
export const customMetrics = 7

/** What a stage that is used pays for besides, where it has it. */
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
