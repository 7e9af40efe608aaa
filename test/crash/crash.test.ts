/**
 * The real server as a process, with people who chat. Parts of it are killed meanwhile. CRASH_SEED repeats a run's
 * choices, but not what is going on at the moment of a kill.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import process, { env } from 'node:process'
import { expect, onTestFailed, test, vi } from 'vitest'
import { createChance } from '../support/chance.ts'
import { Ledger, type LogEvent, Person } from './person.ts'
import { endsServer, kills, startProduct } from './product.ts'

const seed = Number(env['CRASH_SEED'] ?? randomInt(2 ** 31))
/** The number of steps of each person between two kills. */
const steps = 20

test(
  `[M2, M3, W5, W6, W7, W11] nothing acknowledged is lost, doubled or out of order when processes are killed (CRASH_SEED=${seed})`,
  { timeout: 180_000 },
  async () => {
    const random = createChance(seed)
    await using product = await startProduct(random)
    await product.start()
    onTestFailed(() => void process.stderr.write(`${product.said().join('\n')}\n`))
    const ledger = new Ledger()
    const people: Person[] = []
    for (const name of ['ann', 'ben', 'cid']) {
      people.push(
        await Person.register(product.url, name, ledger, createChance(random() * 2 ** 31)),
      )
    }
    const eve = await Person.register(product.url, 'eve', ledger, random)
    const [ann] = people
    const ids: number[] = []
    for (const title of ['Tea', 'Coffee']) {
      const { id } = await ann!.client.request('POST /api/rooms/', { body: { title } })
      ids.push(id)
      for (const { client } of [...people.slice(1), eve]) {
        await client.request('POST /api/rooms/{room_id}/join/', { params: { room_id: id } })
      }
    }
    const direct = await ann!.client.request('POST /api/direct/', { body: { username: 'eve' } })
    await Promise.all([...people, eve].map((person) => person.enter(ids)))

    /** Starts the server again. Eve's socket was open at the kill, so she counts as offline until she comes back. */
    async function startAgain(): Promise<boolean | undefined> {
      await eve.leave()
      await product.start()
      const { partner } = await shownTo(ann!, direct.id)
      await eve.reload()
      return partner?.online
    }

    for (const kill of kills.toSorted(() => random() - 0.5)) {
      const strike = await product.aim(kill)
      const lives = Promise.all(people.map((person) => person.live(steps)))
      lives.catch(() => undefined)
      await Promise.race([ledger.more(5 + Math.floor(random() * 15)), lives])
      await strike()
      const isLeftOnline = endsServer(kill) && (await startAgain())
      expect(isLeftOnline).toBe(false)
      await lives
      await eve.calm()

      const logs = new Map<number, LogEvent[]>()
      for (const id of ids) {
        const log = await vi.waitFor(() => ann!.log(id), { timeout: 30_000 })
        expect(log.map(({ seq }) => seq)).toEqual(log.map((_, at) => at + 1))
        logs.set(id, log)
      }
      checkSends(ledger, logs)
      for (const person of people) await person.conclude(logs)
      expect((await shownTo(ann!, direct.id)).partner?.online).toBe(true)
      expect(ledger.faults).toEqual([])
      if (endsServer(kill)) await product.holdsConnections(people.length + 1)
    }
    for (const { client } of [...people, eve]) await client.close()
  },
)

/** Checks that each earlier send is in the log once, at its acknowledged place, in the order of its sender. */
function checkSends(ledger: Ledger, logs: ReadonlyMap<number, readonly LogEvent[]>): void {
  const stored = new Map<string, number>()
  for (const [roomId, log] of logs) {
    for (const { type, client_id, seq } of log) {
      if (type !== 'message') continue
      assert.equal(ledger.sends.get(client_id!)?.roomId, roomId)
      assert.ok(!stored.has(client_id!), `${client_id} is there twice`)
      stored.set(client_id!, seq)
    }
  }
  const last = new Map<string, number>()
  for (const [id, { by, roomId, text }] of ledger.sends) {
    const seq = stored.get(id)
    assert.ok(seq !== undefined, `"${text}" is lost`)
    assert.ok([undefined, seq].includes(ledger.acknowledged.get(id)), `"${text}" has moved`)
    const key = `${by} ${roomId}`
    assert.ok(seq > (last.get(key) ?? 0), `"${text}" is out of order`)
    last.set(key, seq)
  }
}

async function shownTo({ client }: Person, roomId: number) {
  return await client.request('GET /api/rooms/{room_id}/', { params: { room_id: roomId } })
}
