import type { Chance } from './chance.ts'

/** What can go wrong, by name. */
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
  'storage refused',
  'page killed',
  'machine slept',
] as const

export type FaultKind = (typeof faultKinds)[number]
export type FaultCounts = Record<FaultKind, number>

export const noFaults = (): FaultCounts =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names are all of them
  Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as FaultCounts

interface Armed {
  /** The device that it is for; undefined: any. */
  readonly device: number | undefined
  /** So many more times. */
  left: number
  /** How likely it is each time. */
  readonly odds: number
}

/** Which faults are to happen next, and how many did. */
export class Faults {
  readonly counts = noFaults()
  readonly #armed = new Map<FaultKind, Armed[]>()
  readonly #chance: Chance

  constructor(chance: Chance) {
    this.#chance = chance
  }

  arm(kind: FaultKind, { device, left = 1, odds = 1 }: Partial<Armed>): void {
    const armed = this.#armed.get(kind) ?? []
    this.#armed.set(kind, [...armed, { device, left, odds }])
  }

  /** Whether this goes wrong; it is counted. */
  strikes(kind: FaultKind, device?: number): boolean {
    const armed = this.#armed.get(kind)
    const one = armed?.find(
      (each) => each.device === undefined || device === undefined || each.device === device,
    )
    if (!armed || !one || (one.odds < 1 && this.#chance() >= one.odds)) return false
    one.left -= 1
    if (one.left <= 0) armed.splice(armed.indexOf(one), 1)
    this.count(kind)
    return true
  }

  count(kind: FaultKind): void {
    this.counts[kind] += 1
  }

  /** Nothing goes wrong any more. */
  stop(): void {
    this.#armed.clear()
  }
}
