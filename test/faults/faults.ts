import type { Chance } from '../support/chance.ts'

/** The faults, by name. */
export const faultKinds = [
  'push lost',
  'push doubled',
  'push late',
  'push overtaken',
  'push answered 410',
  'push answered 429',
  'socket cut without $disconnect',
  'socket half open',
  'close unseen by the server',
  'upgrade refused',
  'request lost',
  'answer lost',
  'answer late',
  'gateway answered 503',
  'answered with a page of HTML',
  'handler killed before its commit',
  'handler killed after its commit',
  'handler killed before its push',
  'database refused',
  'database answer lost',
  'database paused',
  'database resuming',
  'Data API call cut',
  'Data API answer cut',
  'storage refused',
  'page killed',
  'machine slept',
] as const

export type FaultKind = (typeof faultKinds)[number]
export type FaultCounts = Record<FaultKind, number>

export const noFaults = (): FaultCounts =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names are all of them
  Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as FaultCounts

/** The rates of faults that happen at any time, where many things happen. */
const rates: Partial<FaultCounts> = {
  'push lost': 0.002,
  'push doubled': 0.005,
  'push late': 0.0005,
  'push overtaken': 0.003,
  'push answered 410': 0.0002,
  'push answered 429': 0.0002,
  'upgrade refused': 0.02,
  'request lost': 0.01,
  'answer lost': 0.01,
  'answer late': 0.01,
  'gateway answered 503': 0.005,
  'answered with a page of HTML': 0.005,
  'handler killed before its commit': 0.002,
  'handler killed after its commit': 0.002,
  'handler killed before its push': 0.002,
  'database refused': 0.001,
  'database answer lost': 0.001,
  'database resuming': 0.001,
  'Data API call cut': 0.001,
  'Data API answer cut': 0.001,
  'storage refused': 0.002,
}

interface Armed {
  /** The device that it is for. Undefined means any. */
  readonly device: number | undefined
  /** How many more times it strikes. */
  left: number
  /** Its probability each time. */
  readonly odds: number
}

/** Decides which faults strike next, and counts them. */
export class Faults {
  readonly counts = noFaults()
  /** When the last fault was over, in the time of the world. */
  stoppedAt = 0
  readonly #armed = new Map<FaultKind, Armed[]>()
  readonly #chance: Chance

  constructor(chance: Chance) {
    this.#chance = chance
  }

  arm(kind: FaultKind, { device, left = 1, odds = 1 }: Partial<Armed>): void {
    const armed = this.#armed.get(kind) ?? []
    this.#armed.set(kind, [...armed, { device, left, odds }])
  }

  armAll(): void {
    for (const kind of faultKinds) {
      const odds = rates[kind]
      if (odds !== undefined) this.arm(kind, { left: Infinity, odds })
    }
  }

  /** Returns whether this fault strikes now, and counts it. */
  strikes(kind: FaultKind, device?: number): boolean {
    const armed = this.#armed.get(kind)
    const one = armed?.find(
      (each) =>
        (each.device === undefined || device === undefined || each.device === device) &&
        (each.odds >= 1 || this.#chance() < each.odds),
    )
    if (!armed || !one) return false
    one.left -= 1
    if (one.left <= 0) armed.splice(armed.indexOf(one), 1)
    this.count(kind)
    return true
  }

  count(kind: FaultKind): void {
    this.counts[kind] += 1
  }

  /** Ends all faults. */
  stop(now: number): void {
    this.stoppedAt = now
    this.#armed.clear()
  }
}
