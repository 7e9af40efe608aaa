import { hoursOfMonth, prices } from './prices.ts'

interface Line {
  readonly what: string
  readonly dev: number
  readonly prod: number
}

/** Of the stacks. */
const secrets = 4
/** Of a sum of several metrics each counts. */
const alarmMetrics = 30
const dashboards = 1
/** Lambda asks an idle queue with five requests at a time, each of which waits for 20 s [memory]. */
const pollsOfMonth = 5 * 3 * 60 * hoursOfMonth
/** The least that a database is charged for. */
const databaseGigabytes = 10

/** A month in which nobody uses a stage, in dollars: dev's database pauses, prod's two instances do not. */
export function linesOfIdleMonth(): Line[] {
  return [
    {
      what: 'Aurora: none, and 2 instances of 0.5 ACU',
      dev: 0,
      prod: 2 * 0.5 * hoursOfMonth * prices.acuHour,
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
