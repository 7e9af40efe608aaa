/**
 * Nothing lost, nothing doubled, nothing out of order [W5, W6, W7, W8, M2, M3]. Several clients act, and anything goes
 * wrong. When all is calm, each of their screens equals a fresh fetch.
 *
 * MODEL_SEED repeats a run, MODEL_SCHEDULES sets the number of schedules.
 */
import { env } from 'node:process'
import { expect, inject, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { runSchedules } from './run.ts'

const driver = inject('driver')
// The suite plays the same schedules each time, so that a change meets the schedules that the change before it has
// passed. The soak plays new ones.
const seed = Number(env['MODEL_SEED'] ?? (driver === 'pg' ? 491_350_335 : 466_174_886))
const count = Number(env['MODEL_SCHEDULES'] ?? (driver === 'pg' ? 150 : 80))

test(`[W7] every screen ends equal to a fresh fetch, whatever goes wrong (MODEL_SEED=${seed})`, async () => {
  await using database = await createTestDatabase()
  const { connection } = database
  const { failure, ...verdict } = await runSchedules({ connection, driver, seed, count })
  expect(failure).toBeNull()
  expect(verdict).toMatchObject({ lost: 0, doubled: 0, outOfOrder: 0, different: 0 })
}, 600_000)
