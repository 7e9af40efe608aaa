import { InternalServiceError, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { createSecretJwtKeys } from '../../src/aws/jwt-keys.ts'
import { rotateJwtKeys, type RotationStep } from '../../src/aws/rotate-jwt-keys.ts'
import { signAccessToken, verifyAccessToken } from '../../src/core/identity/access-token.ts'
import { makeJwtKey, parseJwtKeys } from '../../src/core/identity/jwt-keys.ts'
import { collectLog } from '../support/collect-log.ts'
import { createSecretStore, secretArn } from '../support/secret-store.ts'

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const
type Store = ReturnType<typeof createSecretStore>

const generated = JSON.stringify({ kid: 'first', secret: 'generated with 32 characters or more' })

function run(store: Store, version: string, step: RotationStep['Step']): Promise<void> {
  return rotateJwtKeys(store.client, {
    SecretId: secretArn,
    ClientRequestToken: version,
    Step: step,
  })
}

async function rotate(store: Store, version: string): Promise<void> {
  store.begin(version)
  for (const step of steps) await run(store, version, step)
}

const kidsOf = (store: Store) => parseJwtKeys(store.value()).map(({ kid }) => kid)

describe(rotateJwtKeys, () => {
  it('puts a new key before the two newest ones', async () => {
    const store = createSecretStore(generated)
    const made = ['first']
    for (const version of ['v2', 'v3', 'v4', 'v5']) {
      await rotate(store, version)
      made.unshift(kidsOf(store)[0]!)
      expect(kidsOf(store)).toEqual(made.slice(0, 3))
      expect(store.stagesOf(version)).toContain('AWSCURRENT')
    }
    expect(new Set(made).size).toBe(5)
    expect(store.stagesOf('v4')).toEqual(['AWSPREVIOUS'])
  })

  it('changes nothing for the handlers before its last step', async () => {
    const store = createSecretStore(generated)
    store.begin('v2')
    for (const step of steps.slice(0, 3)) {
      await run(store, 'v2', step)
      expect(store.value()).toBe(generated)
    }
    expect(store.stagesOf('v2')).toEqual(['AWSPENDING'])
  })

  it('may be called twice with each step, and again after the end', async () => {
    const store = createSecretStore(generated)
    store.begin('v2')
    await run(store, 'v2', 'createSecret')
    const made = store.value('v2')
    for (const step of [...steps, ...steps]) {
      await run(store, 'v2', step)
      await run(store, 'v2', step)
    }
    expect(store.value()).toBe(made)
    expect(store.mock.commandCalls(PutSecretValueCommand)).toHaveLength(1)
  })

  it('continues after any call that failed', async () => {
    let failures = 0
    for (let calls = 0; ; calls++) {
      const store = createSecretStore(generated)
      store.begin('v2')
      store.faults.push(...Array<undefined>(calls).fill(undefined))
      store.faults.push(new InternalServiceError({ message: 'try again', $metadata: {} }))
      for (const step of steps) {
        await run(store, 'v2', step).catch(async () => {
          failures++
          await run(store, 'v2', step)
        })
      }
      expect(kidsOf(store)).toHaveLength(2)
      if (store.faults.length > 0) break
    }
    expect(failures).toBeGreaterThan(8)
  })

  it.each<[string, (store: Store) => unknown]>([
    ['no version of that name', () => undefined],
    [
      'a version that is not pending',
      async (store) => {
        store.begin('v2')
        store.begin('v3')
      },
    ],
  ])('refuses every step for %s', async (_, prepare) => {
    const store = createSecretStore(generated)
    await prepare(store)
    for (const step of steps) await expect(run(store, 'v2', step)).rejects.toThrow(secretArn)
    expect(store.value()).toBe(generated)
  })

  it('refuses a secret without rotation', async () => {
    const store = createSecretStore(generated, { isRotated: false })
    store.begin('v2')
    for (const step of steps) await expect(run(store, 'v2', step)).rejects.toThrow('rotated')
  })

  it('refuses keys that do not succeed the present key', async () => {
    const current = JSON.stringify({ keys: [{ ...makeJwtKey(), kid: 'now' }] })
    for (const keys of [
      [makeJwtKey()],
      [{ ...makeJwtKey(), kid: 'now' }],
      [{ ...makeJwtKey(), kid: 'now' }, makeJwtKey()],
    ]) {
      const store = createSecretStore(current)
      store.begin('v2')
      await store.client.send(
        new PutSecretValueCommand({
          SecretId: secretArn,
          ClientRequestToken: 'v2',
          SecretString: JSON.stringify({ keys }),
          VersionStages: ['AWSPENDING'],
        }),
      )
      await expect(run(store, 'v2', 'testSecret')).rejects.toThrow('now')
    }
    const empty = createSecretStore(current)
    empty.begin('v2')
    await expect(run(empty, 'v2', 'testSecret')).rejects.toThrow('no value')
  })
})

describe('execution environments that learn of a rotation one after another', () => {
  const claims = { userId: 1, sessionId: 2 }

  it('accept each other’s tokens at all times', async () => {
    const store = createSecretStore(generated)
    const clock = { now: 0 }
    const start = () =>
      createSecretJwtKeys({
        client: store.client,
        secretArn,
        log: collectLog(),
        now: () => clock.now,
      })
    const environments = [start()]
    const tokens: { readonly token: string; readonly until: number }[] = []
    const kids = new Set<string>()

    /** Each environment signs a token, and each accepts all tokens that have not expired. */
    async function checkAll(): Promise<void> {
      for (const keys of environments) {
        const [signing] = await keys()
        kids.add(signing.kid)
        tokens.push({
          token: signAccessToken([signing], claims),
          until: clock.now + 15 * 60_000,
        })
      }
      for (const { token } of tokens.filter(({ until }) => until >= clock.now)) {
        for (const keys of environments) {
          expect(await verifyAccessToken(keys, token)).toEqual(claims)
        }
      }
    }

    // Runs for an hour and a half: at first another environment every 100 s, and a rotation every 16 minutes.
    for (let second = 0; second < 90 * 60; second += 50) {
      clock.now = second * 1_000
      if (second % 100 === 0 && environments.length < 4) environments.push(start())
      if (second % 950 === 900) await rotate(store, `v${second}`)
      await checkAll()
    }
    expect(kids.size).toBe(6)
    // Each reads every 5 minutes, and when it meets a token with an unknown key.
    expect(store.reads()).toBeLessThan(4 * (90 / 5) + 6 * 8)
  })
})
