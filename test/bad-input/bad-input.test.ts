/**
 * Input that is wrong, or only looks wrong. The cases are in tables (*-cases.ts), each with its expected outcome. After
 * each case everything else must be as before (expectNoHarm).
 */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { accountValueCases } from './account-value-cases.ts'
import { bodyCases } from './body-cases.ts'
import { fieldCases } from './field-cases.ts'
import { expectFrameAnswer } from './frame-case.ts'
import { frameCases } from './frame-cases.ts'
import { expectRefusal } from './handshake-case.ts'
import { handshakeCases } from './handshake-cases.ts'
import { expectAnswer, type HttpCase } from './http-case.ts'
import { messageCases } from './message-cases.ts'
import { notificationCases } from './notification-cases.ts'
import { pathCases } from './path-cases.ts'
import { queryCases } from './query-cases.ts'
import { expectKept } from './stored-case.ts'
import { storedCases } from './stored-cases.ts'
import { tokenCases } from './token-cases.ts'
import { valueCases } from './value-cases.ts'
import { expectWireAnswer } from './wire-case.ts'
import { wireCases } from './wire-cases.ts'
import { errorsIn, expectNoHarm, expectNoSecretIn, startWorld, type World } from './world.ts'

/** What is refused before any statement of its own is the same over both drivers. So only `pg` tries it. */
const isWhole = inject('driver') === 'pg'

const requestCases: [what: string, cases: readonly HttpCase[]][] = [
  ['a value of an account', accountValueCases],
  ['a value', valueCases],
  ['the token', tokenCases],
  ['what it says of a message', messageCases],
  ['what it says of notifications', notificationCases],
]
if (isWhole) {
  requestCases.push(
    ['the body', bodyCases],
    ['a field', fieldCases],
    ['the path', pathCases],
    ['the query', queryCases],
  )
}

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

describe.each(requestCases)('a request with a wrong part: %s', (_, cases) => {
  for (const given of cases) {
    test(given.name, () => expectNoHarm(world, () => expectAnswer(world, given)))
  }
})

describe.runIf(isWhole)('bytes that are not a request', () => {
  for (const given of wireCases) {
    test(given.name, async () => {
      let hangUp: (() => void) | undefined
      await expectNoHarm(world, async () => {
        hangUp = await expectWireAnswer(world, given)
      })
      hangUp?.()
    })
  }
})

describe.runIf(isWhole)('a wrong upgrade', () => {
  for (const given of handshakeCases) {
    test(given.name, () => expectNoHarm(world, () => expectRefusal(world, given)))
  }
})

describe('a wrong frame', () => {
  for (const given of frameCases) {
    test(given.name, () => expectNoHarm(world, () => expectFrameAnswer(world, given)))
  }
})

describe('a text that only looks wrong', () => {
  for (const given of storedCases) {
    test(`[M1] keeps ${given.name} as it is`, () =>
      expectNoHarm(world, () => expectKept(world, given), { stores: true }))
  }
})

test('lists each case once', () => {
  const names = [
    ...bodyCases,
    ...fieldCases,
    ...accountValueCases,
    ...valueCases,
    ...tokenCases,
    ...pathCases,
    ...queryCases,
    ...messageCases,
    ...notificationCases,
    ...wireCases,
    ...handshakeCases,
    ...frameCases,
    ...storedCases,
  ].map(({ name }) => name)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

test('[C3] leaves no error in the log, and no password, token or text of a message', () => {
  expect(errorsIn(world.server.log)).toEqual([])
  expect(world.secrets.size).toBeGreaterThan(50)
  expectNoSecretIn(world.server.log, world.secrets)
})
