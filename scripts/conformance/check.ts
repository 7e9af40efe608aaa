import type { World } from './world.ts'

/** One thing that a rule of docs/protocol.md promises, and how it is tried from outside. */
export interface Check {
  /** The rule's id, such as `M3`. */
  readonly rule: string
  /** What has to hold, as a sentence without its full stop. */
  readonly title: string
  /** Throws Broken when it does not hold, and Untried when that cannot be found out. */
  readonly run: (world: World) => Promise<void>
}
