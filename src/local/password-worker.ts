import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createPasswordHasher, passwordCost } from '../core/accounts/password-hasher.ts'
import type { PasswordHasher } from '../core/ports.ts'

/**
 * bcrypt is a quarter of a second of computing: in a thread of its own, so that nobody's message
 * waits for somebody's login. This module is both sides of that thread.
 */
interface Job {
  readonly id: number
  readonly password: string
  /** Absent: hash it. Null: compare it with nobody's. */
  readonly compareWith?: string | null
}

interface Result {
  readonly id: number
  readonly value?: string | boolean
  readonly error?: string
}

export interface PasswordWorker extends PasswordHasher, AsyncDisposable {}

export function startPasswordWorker(cost = passwordCost): PasswordWorker {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { passwordCost: cost },
  })
  const waiting = new Map<number, PromiseWithResolvers<string | boolean | undefined>>()
  let lastId = 0

  worker.on('message', ({ id, value, error }: Result) => {
    const job = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) job?.resolve(value)
    else job?.reject(new Error(error))
  })
  const failAll = (cause: unknown) => {
    for (const job of waiting.values())
      job.reject(new Error('the password thread ended', { cause }))
    waiting.clear()
  }
  worker.on('error', failAll)
  worker.on('exit', failAll)

  async function run(job: Omit<Job, 'id'>): Promise<string | boolean | undefined> {
    const id = ++lastId
    const result = Promise.withResolvers<string | boolean | undefined>()
    waiting.set(id, result)
    worker.postMessage({ id, ...job } satisfies Job)
    return await result.promise
  }

  return {
    hash: async (password) => String(await run({ password })),
    verify: async (password, hash) => (await run({ password, compareWith: hash ?? null })) === true,
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}

function serve(cost: number): void {
  const hasher = createPasswordHasher(cost)
  parentPort?.on('message', ({ id, password, compareWith }: Job) => {
    const work: Promise<string | boolean> =
      compareWith === undefined
        ? hasher.hash(password)
        : hasher.verify(password, compareWith ?? undefined)
    work.then(
      (value) => parentPort?.postMessage({ id, value } satisfies Result),
      (error: unknown) => parentPort?.postMessage({ id, error: String(error) } satisfies Result),
    )
  })
}

// vitest runs its tests in threads too: only ours is given this.
if (!isMainThread && isOurs(workerData)) serve(workerData.passwordCost)

function isOurs(data: unknown): data is { passwordCost: number } {
  return typeof data === 'object' && data !== null && 'passwordCost' in data
}
