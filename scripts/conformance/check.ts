import type { World } from './world.ts'

/** One promise of a rule of docs/protocol.md, and how to test it from outside. */
export interface Check {
  /** The rule's id, such as `M3`. */
  readonly rule: string
  /** What has to hold, as a sentence without its full stop. */
  readonly title: string
  /** Throws Broken when the promise does not hold, and Untried when the check cannot find out. */
  readonly run: (world: World) => Promise<void>
}
