/** What happens in a world, as data. fast-check generates it, and reduces it when it shows a defect. */
import * as fc from 'fast-check'

/** The size of a world, and how much happens in it. */
export interface Size {
  readonly devices: number
  readonly users: number
  readonly minSteps: number
  readonly maxSteps: number
  /** The largest number of messages that are sent at once. */
  readonly burst: number
  /** The weight of sends among all actions. */
  readonly sends: number
  /** The number of floods in 300 steps. More floods come while a machine sleeps. */
  readonly floods: number
  /** Whether random faults happen beside those of the steps. */
  readonly isTroubled: boolean
  /** The probability that a device begins with a room open. */
  readonly opened: number
  /** The longest time until the next step. */
  readonly longestWaitMs: number
}

/** Three users. The first one has two devices. */
export const smallSize: Size = {
  devices: 4,
  users: 3,
  minSteps: 1,
  maxSteps: 44,
  burst: 4,
  sends: 10,
  floods: 3,
  isTroubled: false,
  opened: 0.7,
  // A token is good for 15 minutes.
  longestWaitMs: 900_000,
}

/** Many devices in one room, so that many screens show each message. */
export const busySize: Size = {
  devices: 40,
  users: 32,
  minSteps: 150,
  maxSteps: 250,
  burst: 20,
  sends: 90,
  floods: 3,
  isTroubled: true,
  opened: 1,
  longestWaitMs: 400_000,
}

/** More sockets in a room than a handler pushes to. So the fan-out pushes. */
export const largeSize: Size = {
  devices: 220,
  users: 215,
  minSteps: 100,
  maxSteps: 140,
  burst: 25,
  sends: 90,
  floods: 3,
  isTroubled: true,
  opened: 1,
  longestWaitMs: 400_000,
}

const room = fc.nat({ max: 3 })
/** Counted from the newest message. */
const back = fc.nat({ max: 4 })
const count = fc.integer({ min: 1, max: 4 })

/** More events than are replayed, or fetched one by one [W6]. */
const floodMany = 320

const one = <T extends string>(type: T) => fc.constant(type)

