/** What happens in a world, as data: fast-check makes it, and makes it smaller when it shows a defect. */
import * as fc from 'fast-check'

const device = fc.nat({ max: 3 })
const room = fc.nat({ max: 3 })
/** Counted from the newest message. */
const back = fc.nat({ max: 4 })
const whom = fc.nat({ max: 2 })
const count = fc.integer({ min: 1, max: 4 })

const one = <T extends string>(type: T) => fc.constant(type)

const action = fc.oneof(
  { weight: 10, arbitrary: fc.record({ type: one('send'), device, room, count }) },
  { weight: 2, arbitrary: fc.record({ type: one('mention'), device, room, whom }) },
  { weight: 1, arbitrary: fc.record({ type: one('reply'), device, room, back }) },
  { weight: 3, arbitrary: fc.record({ type: one('edit'), device, room, back }) },
  { weight: 2, arbitrary: fc.record({ type: one('delete'), device, room, back }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: one('react'), device, room, back, on: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ type: one('read'), device, room, back }) },
  { weight: 2, arbitrary: fc.record({ type: one('open'), device, room }) },
  { weight: 1, arbitrary: fc.record({ type: one('close'), device, room }) },
  { weight: 1, arbitrary: fc.record({ type: one('members'), device, room }) },
  { weight: 1, arbitrary: fc.record({ type: one('history'), device, room, back }) },
  { weight: 1, arbitrary: fc.record({ type: one('typing'), device, room }) },
  { weight: 1, arbitrary: fc.record({ type: one('retry'), device, isDiscard: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: one('join'), device, room }) },
  { weight: 1, arbitrary: fc.record({ type: one('leave'), device, room }) },
  { weight: 1, arbitrary: fc.record({ type: one('invite'), device, room, whom }) },
  { weight: 1, arbitrary: fc.record({ type: one('promote'), device, room, whom }) },
  { weight: 1, arbitrary: fc.record({ type: one('remove'), device, room, whom }) },
  { weight: 1, arbitrary: fc.record({ type: one('ban'), device, room, whom }) },
  { weight: 1, arbitrary: fc.record({ type: one('lift'), device, room, whom }) },
  { weight: 1, arbitrary: fc.record({ type: one('make'), device, isPrivate: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: one('direct'), device, whom }) },
  { weight: 1, arbitrary: fc.record({ type: one('rename'), device, room }) },
  { weight: 1, arbitrary: fc.record({ type: one('destroy'), device, room }) },
  { weight: 1, arbitrary: fc.record({ type: one('notified'), device }) },
)

const trouble = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: one('pushes'),
      device,
      what: fc.constantFrom('lost', 'doubled', 'late', 'overtaken', 'answered 410', 'answered 429'),
      count,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: one('requests'),
      device,
      what: fc.constantFrom(
        'request lost',
        'answer lost',
        'answer late',
        'gateway answered 503',
        'answered with a page of HTML',
        'upgrade refused',
        'storage refused',
      ),
      count: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: one('sockets'),
      device,
      what: fc.constantFrom('cut', 'half open', 'unseen'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: one('handlers'),
      what: fc.constantFrom(
        'handler killed before its commit',
        'handler killed after its commit',
        'handler killed before its push',
        'database refused',
        'database answer lost',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: one('pause'), ms: fc.constantFrom(500, 8_000) }) },
  { weight: 2, arbitrary: fc.record({ type: one('reload'), device, isKilled: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: one('sleep'),
      device,
      ms: fc.constantFrom(3_000, 60_000, 900_000, 8_000_000),
      sockets: fc.constantFrom('cut', 'half open', 'kept'),
      isCounted: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: one('offline'), device }) },
  { weight: 1, arbitrary: fc.record({ type: one('wake'), device }) },
  { weight: 1, arbitrary: fc.record({ type: one('rotate') }) },
)

const step = fc.record({
  do: fc.oneof({ weight: 3, arbitrary: action }, { weight: 2, arbitrary: trouble }),
  /** How long it is until the next step, in milliseconds. */
  then: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.constantFrom(10, 20, 50, 100) },
    { weight: 3, arbitrary: fc.constantFrom(300, 1_000, 4_000) },
    { weight: 1, arbitrary: fc.constantFrom(20_000, 400_000) },
  ),
})

/** `maxSteps` of them at most. */
export const schedules = (maxSteps: number) =>
  fc.record({
    /** Of what is by chance: latencies, and which environment gets a call. */
    seed: fc.nat(),
    environments: fc.constantFrom(1, 3),
    /** The fourth device is the first user's second one: a device of its own, or a tab. */
    isTab: fc.boolean(),
    /** The second device's clock is wrong by so much. */
    skewMs: fc.constantFrom(0, -5 * 3_600_000, 9 * 3_600_000),
    steps: fc.array(step, { minLength: 1, maxLength: maxSteps, size: 'max' }),
    /** Whether all sockets are cut when the faults are over, or the clients have to find out for themselves. */
    isCutAtTheEnd: fc.boolean(),
  })

type Of<A> = A extends fc.Arbitrary<infer T> ? T : never
export type Step = Of<typeof step>
export type Action = Of<typeof action> | Of<typeof trouble>
export type Schedule = Of<ReturnType<typeof schedules>>
