import { hoursOfMonth, prices } from './prices.ts'

interface Line {
  readonly what: string
  readonly dev: number
  readonly prod: number
}

/** What each of the stages has, and pays for by the month. Of an alarm on a sum each metric counts. */
export const resources = { secrets: 4, alarmMetrics: 38, dashboards: 1 } as const
/** Of prod, in two zones. */
export const instances = { count: 2, minCapacity: 0.5 } as const
/** Lambda asks an idle queue with five requests at a time, each of which waits for 20 s [memory]. */
const pollsOfMonth = 5 * 3 * 60 * hoursOfMonth
/** The least that a database is charged for. */
const databaseGigabytes = 10

/** A month in which nobody uses a stage, in dollars: dev's database pauses, prod's two instances do not. */
export function linesOfIdleMonth(): Line[] {
  const { secrets, alarmMetrics, dashboards } = resources
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
    both(`${secrets} secrets`, secrets * prices.secretMonth),
    both(`alarms of ${alarmMetrics} metrics`, alarmMetrics * prices.alarmMonth),
    both('dashboard', dashboards * prices.dashboardMonth),
    both('Lambda asking the queue', pollsOfMonth * prices.queueRequest),
    both('logs that are kept, 1 GB', prices.logGigabyteMonth),
  ]
}

function both(what: string, dollars: number): Line {
  return { what, dev: dollars, prod: dollars }
}