function makeStep(size: Size) {
  const { devices, users, burst, sends, floods, isTroubled, longestWaitMs } = size
  const device = fc.nat({ max: devices - 1 })
  const whom = fc.nat({ max: users - 1 })
  const many = fc.integer({ min: 1, max: burst })
  /** Most actions on a room need its owner, who has the first device and the last one. */
  const owner = fc.constantFrom(0, 0, devices - 1, 1)
  const action = fc.oneof(
    { weight: sends, arbitrary: fc.record({ type: one('send'), device, room, count: many }) },
    { weight: 2, arbitrary: fc.record({ type: one('mention'), device, room, whom }) },
    { weight: 1, arbitrary: fc.record({ type: one('reply'), device, room, back }) },
    { weight: 4, arbitrary: fc.record({ type: one('edit'), device, room, back }) },
    { weight: 6, arbitrary: fc.record({ type: one('delete'), device, room, back }) },
    {
      weight: 6,
      arbitrary: fc.record({
        type: one('react'),
        device,
        room,
        back,
        on: fc.constantFrom(true, true, false),
      }),
    },
    { weight: 5, arbitrary: fc.record({ type: one('read'), device, room, back }) },
    { weight: 2, arbitrary: fc.record({ type: one('open'), device, room }) },
    { weight: 3, arbitrary: fc.record({ type: one('close'), device, room }) },
    { weight: 1, arbitrary: fc.record({ type: one('members'), device, room }) },
    { weight: 1, arbitrary: fc.record({ type: one('history'), device, room, back }) },
    { weight: 1, arbitrary: fc.record({ type: one('typing'), device, room }) },
    { weight: 1, arbitrary: fc.record({ type: one('retry'), device, isDiscard: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ type: one('join'), device, room }) },
    { weight: 2, arbitrary: fc.record({ type: one('leave'), device, room }) },
    { weight: 1, arbitrary: fc.record({ type: one('invite'), device: owner, room, whom }) },
    { weight: 1, arbitrary: fc.record({ type: one('promote'), device: owner, room, whom }) },
    { weight: 1, arbitrary: fc.record({ type: one('remove'), device: owner, room, whom }) },
    { weight: 1, arbitrary: fc.record({ type: one('ban'), device: owner, room, whom }) },
    { weight: 1, arbitrary: fc.record({ type: one('lift'), device: owner, room, whom }) },
    { weight: 1, arbitrary: fc.record({ type: one('make'), device, isPrivate: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ type: one('direct'), device, whom }) },
    { weight: 1, arbitrary: fc.record({ type: one('rename'), device: owner, room }) },
    { weight: 1, arbitrary: fc.record({ type: one('destroy'), device: owner, room }) },
    { weight: 1, arbitrary: fc.record({ type: one('notified'), device }) },
    { weight: 1, arbitrary: fc.record({ type: one('notify'), device, room }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: one('block'),
        device,
        whom,
        on: fc.constantFrom(true, true, false),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: one('sign in again'), device }) },
  )

  const trouble = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        type: one('pushes'),
        device,
        what: fc.constantFrom(
          'lost',
          'doubled',
          'late',
          'overtaken',
          'answered 410',
          'answered 429',
        ),
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
        count: fc.integer({ min: 1, max: 3 }),
        what: fc.constantFrom(
          'handler killed before its commit',
          'handler killed after its commit',
          'handler killed before its push',
          'database refused',
          'database answer lost',
          'database resuming',
          'Data API call cut',
          'Data API answer cut',
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
        room,
        /** How many messages come to the room meanwhile. */
        flood: fc.constantFrom(0, 0, 0, floodMany),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: one('offline'), device }) },
    { weight: 1, arbitrary: fc.record({ type: one('wake'), device }) },
    { weight: 1, arbitrary: fc.record({ type: one('rotate') }) },
  )

  const flood = fc.record({
    type: one('flood'),
    room,
    count: fc.constantFrom(120, floodMany),
    /** Otherwise the messages are stored and nobody is told, which is quick. */
    isPushed: isTroubled
      ? fc.constantFrom(true, true, true, false)
      : fc.nat({ max: 2 }).map((n) => n === 0),
  })

  return fc.record({
    do: fc.oneof(
      { weight: 180, arbitrary: action },
      { weight: 120, arbitrary: trouble },
      { weight: floods, arbitrary: flood },
    ),
    /** The time until the next step. */
    waitMs: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.constantFrom(10, 20, 50, 100) },
      { weight: 3, arbitrary: fc.constantFrom(300, 1_000, 4_000) },
      { weight: 1, arbitrary: fc.constantFrom(20_000, 400_000, longestWaitMs) },
    ),
  })
}

/**
 * What happens when the faults are over: all sockets are cut (cut); each room is sent a message that everybody must be
 * sent (asked); a last message is stored and nobody is told (untold); or nothing happens (quiet).
 */
const endings = ['cut', 'asked', 'untold', 'quiet'] as const

/** Schedules of all lengths alike. fast-check would begin with short ones, in which little happens. */
export const schedules = (size: Size) => fc.noBias(schedulesOf(size))

const schedulesOf = (size: Size) =>
  fc.record({
    /** Seeds what is random: latencies, and which environment gets a call. */
    seed: fc.nat(),
    environments: fc.constantFrom(1, 3),
    /** The fourth device is the first user's second one: a device of its own, or a tab. */
    isTab: fc.boolean(),
    /** The error of the second device's clock. */
    skewMs: fc.constantFrom(0, -5 * 3_600_000, 9 * 3_600_000),
    steps: fc.array(makeStep(size), {
      minLength: size.minSteps,
      maxLength: size.maxSteps,
      size: 'max',
    }),
    ending: fc.constantFrom(...endings),
  })

type Of<A> = A extends fc.Arbitrary<infer T> ? T : never
export type Schedule = Of<ReturnType<typeof schedules>>
export type Action = Schedule['steps'][number]['do']
